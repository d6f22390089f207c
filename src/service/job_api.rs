//! The control plane's operations on jobs and job executions.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-management-control-plane.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::Service;
use crate::service::constraint::{JOB_EXECUTION_STATUS_SET, Pattern, Violations};
use crate::service::control_api::{Answer, ControlError, Parameters};
use crate::service::document;
use crate::service::execution::{Event, Execution};
use crate::service::executions::ExecutionKey;
use crate::service::job::{Job, JobStatus, RetryCriteria, Target};
use crate::service::limits::{
    DESCRIPTION_CHARACTERS, DOCUMENT_CHARACTERS, JOB_ID_CHARACTERS, REASON_CODE_CHARACTERS,
    TARGETS, TIMER_MINUTES,
};
use crate::service::paging::page;

/// Members of CreateJob that AWS knows and this service does not act on: refused rather than ignored.
const NOT_EMULATED: [&str; 9] = [
    "documentSource",
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "schedulingConfig",
    "jobTemplateArn",
    "documentParameters",
    "destinationPackageVersions",
    "tags",
];

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) fn create_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> Answer {
    let mut violations = Violations::default();
    let description = parameters.text("description")?;
    let selection = parameters.text("targetSelection")?;
    violations.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    if let Some(description) = description {
        violations.check_text(
            description,
            "description",
            DESCRIPTION_CHARACTERS,
            Pattern::NO_CONTROL,
        );
    }
    if let Some(selection) = selection {
        violations.check_enum(selection, "targetSelection", &["CONTINUOUS", "SNAPSHOT"]);
    }
    if parameters.get("targets").is_none() {
        violations.add_null("targets");
    }
    Result::from(violations)?;
    let timeout = in_progress_timeout(parameters)?;
    let retry = retry_criteria(parameters)?;
    let job =
        JobId::new(id).map_err(|error| ControlError::invalid_request(format!("jobId {error}")))?;
    let arn = service.identity.arn(&format!("job/{id}"));
    if service.jobs.contains_key(&job) {
        return Err(ControlError::already_exists(
            format!("Job {id} already exists"),
            id,
            &arn,
        ));
    }
    if let Some(member) = NOT_EMULATED
        .iter()
        .find(|member| parameters.get(member).is_some())
    {
        return Err(ControlError::not_emulated(&format!(
            "{member} of CreateJob"
        )));
    }
    let continuous = selection == Some("CONTINUOUS");
    let targets = targets(service, parameters)?;
    let document = parameters.text("document")?;
    let Some(document) = document else {
        return Err(ControlError::invalid_request(
            "Neither job document nor job document source is specified.",
        ));
    };
    if document.chars().count() > DOCUMENT_CHARACTERS {
        return Err(ControlError::invalid_request(format!(
            "1 validation error detected: Value at 'document' failed to satisfy constraint: Member must have length \
             less than or equal to {DOCUMENT_CHARACTERS}"
        )));
    }
    let device_document = document::for_device(document).map_err(|_| {
        ControlError::invalid_request(
            "Job document located at request input is an invalid JSON document.",
        )
    })?;
    let things = reached(service, &targets);
    let sequence = service.next_sequence();
    if continuous {
        for (target, _) in &targets {
            if let Target::Group(group) = target
                && let Some(group) = service.registry.groups.get_mut(group)
            {
                group.continuous_jobs.insert(job.clone());
            }
        }
    }
    service.jobs.insert(
        job.clone(),
        Job {
            document: document.to_owned(),
            device_document,
            targets,
            continuous,
            description: description.map(ToOwned::to_owned),
            in_progress_timeout_minutes: timeout,
            retry,
            status: JobStatus::InProgress,
            created_at: now,
            last_updated_at: now,
            completed_at: None,
            reason_code: None,
            comment: None,
            force_canceled: None,
            sequence,
            things: BTreeSet::new(),
            counts: BTreeMap::new(),
        },
    );
    for thing in things {
        service.queue(
            &ExecutionKey {
                thing,
                job: job.clone(),
            },
            0,
            now,
        );
    }
    // GUESS: a SNAPSHOT job that reaches no thing has nothing to wait for.
    service.roll_up(&job, now);
    Ok(Some(job_named(&arn, id, description)))
}

/// What CreateJob and CancelJob answer; the description only if there is one (recorded session).
fn job_named(arn: &str, id: &str, description: Option<&str>) -> Value {
    let mut answer = json!({ "jobArn": arn, "jobId": id });
    if let Some(description) = description {
        answer["description"] = json!(description);
    }
    answer
}

fn in_progress_timeout(parameters: &Parameters) -> Result<Option<u64>, ControlError> {
    let Some(config) = parameters.get("timeoutConfig") else {
        return Ok(None);
    };
    match &config["inProgressTimeoutInMinutes"] {
        Value::Null => Ok(None),
        value => value
            .as_i64()
            .filter(|minutes| TIMER_MINUTES.contains(minutes))
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map(Some)
            .ok_or_else(|| {
                ControlError::invalid_request(format!(
                    "Provide valid timeout value, inProgressTimeoutInMinutes cannot be {value}."
                ))
            }),
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
fn retry_criteria(parameters: &Parameters) -> Result<Vec<RetryCriteria>, ControlError> {
    let Some(config) = parameters.get("jobExecutionsRetryConfig") else {
        return Ok(Vec::new());
    };
    let list = config["criteriaList"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    let path = "jobExecutionsRetryConfig.criteriaList";
    let mut violations = Violations::default();
    if list.is_empty() {
        violations.add_unquoted(path, "Member must have length greater than or equal to 1");
    } else if list.len() > 2 {
        violations.add_unquoted(path, "Member must have length less than or equal to 2");
    }
    let mut criteria = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let path = format!("{path}.{}.member", index + 1);
        let failure_type = entry["failureType"].as_str().unwrap_or_default();
        violations.check_enum(
            failure_type,
            &format!("{path}.failureType"),
            &["FAILED", "TIMED_OUT", "ALL"],
        );
        let retries = entry["numberOfRetries"].as_i64().unwrap_or(-1);
        violations.check_range(retries, &format!("{path}.numberOfRetries"), &(0..=10));
        criteria.push(RetryCriteria {
            failure_type: failure_type.to_owned(),
            number_of_retries: u32::try_from(retries).unwrap_or(0),
        });
    }
    Result::from(violations)?;
    if criteria.len() > 1
        && criteria
            .iter()
            .any(|criteria| criteria.failure_type == "ALL")
    {
        return Err(ControlError::invalid_request(
            "A retryCriteria with failure type ALL must be used by itself.",
        ));
    }
    Ok(criteria)
}

/// The targets in the order given. The first bad one wins, and nothing is created. A target of another account or region
/// is looked up by its name and not found (recorded session).
fn targets(
    service: &Service,
    parameters: &Parameters,
) -> Result<Vec<(Target, String)>, ControlError> {
    let list = parameters.get("targets").and_then(Value::as_array);
    let list =
        list.ok_or_else(|| ControlError::serialization("targets must be a list of strings"))?;
    if list.is_empty() {
        return Err(ControlError::invalid_request("targets must not be empty"));
    }
    if list.len() > TARGETS {
        return Err(ControlError::invalid_request(format!(
            "targets must not be more than {TARGETS}"
        )));
    }
    let mut targets: Vec<(Target, String)> = Vec::new();
    for arn in list {
        let arn = arn
            .as_str()
            .ok_or_else(|| ControlError::serialization("targets must be a list of strings"))?;
        let target = target(service, arn)?;
        if !targets.iter().any(|(other, _)| *other == target) {
            targets.push((target, arn.to_owned()));
        }
    }
    Ok(targets)
}

fn target(service: &Service, arn: &str) -> Result<Target, ControlError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _, _, _, _, resource] = parts.as_slice() else {
        return Err(ControlError::invalid_request(format!(
            "Invalid target arn: {arn}"
        )));
    };
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let ours = arn == service.identity.arn(resource);
    if kind == "thinggroup" {
        if ours && service.registry.groups.contains_key(name) {
            return Ok(Target::Group(name.to_owned()));
        }
        return Err(ControlError::not_found(format!(
            "Thing Group {name} cannot be found."
        )));
    }
    ThingName::new(name)
        .ok()
        .filter(|thing| ours && kind == "thing" && service.registry.things.contains_key(thing))
        .map(Target::Thing)
        .ok_or_else(|| ControlError::not_found(format!("Thing {name} cannot be found.")))
}

/// Every thing that the targets reach, each once, in the order of the targets.
fn reached(service: &Service, targets: &[(Target, String)]) -> Vec<ThingName> {
    let mut seen = BTreeSet::new();
    let mut things = Vec::new();
    for (target, _) in targets {
        let reached = match target {
            Target::Thing(thing) => BTreeSet::from([thing.clone()]),
            Target::Group(group) => service.registry.members(group),
        };
        things.extend(
            reached
                .into_iter()
                .filter(|thing| seen.insert(thing.clone())),
        );
    }
    things
}

fn find_job(service: &Service, id: &str) -> Result<JobId, ControlError> {
    JobId::new(id)
        .ok()
        .filter(|job| service.jobs.contains_key(job))
        .ok_or_else(|| ControlError::not_found(format!("Job {id} cannot be found.")))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>
pub(crate) fn describe_job(service: &Service, id: &str) -> Answer {
    let job_id = find_job(service, id)?;
    let job = &service.jobs[&job_id];
    let mut view = json!({
        "jobArn": service.identity.arn(&format!("job/{id}")),
        "jobId": id,
        "targetSelection": selection(job),
        "status": job.status.as_str(),
        "createdAt": job.created_at,
        "lastUpdatedAt": job.last_updated_at,
    });
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            view[name] = value;
        }
    };
    add("completedAt", job.completed_at.map(|at| json!(at)));
    add(
        "targets",
        Some(job.targets.iter().map(|(_, arn)| json!(arn)).collect()),
    );
    add("presignedUrlConfig", Some(json!({})));
    add("jobExecutionsRolloutConfig", Some(json!({})));
    let count = |status| job.count(status);
    add(
        "jobProcessDetails",
        Some(json!({
            "numberOfCanceledThings": count(JobExecutionStatus::Canceled),
            "numberOfSucceededThings": count(JobExecutionStatus::Succeeded),
            "numberOfFailedThings": count(JobExecutionStatus::Failed),
            "numberOfRejectedThings": count(JobExecutionStatus::Rejected),
            "numberOfQueuedThings": count(JobExecutionStatus::Queued),
            "numberOfInProgressThings": count(JobExecutionStatus::InProgress),
            "numberOfRemovedThings": count(JobExecutionStatus::Removed),
            "numberOfTimedOutThings": count(JobExecutionStatus::TimedOut),
        })),
    );
    add(
        "description",
        job.description.as_ref().map(|text| json!(text)),
    );
    add("comment", job.comment.as_ref().map(|text| json!(text)));
    add(
        "reasonCode",
        job.reason_code.as_ref().map(|text| json!(text)),
    );
    add(
        "forceCanceled",
        job.force_canceled.map(|force| json!(force)),
    );
    let retry: Vec<Value> = job
        .retry
        .iter()
        .map(|criteria| {
            json!({ "failureType": criteria.failure_type, "numberOfRetries": criteria.number_of_retries })
        })
        .collect();
    add(
        "jobExecutionsRetryConfig",
        (!retry.is_empty()).then(|| json!({ "criteriaList": retry })),
    );
    let timeout = job.in_progress_timeout_minutes;
    add(
        "timeoutConfig",
        Some(timeout.map_or_else(
            || json!({}),
            |minutes| json!({ "inProgressTimeoutInMinutes": minutes }),
        )),
    );
    add("schedulingConfig", Some(json!({})));
    add("isConcurrent", Some(json!(false)));
    Ok(Some(json!({ "job": view })))
}

fn selection(job: &Job) -> &'static str {
    if job.continuous {
        "CONTINUOUS"
    } else {
        "SNAPSHOT"
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
pub(crate) fn list_jobs(service: &Service, parameters: &Parameters) -> Answer {
    let mut violations = Violations::default();
    let status = parameters.query("status");
    let target_selection = parameters.query("targetSelection");
    if let Some(status) = status {
        let set = [
            "IN_PROGRESS",
            "CANCELED",
            "COMPLETED",
            "DELETION_IN_PROGRESS",
            "SCHEDULED",
        ];
        violations.check_enum(status, "status", &set);
    }
    if let Some(selection) = target_selection {
        violations.check_enum(selection, "targetSelection", &["CONTINUOUS", "SNAPSHOT"]);
    }
    Result::from(violations)?;
    let group = parameters
        .query("thingGroupName")
        .map(|group| Target::Group(group.to_owned()));
    let mut jobs: Vec<(&JobId, &Job)> = service
        .jobs
        .iter()
        .filter(|(_, job)| status.is_none_or(|status| job.status.as_str() == status))
        .filter(|(_, job)| target_selection.is_none_or(|wanted| selection(job) == wanted))
        .filter(|(_, job)| {
            group
                .as_ref()
                .is_none_or(|group| job.targets.iter().any(|(target, _)| target == group))
        })
        .collect();
    // GUESS: the order is not documented; the newest are what a person looks for.
    jobs.sort_by_key(|(_, job)| std::cmp::Reverse(job.sequence));
    let entries = jobs.into_iter().map(|(id, job)| {
        let mut view = json!({
            "jobArn": service.identity.arn(&format!("job/{id}")),
            "jobId": id.as_str(),
            "targetSelection": selection(job),
            "status": job.status.as_str(),
            "createdAt": job.created_at,
            "lastUpdatedAt": job.last_updated_at,
        });
        if let Some(at) = job.completed_at {
            view["completedAt"] = json!(at);
        }
        view["isConcurrent"] = json!(false);
        (id.to_string(), view)
    });
    page("jobs", "jobs", entries, parameters)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>
pub(crate) fn cancel_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> Answer {
    let mut violations = Violations::default();
    let reason_code = parameters.text("reasonCode")?;
    let comment = parameters.text("comment")?;
    if let Some(reason_code) = reason_code {
        violations.check_text(
            reason_code,
            "reasonCode",
            REASON_CODE_CHARACTERS,
            Pattern::REASON_CODE,
        );
    }
    if let Some(comment) = comment {
        violations.check_text(
            comment,
            "comment",
            DESCRIPTION_CHARACTERS,
            Pattern::NO_CONTROL,
        );
    }
    Result::from(violations)?;
    let force = parameters.query_flag("force");
    let job_id = find_job(service, id)?;
    let arn = service.identity.arn(&format!("job/{id}"));
    let Some(job) = service.jobs.get_mut(&job_id) else {
        return Err(ControlError::not_found(format!(
            "Job {id} cannot be found."
        )));
    };
    if job.status != JobStatus::InProgress {
        // GUESS: CancelJob has no exception for a wrong state; this is the only one that fits.
        return Err(ControlError::invalid_request(format!(
            "Job {id} is in status {} and cannot be canceled",
            job.status.as_str()
        )));
    }
    job.status = JobStatus::Canceled;
    job.reason_code = reason_code.map(ToOwned::to_owned);
    job.comment = comment.map(ToOwned::to_owned);
    job.force_canceled = Some(force);
    job.last_updated_at = now;
    job.completed_at = Some(now);
    let things = job.things.clone();
    let answer = job_named(&arn, id, job.description.as_deref());
    for thing in things {
        let key = ExecutionKey {
            thing,
            job: job_id.clone(),
        };
        if let Some(number) = service
            .executions
            .get(&key, None)
            .map(|newest| newest.number)
        {
            // What is over stays as it is, and without force so does what is in progress.
            let _refused = service.apply(&key, number, Event::Cancel { force }, now);
        }
    }
    Ok(Some(answer))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>
pub(crate) fn delete_job(service: &mut Service, id: &str, parameters: &Parameters) -> Answer {
    let job_id = find_job(service, id)?;
    let job = &service.jobs[&job_id];
    if job.status == JobStatus::InProgress && !parameters.query_flag("force") {
        return Err(ControlError::invalid_state(format!(
            "Job {id} is in status IN_PROGRESS and cannot be deleted without force"
        )));
    }
    for thing in job.things.clone() {
        let key = ExecutionKey {
            thing,
            job: job_id.clone(),
        };
        let numbers: Vec<u64> = service
            .executions
            .attempts(&key)
            .map(|execution| execution.number)
            .collect();
        for number in numbers {
            service.executions.remove(&key, number);
        }
    }
    for group in service.registry.groups.values_mut() {
        group.continuous_jobs.remove(&job_id);
    }
    service.jobs.remove(&job_id);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>
pub(crate) fn get_job_document(service: &Service, id: &str) -> Answer {
    let job = find_job(service, id)?;
    Ok(Some(json!({ "document": service.jobs[&job].document })))
}

/// `JobExecutionSummary` of the control plane.
fn summary(execution: &Execution) -> Value {
    let mut view = json!({ "status": execution.status.as_str(), "queuedAt": execution.queued_at });
    if let Some(at) = execution.started_at {
        view["startedAt"] = json!(at);
    }
    view["lastUpdatedAt"] = json!(execution.last_updated_at);
    view["executionNumber"] = json!(execution.number);
    view["retryAttempt"] = json!(execution.retry_attempt);
    view
}

fn status_filter(parameters: &Parameters) -> Result<Option<JobExecutionStatus>, ControlError> {
    let Some(word) = parameters.query("status") else {
        return Ok(None);
    };
    let mut violations = Violations::default();
    violations.check_enum(word, "status", &JOB_EXECUTION_STATUS_SET);
    Result::from(violations)?;
    Ok(word.parse().ok())
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForJob.html>
pub(crate) fn list_job_executions_for_job(
    service: &Service,
    id: &str,
    parameters: &Parameters,
) -> Answer {
    let status = status_filter(parameters)?;
    let job = find_job(service, id)?;
    let mut entries = Vec::new();
    for thing in &service.jobs[&job].things {
        let key = ExecutionKey {
            thing: thing.clone(),
            job: job.clone(),
        };
        for execution in service.executions.attempts(&key) {
            if status.is_none_or(|status| execution.status == status) {
                let view = json!({
                    "thingArn": service.identity.arn(&format!("thing/{thing}")),
                    "jobExecutionSummary": summary(execution),
                });
                entries.push((execution.last_updated_at, execution.sequence, view));
            }
        }
    }
    page(
        &format!("things of {id}"),
        "executionSummaries",
        newest_first(entries),
        parameters,
    )
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForThing.html>
pub(crate) fn list_job_executions_for_thing(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> Answer {
    let status = status_filter(parameters)?;
    let wanted = parameters.query("jobId");
    let name = ThingName::new(thing)
        .map_err(|_| ControlError::not_found(format!("Thing {thing} cannot be found.")))?;
    let mut entries = Vec::new();
    for (job, execution) in service.executions.of_thing(&name) {
        if status.is_none_or(|status| execution.status == status)
            && wanted.is_none_or(|id| job.as_str() == id)
        {
            let view = json!({ "jobId": job.as_str(), "jobExecutionSummary": summary(execution) });
            entries.push((execution.last_updated_at, execution.sequence, view));
        }
    }
    page(
        &format!("jobs of {thing}"),
        "executionSummaries",
        newest_first(entries),
        parameters,
    )
}

fn newest_first(
    mut entries: Vec<(EpochMillis, u64, Value)>,
) -> impl Iterator<Item = (String, Value)> {
    entries.sort_by_key(|(at, sequence, _)| std::cmp::Reverse((*at, *sequence)));
    entries
        .into_iter()
        .map(|(_, sequence, view)| (sequence.to_string(), view))
}

/// The key of a job execution, or AWS's words for the part that does not exist.
fn find_execution<'a>(
    service: &'a Service,
    thing: &str,
    job: &str,
    number: Option<u64>,
) -> Result<(ExecutionKey, &'a Execution), ControlError> {
    let job_id = find_job(service, job).map_err(|_| {
        ControlError::not_found(format!(
            "Job execution cannot be found as the Job {job} does not exist."
        ))
    })?;
    let missing = || {
        ControlError::not_found(format!(
            "Job execution for thing {thing} cannot be found within job {job}."
        ))
    };
    let key = ExecutionKey {
        thing: ThingName::new(thing).map_err(|_| missing())?,
        job: job_id,
    };
    let execution = service.executions.get(&key, number).ok_or_else(missing)?;
    Ok((key, execution))
}

fn execution_number(text: &str) -> Result<u64, ControlError> {
    let Ok(number) = text.parse::<i64>() else {
        return Err(ControlError::serialization(format!(
            "'{text}' can not be converted to Long"
        )));
    };
    u64::try_from(number)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| ControlError::invalid_request("Execution number is invalid."))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobExecution.html>
pub(crate) fn describe_job_execution(
    service: &Service,
    now: EpochMillis,
    thing: &str,
    job: &str,
    parameters: &Parameters,
) -> Answer {
    let number = parameters
        .query("executionNumber")
        .map(execution_number)
        .transpose()?;
    let (_, execution) = find_execution(service, thing, job, number)?;
    let mut view = json!({ "jobId": job, "status": execution.status.as_str() });
    if let Some(force) = execution.force_canceled {
        view["forceCanceled"] = json!(force);
    }
    // Nested here, flat on the device's side.
    view["statusDetails"] = match &execution.details {
        Some(details) => {
            let map: Map<String, Value> = details
                .iter()
                .map(|(key, value)| (key.clone(), json!(value)))
                .collect();
            json!({ "detailsMap": map })
        }
        None => json!({}),
    };
    view["thingArn"] = json!(service.identity.arn(&format!("thing/{thing}")));
    view["queuedAt"] = json!(execution.queued_at);
    if let Some(at) = execution.started_at {
        view["startedAt"] = json!(at);
    }
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
    now: EpochMillis,
    thing: &str,
    job: &str,
    parameters: &Parameters,
) -> Answer {
    let expected = parameters.integer("expectedVersion")?;
    let details = parameters.texts("statusDetails")?;
    let force = parameters.query_flag("force");
    let (key, execution) = find_execution(service, thing, job, None)?;
    let (number, version, status) = (execution.number, execution.version, execution.status);
    if let Some(expected) = expected
        && i64::try_from(version) != Ok(expected)
    {
        return Err(ControlError::version_conflict(format!(
            "Expected version {expected} but found version {version}"
        )));
    }
    if service
        .apply(&key, number, Event::Cancel { force }, now)
        .is_err()
    {
        return Err(ControlError::invalid_state(if status.is_terminal() {
            format!("Job execution for thing {thing} within job {job} cannot be canceled.")
        } else {
            format!(
                "Job execution for thing {thing} within job {job} is {status} and cannot be canceled without force."
            )
        }));
    }
    if let Some(details) = details {
        service.executions.change(&key, number, |execution| {
            execution.details = Some(details.into_iter().collect())
        });
    }
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobExecution.html>
pub(crate) fn delete_job_execution(
    service: &mut Service,
    now: EpochMillis,
    (thing, job, number): (&str, &str, &str),
    parameters: &Parameters,
) -> Answer {
    let number = execution_number(number)?;
    let (key, execution) = find_execution(service, thing, job, Some(number))?;
    if execution.status == JobExecutionStatus::InProgress && !parameters.query_flag("force") {
        return Err(ControlError::invalid_state(format!(
            "Job execution for thing {thing} within job {job} in status IN_PROGRESS cannot be deleted without force \
             flag."
        )));
    }
    if let Some(change) = service.executions.remove(&key, number) {
        service.count(&key.job, change);
    }
    if service.executions.get(&key, None).is_none()
        && let Some(job) = service.jobs.get_mut(&key.job)
    {
        job.things.remove(&key.thing);
    }
    service.roll_up(&key.job, now);
    Ok(None)
}
