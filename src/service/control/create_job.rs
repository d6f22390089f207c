//! CreateJob: what it must look like, whom it reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, JobId};
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::job_api::job_named;
use crate::service::control::job_config::{JobConfig, schedule};
use crate::service::control::target::targets;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::job::{Job, JobStatus};
use crate::service::job_document;
use crate::service::limits::{DOCUMENT_CHARACTERS, JOB_ID_CHARACTERS};
use crate::service::rollout::Rollout;
use crate::service::state::Service;
use crate::service::tags::Tags;

/// Members of CreateJob that AWS knows and this service does not act on: refused rather than ignored.
const NOT_EMULATED: [&str; 5] = [
    "documentSource",
    "presignedUrlConfig",
    "jobTemplateArn",
    "documentParameters",
    "destinationPackageVersions",
];

/// Order of checks: what the model of the API does not allow, the configurations, whether the id is free, what is not
/// emulated, tags, times, targets, document (recorded session, but for the places of what is not emulated).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) fn create_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let mut violations = Violations::default();
    let selection = parameters.text("targetSelection")?;
    violations.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    let mut config = JobConfig::read(parameters, &mut violations)?;
    if let Some(selection) = selection {
        violations.check_enum(selection, "targetSelection", &["CONTINUOUS", "SNAPSHOT"]);
    }
    let tags = Tags::read(parameters, &mut violations)?;
    if parameters.get("targets").is_none() {
        violations.add_null("targets");
    }
    Result::from(violations)?;
    config.check(false)?;
    let job =
        JobId::new(id).map_err(|error| HttpError::invalid_request(format!("jobId {error}")))?;
    let arn = service.identity.arn(&format!("job/{id}"));
    if service.jobs.contains_key(&job) {
        return Err(HttpError::already_exists(
            format!("Job {id} already exists"),
            id,
            &arn,
        ));
    }
    if parameters.get("document").is_some() && parameters.get("documentSource").is_some() {
        return Err(HttpError::invalid_request(
            "Job document and job document source cannot be specified at the same time.",
        ));
    }
    if let Some(member) = NOT_EMULATED
        .iter()
        .find(|member| parameters.get(member).is_some())
    {
        return Err(HttpError::not_emulated(&format!("{member} of CreateJob")));
    }
    tags.check()?;
    let schedule = schedule(parameters, now)?;
    let targets = targets(service, parameters)?;
    let document = parameters.text("document")?;
    let Some(document) = document else {
        return Err(HttpError::invalid_request(
            "Neither job document nor job document source is specified.",
        ));
    };
    if document.chars().count() > DOCUMENT_CHARACTERS {
        return Err(HttpError::invalid_request(format!(
            "1 validation error detected: Value at 'document' failed to satisfy constraint: Member must have length \
             less than or equal to {DOCUMENT_CHARACTERS}"
        )));
    }
    let device_document = job_document::for_device(document).map_err(|_| {
        HttpError::invalid_request(
            "Job document located at request input is an invalid JSON document.",
        )
    })?;
    let answer = job_named(&arn, id, config.description.as_deref());
    let sequence = service.ids.next_sequence();
    let new = Job {
        document: document.to_owned(),
        device_document,
        targets,
        continuous: selection == Some("CONTINUOUS"),
        description: config.description,
        in_progress_timeout_minutes: config.in_progress_timeout_minutes,
        retry: config.retry.unwrap_or_default(),
        abort: config.abort.unwrap_or_default(),
        rollout: Rollout::new(config.rollout.unwrap_or_default()),
        status: if schedule.start.is_some() {
            JobStatus::Scheduled
        } else {
            JobStatus::InProgress
        },
        schedule,
        tags,
        created_at: now,
        last_updated_at: now,
        completed_at: None,
        reason_code: None,
        comment: None,
        force_canceled: None,
        has_ended: false,
        timer: None,
        sequence,
        things: BTreeSet::new(),
        counts: BTreeMap::new(),
    };
    service.add_job(&job, new, now);
    Ok(Some(answer))
}
