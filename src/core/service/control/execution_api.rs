//! The control plane's operations on job executions.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-management-control-plane.html>
//!
//! Messages and the order of checks follow recorded sessions where they exist.

use serde_json::{Value, json};

use crate::protocol::{JobExecutionStatus, JobId, ThingName};
use crate::service::control::call::ApiCall;
use crate::service::control::job_api::find_job;
use crate::service::control::paging::page;
use crate::service::execution::{Execution, ExecutionEvent};
use crate::service::executions::{ExecutionKey, ListPlace};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::job::JobStatus;
use crate::service::json;
use crate::service::state::Service;
use crate::service::status_details::details;
use crate::service::view::DetailsView;

/// `JobExecutionSummary` of the control plane.
fn summary(execution: &Execution) -> Value {
    let mut view = json!({ "status": execution.status.as_str(), "queuedAt": execution.queued_at });
    json::add(&mut view, "startedAt", execution.started_at);
    view["lastUpdatedAt"] = json!(execution.last_updated_at);
    view["executionNumber"] = json!(execution.number);
    view["retryAttempt"] = json!(execution.retries.all());
    view
}

fn status_filter(parameters: &Parameters) -> Option<JobExecutionStatus> {
    parameters.query("status")?.parse().ok()
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForJob.html>
pub(crate) fn list_job_executions_for_job(
    service: &Service,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let status = status_filter(parameters);
    let job = find_job(service, id)?;
    let list = format!("things of {id}");
    page(&list, "executionSummaries", parameters, |last| {
        let executions = service.executions.newest_of_job(&job, status, last);
        Box::new(executions.map(|(place, (thing, execution))| {
            let view = json!({
                "thingArn": service.identity.thing_arn(thing.as_str()),
                "jobExecutionSummary": summary(execution),
            });
            (place, view)
        }))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForThing.html>
pub(crate) fn list_job_executions_for_thing(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let status = status_filter(parameters);
    let name = ThingName::new(thing)
        .map_err(|_| HttpError::not_found(format!("Thing {thing} cannot be found.")))?;
    let view = |(place, (job, execution)): (ListPlace, (&JobId, &Execution))| {
        let job = job.as_str();
        let view = json!({ "jobId": job, "jobExecutionSummary": summary(execution) });
        (place, view)
    };
    // A text that cannot be a job id has no executions.
    let wanted = parameters.query("jobId").map(|job| {
        let job = JobId::new(job).ok();
        job.map(|job| ExecutionKey::new(name.clone(), job))
    });
    let list = format!("jobs of {thing}");
    page(&list, "executionSummaries", parameters, |last| {
        let executions = &service.executions;
        match &wanted {
            None => Box::new(executions.newest_of_thing(&name, status, last).map(view)),
            Some(None) => Box::new(std::iter::empty()),
            Some(Some(key)) => Box::new(executions.newest_attempts(key, status, last).map(view)),
        }
    })
}

/// The key of a job execution, or AWS's message for the part that does not exist.
fn find_execution<'a>(
    service: &'a Service,
    thing: &str,
    job: &str,
    number: Option<u64>,
) -> Result<(ExecutionKey, &'a Execution), HttpError> {
    let job_id = find_job(service, job).map_err(|_| {
        HttpError::not_found(format!(
            "Job execution cannot be found as the Job {job} does not exist."
        ))
    })?;
    let missing = || {
        HttpError::not_found(format!(
            "Job execution for thing {thing} cannot be found within job {job}."
        ))
    };
    let key = ExecutionKey::new(ThingName::new(thing).map_err(|_| missing())?, job_id);
    let execution = service.executions.get(&key, number).ok_or_else(missing)?;
    Ok((key, execution))
}

fn execution_number(text: &str) -> Result<u64, HttpError> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| HttpError::invalid_request("Execution number is invalid."))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobExecution.html>
pub(crate) fn describe_job_execution(
    service: &Service,
    thing: &str,
    job: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let number = parameters
        .query("executionNumber")
        .map(execution_number)
        .transpose()?;
    let (_, execution) = find_execution(service, thing, job, number)?;
    let mut view = json!({ "jobId": job, "status": execution.status.as_str() });
    json::add(&mut view, "forceCanceled", execution.force_canceled);
    // Nested here, but flat on the device's side.
    view["statusDetails"] = json!({});
    let shown = execution.details.as_deref().map(DetailsView);
    json::add(&mut view["statusDetails"], "detailsMap", shown);
    view["thingArn"] = json!(service.identity.thing_arn(thing));
    view["queuedAt"] = json!(execution.queued_at);
    json::add(&mut view, "startedAt", execution.started_at);
    view["lastUpdatedAt"] = json!(execution.last_updated_at);
    view["executionNumber"] = json!(execution.number);
    view["versionNumber"] = json!(execution.version);
    if let Some(deadline) = execution.deadline() {
        view["approximateSecondsBeforeTimedOut"] = json!(deadline.0.saturating_sub(now.0) / 1000);
    }
    Ok(Some(json!({ "execution": view })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
pub(crate) fn cancel_job_execution(
    service: &mut Service,
    thing: &str,
    job: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let expected = parameters.integer("expectedVersion");
    let details = parameters.get("statusDetails").and_then(details);
    let force = parameters.query_flag("force");
    let (key, execution) = find_execution(service, thing, job, None)?;
    check_job_stays(service, &key)?;
    let (number, version, status) = (execution.number, execution.version, execution.status);
    if let Some(expected) = expected
        && i64::try_from(version) != Ok(expected)
    {
        return Err(HttpError::version_conflict(format!(
            "Expected version {expected} but found version {version}"
        )));
    }
    let cancelled = service.apply(&key, number, ExecutionEvent::Cancel { force }, now);
    cancelled.map_err(|_| not_cancelable(thing, job, status))?;
    if let Some(details) = details {
        service.executions.change(&key, number, |execution| {
            execution.details = Some(details);
        });
    }
    Ok(None)
}

/// GUESS: an execution of a job that is being deleted goes with it, and cannot be changed; neither is documented.
fn check_job_stays(service: &Service, key: &ExecutionKey) -> Result<(), HttpError> {
    let ExecutionKey { thing, job } = key;
    if service.jobs[job].status() != JobStatus::DeletionInProgress {
        return Ok(());
    }
    Err(HttpError::invalid_state(format!(
        "Job execution for thing {thing} within job {job} cannot be changed: the job is in status DELETION_IN_PROGRESS."
    )))
}

fn not_cancelable(thing: &str, job: &str, status: JobExecutionStatus) -> HttpError {
    HttpError::invalid_state(if status.is_terminal() {
        format!("Job execution for thing {thing} within job {job} cannot be canceled.")
    } else {
        format!(
            "Job execution for thing {thing} within job {job} is {status} and cannot be canceled without force."
        )
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobExecution.html>
pub(crate) fn delete_job_execution(
    service: &mut Service,
    (thing, job, number): (&str, &str, &str),
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let number = execution_number(number)?;
    let (key, execution) = find_execution(service, thing, job, Some(number))?;
    check_job_stays(service, &key)?;
    if execution.status == JobExecutionStatus::InProgress && !parameters.query_flag("force") {
        return Err(HttpError::invalid_state(format!(
            "Job execution for thing {thing} within job {job} in status IN_PROGRESS cannot be deleted without force \
             flag."
        )));
    }
    if let Some(change) = service.remove_execution(&key, number, now) {
        service.count(&key.job, change);
    }
    if service.executions.get(&key, None).is_none()
        && let Some(job) = service.jobs.derived_mut(&key.job)
    {
        job.things.remove(&key.thing);
    }
    // Recorded session: a deletion may complete the job or meet its abort criteria.
    service.roll_up(&key.job, now);
    service.abort_if_due(&key.job, None, now);
    Ok(None)
}
