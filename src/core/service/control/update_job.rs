//! UpdateJob and AssociateTargetsWithJob: what can be changed in a job that has not ended.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where they exist.

use std::collections::BTreeSet;

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::control::call::ApiCall;
use crate::service::control::job_api::{find_job, job_named};
use crate::service::control::job_config::JobConfig;
use crate::service::control::target::targets;
use crate::service::executions::ExecutionKey;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::job::{Job, JobStatus, JobTarget};
use crate::service::limits::TARGETS;
use crate::service::retries::RetryCriteria;
use crate::service::state::Service;

/// A new timeout applies to executions that start later; a new rate applies from the next minute on.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
pub(crate) fn update_job(service: &mut Service, id: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let mut config = JobConfig::read(parameters);
    if config.is_empty() {
        return Err(HttpError::invalid_request(format!(
            "Update Job request for job {id} cannot be empty."
        )));
    }
    config.check(true)?;
    let job_id = find_job(service, id)?;
    let Some(job) = service.jobs.get_mut(&job_id) else {
        return Ok(None);
    };
    // GUESS: a scheduled job can be updated. In the recorded session a job that has ended is refused because of its status; the
    // reference does not list the statuses that are refused, and a job with maintenance windows is SCHEDULED most of the time.
    // <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
    if !matches!(job.status(), JobStatus::InProgress | JobStatus::Scheduled) {
        return Err(HttpError::invalid_request(format!(
            "Job {id} in status {} cannot be updated.",
            job.status().as_str()
        )));
    }
    apply(config, job)?;
    job.last_updated_at = now;
    Ok(None)
}

/// Members that are absent are not changed.
fn apply(config: JobConfig, job: &mut Job) -> Result<(), HttpError> {
    if let Some(retry) = config.retry {
        check_retry(job, &retry)?;
        job.retry = retry;
    }
    job.description = config.description.or(job.description.take());
    if let Some(rollout) = config.rollout {
        job.rollout.config = rollout;
    }
    if let Some(abort) = config.abort {
        job.abort = abort;
    }
    if let Some(presigned_url) = config.presigned_url {
        let before = &mut job.presigned_url;
        // GUESS: of the two members, one that is not given stays; AWS does not describe it.
        before.role_arn = presigned_url.role_arn.or(before.role_arn.take());
        before.expires_in_sec = presigned_url.expires_in_sec.or(before.expires_in_sec);
    }
    let timeout = config.in_progress_timeout_minutes;
    job.in_progress_timeout_minutes = timeout.or(job.in_progress_timeout_minutes);
    Ok(())
}

/// Retries can only be switched off.
fn check_retry(job: &Job, retry: &[RetryCriteria]) -> Result<(), HttpError> {
    let types = |criteria: &[RetryCriteria]| -> BTreeSet<String> {
        criteria.iter().map(|it| it.failure_type.clone()).collect()
    };
    let message = if job.retry.is_empty() {
        "RetryConfig cannot be updated if the job has no RetryConfig defined during creation."
    } else if types(&job.retry) != types(retry) {
        "FailureTypes must match existing FailureTypes defined in RetryConfig."
    } else if retry.iter().any(|it| it.number_of_retries != 0) {
        "The number of retries cannot be updated to any number other than 0."
    } else {
        return Ok(());
    };
    Err(HttpError::invalid_request(message))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AssociateTargetsWithJob.html>
pub(crate) fn associate_targets_with_job(
    service: &mut Service,
    id: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let job_id = find_job(service, id)?;
    check_takes_targets(id, &service.jobs[&job_id])?;
    let mut added = targets(service, parameters)?;
    let Some(job) = service.jobs.get_mut(&job_id) else {
        return Ok(None);
    };
    added.retain(|(target, _)| job.targets().all(|present| present != target));
    if job.targets().count() + added.len() > TARGETS {
        return Err(HttpError::limit_exceeded(format!(
            "A job cannot have more than {TARGETS} targets."
        )));
    }
    let new: Vec<JobTarget> = added.iter().map(|(target, _)| target.clone()).collect();
    if let Some(comment) = parameters.text("comment") {
        job.comment = Some(comment.to_owned());
    }
    job.last_updated_at = now;
    let answer = job_named(&service.identity, id, job.description.as_deref());
    service.jobs.add_targets(&job_id, added);
    service.follow(&job_id, &new);
    reach(service, now, &job_id, &new);
    Ok(Some(answer))
}

/// GUESS: the conditions are documented, the messages for a job that does not meet them are not; and a job whose end time has
/// passed reaches no further thing.
fn check_takes_targets(id: &str, job: &Job) -> Result<(), HttpError> {
    if !job.continuous {
        return Err(HttpError::invalid_request(format!(
            "Targets can only be associated with a CONTINUOUS job, and job {id} is SNAPSHOT"
        )));
    }
    if job.status() != JobStatus::InProgress {
        return Err(HttpError::invalid_request(format!(
            "Targets can only be associated with a job in status IN_PROGRESS, and job {id} is {}",
            job.status().as_str()
        )));
    }
    if job.has_ended {
        return Err(HttpError::invalid_request(format!(
            "Targets cannot be associated with job {id}, because its endTime has passed"
        )));
    }
    Ok(())
}

/// Gives the job to the things of new targets. GUESS: at its rollout rate, because they did not join a group, in which case
/// the guide lets them get it at once.
fn reach(service: &mut Service, now: EpochMillis, job: &JobId, targets: &[JobTarget]) {
    // GUESS: a thing that already had the job through another target does not get it again.
    let has_none = |thing: &ThingName| {
        let key = ExecutionKey::new(thing.clone(), job.clone());
        service.executions.get(&key, None).is_none()
    };
    let things = service.registry.reached(targets);
    let things: Vec<ThingName> = things.into_iter().filter(has_none).collect();
    service.enqueue(job, things, now);
}
