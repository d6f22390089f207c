//! The control plane's operations on existing jobs; CreateJob has its own file.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-management-control-plane.html>
//!
//! Messages and the order of checks follow recorded sessions where they exist.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId};
use crate::service::abort::AbortCriteria;
use crate::service::control::call::ApiCall;
use crate::service::control::paging::page;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::identity::ServiceIdentity;
use crate::service::job::jobs::JobFilter;
use crate::service::job::{Job, JobStatus};
use crate::service::json;
use crate::service::lifecycle::Cancellation;
use crate::service::limits::DELETIONS;
use crate::service::retries::RetryCriteria;
use crate::service::state::Service;

/// A job that exists, by its id.
pub(crate) fn find_job(service: &Service, id: &str) -> Result<JobId, HttpError> {
    JobId::new(id)
        .ok()
        .filter(|job| service.jobs.contains_key(job))
        .ok_or_else(|| HttpError::not_found(format!("Job {id} cannot be found.")))
}

/// The members that DescribeJob and ListJobs both show first.
fn summary(service: &Service, id: &JobId, job: &Job) -> Value {
    let mut view = json!({
        "jobArn": service.identity.job_arn(id.as_str()),
        "jobId": id.as_str(),
        "targetSelection": job.selection(),
        "status": job.status().as_str(),
        "createdAt": job.created_at,
        "lastUpdatedAt": job.last_updated_at,
    });
    json::add(&mut view, "completedAt", job.completed_at);
    view
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>
pub(crate) fn describe_job(service: &Service, id: &str, now: EpochMillis) -> ControlAnswer {
    let id = find_job(service, id)?;
    let job = &service.jobs[&id];
    let mut view = summary(service, &id, job);
    view["targets"] = target_arns(job);
    view["presignedUrlConfig"] = job.presigned_url.view();
    view["jobExecutionsRolloutConfig"] = job.rollout.config.view();
    view["jobProcessDetails"] = process_details(job);
    json::add(&mut view, "description", job.description.as_ref());
    json::add(&mut view, "comment", job.comment.as_ref());
    json::add(&mut view, "reasonCode", job.reason_code.as_ref());
    json::add(&mut view, "forceCanceled", job.force_canceled);
    let criteria_list =
        |criteria: Vec<Value>| (!criteria.is_empty()).then(|| json!({ "criteriaList": criteria }));
    let abort = job.abort.iter().map(AbortCriteria::view).collect();
    json::add(&mut view, "abortConfig", criteria_list(abort));
    let retry = job.retry.iter().map(RetryCriteria::view).collect();
    json::add(&mut view, "jobExecutionsRetryConfig", criteria_list(retry));
    view["timeoutConfig"] = json!({});
    let timeout = job.in_progress_timeout_minutes;
    json::add(
        &mut view["timeoutConfig"],
        "inProgressTimeoutInMinutes",
        timeout,
    );
    view["schedulingConfig"] = job.schedule.view();
    let waits_for_windows = matches!(job.status(), JobStatus::Scheduled | JobStatus::InProgress);
    let rollouts = waits_for_windows.then(|| job.schedule.rollouts(now));
    json::add(&mut view, "scheduledJobRollouts", rollouts.flatten());
    view["isConcurrent"] = json!(job.is_rolling_out());
    if let Some(basis) = &job.basis {
        view["jobTemplateArn"] = json!(basis.template_arn);
        let parameters = basis.parameters.as_ref().filter(|it| !it.is_empty());
        let parameters = parameters.map(|it| it.iter().cloned().collect::<BTreeMap<_, _>>());
        json::add(&mut view, "documentParameters", parameters);
    }
    let mut answer = json!({ "job": view });
    json::add(&mut answer, "documentSource", job.document_source.as_ref());
    Ok(Some(answer))
}

fn process_details(job: &Job) -> Value {
    let count = |status| job.count(status);
    let mut details = json!({
        "numberOfCanceledThings": count(JobExecutionStatus::Canceled),
        "numberOfSucceededThings": count(JobExecutionStatus::Succeeded),
        "numberOfFailedThings": count(JobExecutionStatus::Failed),
        "numberOfRejectedThings": count(JobExecutionStatus::Rejected),
        "numberOfQueuedThings": count(JobExecutionStatus::Queued),
        "numberOfInProgressThings": count(JobExecutionStatus::InProgress),
        "numberOfRemovedThings": count(JobExecutionStatus::Removed),
        "numberOfTimedOutThings": count(JobExecutionStatus::TimedOut),
    });
    // GUESS: the guide says that the targets being reached are listed here only during the rollout; they may be all targets.
    if job.is_rolling_out() {
        details["processingTargets"] = target_arns(job);
    }
    details
}

fn target_arns(job: &Job) -> Value {
    job.target_arns().map(|arn| json!(arn)).collect()
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
pub(crate) fn list_jobs(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let status = parameters.query("status");
    let selection = parameters.query("targetSelection");
    let group = wanted_group(service, parameters);
    // GUESS: a job may target many groups, but a summary has room for one: the one that the list is limited to.
    let group_id = group.and_then(|name| Some(&service.registry.groups.get(name)?.id));
    let is_listed = |listed: &JobStatus| {
        // Seen in a report on the AWS CLI: a list by thing group does not contain scheduled jobs.
        !(group.is_some() && *listed == JobStatus::Scheduled)
            && status.is_none_or(|status| listed.as_str() == status)
    };
    let statuses: Vec<JobStatus> = JobStatus::ALL.into_iter().filter(is_listed).collect();
    let filter = JobFilter {
        statuses: &statuses,
        continuous: selection.map(|selection| selection == "CONTINUOUS"),
        group,
    };
    // GUESS: the newest first. The guide says "sorted by the job status" but not in which order, and its own example shows
    // the newest first; the reference does not mention an order.
    // <https://docs.aws.amazon.com/iot/latest/developerguide/manage-job-cli.html>
    page("jobs", "jobs", parameters, |last| {
        let jobs = service.jobs.newest_first(&filter, last);
        Box::new(jobs.map(|(number, (id, job))| {
            let mut view = summary(service, id, job);
            json::add(&mut view, "thingGroupId", group_id);
            view["isConcurrent"] = json!(job.is_rolling_out());
            (number, view)
        }))
    })
}

/// The group that a list is limited to, by name, by id, or by both. If it does not exist, the result is a group that no job
/// targets.
fn wanted_group<'a>(service: &'a Service, parameters: &'a Parameters) -> Option<&'a str> {
    let named = parameters.query("thingGroupName");
    let with_id = parameters
        .query("thingGroupId")
        .map(|id| service.registry.group_with_id(id).unwrap_or_default());
    match (named, with_id) {
        // GUESS: each of the two limits the list, so two different groups leave it empty; the page does not explain the
        // combination.
        (Some(named), Some(with_id)) if named != with_id => Some(""),
        (named, with_id) => named.or(with_id),
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>
pub(crate) fn cancel_job(service: &mut Service, id: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let reason_code = parameters.text("reasonCode");
    let comment = parameters.text("comment");
    let force = parameters.query_flag("force");
    let job_id = find_job(service, id)?;
    let job = &service.jobs[&job_id];
    if !matches!(job.status(), JobStatus::InProgress | JobStatus::Scheduled) {
        // GUESS: CancelJob has no exception for a wrong state; this is the only one that fits.
        return Err(HttpError::invalid_request(format!(
            "Job {id} is in status {} and cannot be canceled",
            job.status().as_str()
        )));
    }
    let answer = job_named(&service.identity, id, job.description.as_deref());
    let cancellation = Cancellation {
        force,
        reason_code: reason_code.map(ToOwned::to_owned),
        comment: comment.map(ToOwned::to_owned),
    };
    service.cancel(&job_id, cancellation, now);
    Ok(Some(answer))
}

/// "Attempting to delete or cancel a job whose status is already "DELETION_IN_PROGRESS" will result in an error", and "only 10 jobs
/// may have status "DELETION_IN_PROGRESS" at the same time". GUESS: the messages are not documented.
///
/// Without `force` "you can only delete a job which is in a terminal state ("COMPLETED" or "CANCELED")", so a scheduled one
/// cannot be deleted. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>
pub(crate) fn delete_job(service: &mut Service, id: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let job_id = find_job(service, id)?;
    let job = &service.jobs[&job_id];
    if job.status() == JobStatus::DeletionInProgress {
        let message = format!("Job {id} is in status DELETION_IN_PROGRESS and cannot be deleted");
        return Err(HttpError::invalid_state(message));
    }
    let is_over = matches!(job.status(), JobStatus::Completed | JobStatus::Canceled);
    if !is_over && !parameters.query_flag("force") {
        return Err(HttpError::invalid_state(format!(
            "Job {id} is in status {} and cannot be deleted without force",
            job.status().as_str()
        )));
    }
    if service.jobs.number(JobStatus::DeletionInProgress) >= DELETIONS {
        return Err(HttpError::limit_exceeded(format!(
            "No more than {DELETIONS} jobs can be in status DELETION_IN_PROGRESS at the same time."
        )));
    }
    service.delete_job(&job_id, now);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>
pub(crate) fn get_job_document(
    service: &Service,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let job = &service.jobs[&find_job(service, id)?];
    let document = if parameters.query_flag("beforeSubstitution") {
        job.document.as_str().into()
    } else {
        job.filled_document()
    };
    Ok(Some(json!({ "document": document })))
}

/// The response of CreateJob and CancelJob, with the description only if the job has one (recorded session).
pub(crate) fn job_named(identity: &ServiceIdentity, id: &str, description: Option<&str>) -> Value {
    let mut answer = json!({ "jobArn": identity.job_arn(id), "jobId": id });
    json::add(&mut answer, "description", description);
    answer
}
