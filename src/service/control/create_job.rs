//! CreateJob: what it must look like, whom it reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use serde_json::value::RawValue;

use crate::service::constraint::{TARGET_SELECTION_SET, Violations};
use crate::service::control::call::ApiCall;
use crate::service::control::job_api::job_named;
use crate::service::control::job_config::{JobConfig, schedule};
use crate::service::control::target::targets;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::job_id;
use crate::service::http::parameters::Parameters;
use crate::service::job::{Job, JobStatus};
use crate::service::job_document;
use crate::service::limits::DOCUMENT_CHARACTERS;
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
pub(crate) fn create_job(service: &mut Service, id: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let (mut config, selection, tags) = read(id, parameters)?;
    config.check(false)?;
    let job = job_id(id)?;
    let arn = service.identity.job_arn(id);
    if service.jobs.contains_key(&job) {
        let message = format!("Job {id} already exists");
        return Err(HttpError::already_exists(message, id, &arn));
    }
    check_members(parameters)?;
    tags.check()?;
    let schedule = schedule(parameters, now)?;
    let targets = targets(service, parameters)?;
    let (document, device_document) = document(parameters)?;
    let answer = job_named(&service.identity, id, config.description.as_deref());
    let sequence = service.ids.next_sequence();
    let new = Job {
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
        ..Job::new(document.to_owned(), device_document, targets, sequence, now)
    };
    service.add_job(&job, new, now);
    Ok(Some(answer))
}

/// Configuration, target selection and tags, as far as the model of the API allows them.
fn read<'a>(
    id: &str,
    parameters: &'a Parameters,
) -> Result<(JobConfig, Option<&'a str>, Tags), HttpError> {
    let mut violations = Violations::default();
    let selection = parameters.text("targetSelection")?;
    violations.check_job_id(id);
    let config = JobConfig::read(parameters, &mut violations)?;
    if let Some(selection) = selection {
        violations.check_enum(selection, "targetSelection", &TARGET_SELECTION_SET);
    }
    let tags = Tags::read(parameters, &mut violations)?;
    violations.check_given(parameters.get("targets"), "targets");
    Result::from(violations)?;
    Ok((config, selection, tags))
}

/// Refuses members that exclude each other, and those that are not emulated.
fn check_members(parameters: &Parameters) -> Result<(), HttpError> {
    let is_given = |member: &str| parameters.get(member).is_some();
    if is_given("document") && is_given("documentSource") {
        return Err(HttpError::invalid_request(
            "Job document and job document source cannot be specified at the same time.",
        ));
    }
    match NOT_EMULATED.into_iter().find(|member| is_given(member)) {
        Some(member) => Err(HttpError::not_emulated(&format!("{member} of CreateJob"))),
        None => Ok(()),
    }
}

/// The document as it was given, and as a device receives it.
fn document(parameters: &Parameters) -> Result<(&str, Box<RawValue>), HttpError> {
    let Some(document) = parameters.text("document")? else {
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
    Ok((document, device_document))
}
