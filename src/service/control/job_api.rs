//! The control plane's operations on jobs that exist; CreateJob has a file of its own.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-management-control-plane.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId};
use crate::service::abort::AbortCriteria;
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::paging::{descending, page};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::job::{Job, JobStatus, JobTarget};
use crate::service::lifecycle::Cancellation;
use crate::service::limits::{DESCRIPTION_CHARACTERS, REASON_CODE_CHARACTERS};
use crate::service::state::Service;

/// A job that exists, by its id.
pub(crate) fn find_job(service: &Service, id: &str) -> Result<JobId, HttpError> {
    JobId::new(id)
        .ok()
        .filter(|job| service.jobs.contains_key(job))
        .ok_or_else(|| HttpError::not_found(format!("Job {id} cannot be found.")))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>
pub(crate) fn describe_job(service: &Service, id: &str) -> ControlAnswer {
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
    let rollout = job.rollout.config.view();
    add("jobExecutionsRolloutConfig", Some(rollout));
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
    // GUESS: the targets that are being reached are documented to be here only meanwhile, and may be all that there are.
    if job.is_rolling_out() {
        details["processingTargets"] = job.targets.iter().map(|(_, arn)| json!(arn)).collect();
    }
    add("jobProcessDetails", Some(details));
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
    let abort: Vec<Value> = job.abort.iter().map(AbortCriteria::view).collect();
    add(
        "abortConfig",
        (!abort.is_empty()).then(|| json!({ "criteriaList": abort })),
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
    add("schedulingConfig", Some(job.schedule.view()));
    add("isConcurrent", Some(json!(job.is_rolling_out())));
    Ok(Some(json!({ "job": view })))
}

/// The word for whom a job reaches.
pub(crate) fn selection(job: &Job) -> &'static str {
    if job.continuous {
        "CONTINUOUS"
    } else {
        "SNAPSHOT"
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
pub(crate) fn list_jobs(service: &Service, parameters: &Parameters) -> ControlAnswer {
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
    let with_id = parameters.query("thingGroupId").map(|id| {
        let mut groups = service.registry.groups.iter();
        groups
            .find(|(_, group)| group.id == id)
            .map_or(String::new(), |(name, _)| name.clone())
    });
    let group = parameters
        .query("thingGroupName")
        .map(ToOwned::to_owned)
        .or(with_id)
        .map(JobTarget::Group);
    let mut jobs: Vec<(&JobId, &Job)> = service
        .jobs
        .iter()
        .filter(|(_, job)| status.is_none_or(|status| job.status.as_str() == status))
        .filter(|(_, job)| target_selection.is_none_or(|wanted| selection(job) == wanted))
        .filter(|(_, job)| {
            // Seen in a report on the AWS CLI: a list by thing group leaves out what is scheduled.
            group.as_ref().is_none_or(|group| {
                job.status != JobStatus::Scheduled
                    && job.targets.iter().any(|(target, _)| target == group)
            })
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
        view["isConcurrent"] = json!(job.is_rolling_out());
        (descending(job.sequence), view)
    });
    page("jobs", "jobs", entries, parameters)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>
pub(crate) fn cancel_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
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
    let job = &service.jobs[&job_id];
    if !matches!(job.status, JobStatus::InProgress | JobStatus::Scheduled) {
        // GUESS: CancelJob has no exception for a wrong state; this is the only one that fits.
        return Err(HttpError::invalid_request(format!(
            "Job {id} is in status {} and cannot be canceled",
            job.status.as_str()
        )));
    }
    let answer = job_named(&arn, id, job.description.as_deref());
    let cancellation = Cancellation {
        force,
        reason_code: reason_code.map(ToOwned::to_owned),
        comment: comment.map(ToOwned::to_owned),
    };
    service.cancel(&job_id, cancellation, now);
    Ok(Some(answer))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>
pub(crate) fn delete_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let job_id = find_job(service, id)?;
    let job = &service.jobs[&job_id];
    let is_over = matches!(job.status, JobStatus::Completed | JobStatus::Canceled);
    if !is_over && !parameters.query_flag("force") {
        return Err(HttpError::invalid_state(format!(
            "Job {id} is in status {} and cannot be deleted without force",
            job.status.as_str()
        )));
    }
    service.remove_job(&job_id, now);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>
pub(crate) fn get_job_document(service: &Service, id: &str) -> ControlAnswer {
    let job = find_job(service, id)?;
    Ok(Some(json!({ "document": service.jobs[&job].document })))
}

/// What CreateJob and CancelJob answer; the description only if there is one (recorded session).
pub(crate) fn job_named(arn: &str, id: &str, description: Option<&str>) -> Value {
    let mut answer = json!({ "jobArn": arn, "jobId": id });
    if let Some(description) = description {
        answer["description"] = json!(description);
    }
    answer
}
