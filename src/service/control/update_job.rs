//! UpdateJob and AssociateTargetsWithJob: what can be changed about a job that is under way.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use std::collections::BTreeSet;

use crate::protocol::{EpochMillis, ThingName};
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::job_api::{find_job, job_named};
use crate::service::control::job_config::JobConfig;
use crate::service::control::target::targets;
use crate::service::executions::ExecutionKey;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::job::{Job, JobStatus, JobTarget, RetryCriteria};
use crate::service::limits::{DESCRIPTION_CHARACTERS, JOB_ID_CHARACTERS, TARGETS};
use crate::service::state::Service;

/// A new timeout counts for executions that start later; a new rate counts from the next minute on.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
pub(crate) fn update_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let mut violations = Violations::default();
    violations.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    let mut config = JobConfig::read(parameters, &mut violations)?;
    Result::from(violations)?;
    if parameters.get("presignedUrlConfig").is_some() {
        return Err(HttpError::not_emulated("presignedUrlConfig of UpdateJob"));
    }
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
    // GUESS: a job that waits for its start time cannot be updated either; the recording had none.
    if job.status != JobStatus::InProgress {
        return Err(HttpError::invalid_request(format!(
            "Job {id} in status {} cannot be updated.",
            job.status.as_str()
        )));
    }
    if let Some(retry) = config.retry {
        check_retry(job, &retry)?;
        job.retry = retry;
    }
    if let Some(description) = config.description {
        job.description = Some(description);
    }
    if let Some(rollout) = config.rollout {
        job.rollout.config = rollout;
    }
    if let Some(abort) = config.abort {
        job.abort = abort;
    }
    if let Some(timeout) = config.in_progress_timeout_minutes {
        job.in_progress_timeout_minutes = Some(timeout);
    }
    job.last_updated_at = now;
    Ok(None)
}

/// Retries can be switched off and nothing else.
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
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let mut violations = Violations::default();
    violations.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    let comment = parameters.member("comment").checked_text(
        DESCRIPTION_CHARACTERS,
        Pattern::NO_CONTROL,
        &mut violations,
    )?;
    if parameters.get("targets").is_none() {
        violations.add_null("targets");
    }
    Result::from(violations)?;
    let job_id = find_job(service, id)?;
    // GUESS: the conditions are documented, what is said about a job that does not meet them is not.
    if !service.jobs[&job_id].continuous {
        return Err(HttpError::invalid_request(format!(
            "Targets can only be associated with a CONTINUOUS job, and job {id} is SNAPSHOT"
        )));
    }
    if !service.jobs[&job_id].is_open() {
        return Err(HttpError::invalid_request(format!(
            "Targets can only be associated with a job in status IN_PROGRESS, and job {id} is {}",
            service.jobs[&job_id].status.as_str()
        )));
    }
    let added = targets(service, parameters)?;
    let Some(job) = service.jobs.get_mut(&job_id) else {
        return Ok(None);
    };
    let present: BTreeSet<JobTarget> = job
        .targets
        .iter()
        .map(|(target, _)| target.clone())
        .collect();
    let added: Vec<(JobTarget, String)> = added
        .into_iter()
        .filter(|(target, _)| !present.contains(target))
        .collect();
    if job.targets.len() + added.len() > TARGETS {
        return Err(HttpError::limit_exceeded(format!(
            "A job cannot have more than {TARGETS} targets."
        )));
    }
    let new: Vec<JobTarget> = added.iter().map(|(target, _)| target.clone()).collect();
    job.targets.extend(added);
    if let Some(comment) = comment {
        job.comment = Some(comment.to_owned());
    }
    job.last_updated_at = now;
    let answer = job_named(
        &service.identity.arn(&format!("job/{id}")),
        id,
        job.description.as_deref(),
    );
    service.follow(&job_id, &new);
    // GUESS: a thing that had the job already through another target does not get it a second time.
    let has_none = |thing: &ThingName| {
        let key = ExecutionKey {
            thing: thing.clone(),
            job: job_id.clone(),
        };
        service.executions.get(&key, None).is_none()
    };
    let things = service.registry.reached(&new);
    let things: Vec<ThingName> = things.into_iter().filter(has_none).collect();
    service.enqueue(&job_id, things, now);
    Ok(Some(answer))
}
