//! CreateJob: what it must look like, whom it reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use serde_json::value::RawValue;

use crate::service::control::call::ApiCall;
use crate::service::control::job_api::job_named;
use crate::service::control::job_config::{JobConfig, schedule};
use crate::service::control::target::targets;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::job_id;
use crate::service::http::parameters::Parameters;
use crate::service::job::{Job, JobStatus};
use crate::service::job_document;
use crate::service::rollout::Rollout;
use crate::service::state::Service;
use crate::service::tags::Tags;

/// Order of checks: what the model of the API does not allow, the configurations, whether the id is free, tags, times,
/// targets, document (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) fn create_job(service: &mut Service, id: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let mut config = JobConfig::read(parameters);
    config.check(false)?;
    let job = job_id(id)?;
    let arn = service.identity.job_arn(id);
    if service.jobs.contains_key(&job) {
        let message = format!("Job {id} already exists");
        return Err(HttpError::already_exists(message, id, &arn));
    }
    check_document_source(parameters)?;
    let tags = Tags::read(parameters);
    tags.check()?;
    let schedule = schedule(parameters, now)?;
    let targets = targets(service, parameters)?;
    let (document, device_document) = document(parameters)?;
    let answer = job_named(&service.identity, id, config.description.as_deref());
    let sequence = service.ids.next_sequence();
    let new = Job {
        continuous: parameters.text("targetSelection") == Some("CONTINUOUS"),
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

fn check_document_source(parameters: &Parameters) -> Result<(), HttpError> {
    if parameters.get("documentSource").is_none() {
        Ok(())
    } else if parameters.get("document").is_some() {
        Err(HttpError::invalid_request(
            "Job document and job document source cannot be specified at the same time.",
        ))
    } else {
        Err(HttpError::not_emulated("documentSource of CreateJob"))
    }
}

/// The document as it was given, and as a device receives it.
fn document(parameters: &Parameters) -> Result<(&str, Box<RawValue>), HttpError> {
    let Some(document) = parameters.text("document") else {
        return Err(HttpError::invalid_request(
            "Neither job document nor job document source is specified.",
        ));
    };
    let device_document = job_document::for_device(document).map_err(|_| {
        HttpError::invalid_request(
            "Job document located at request input is an invalid JSON document.",
        )
    })?;
    Ok((document, device_document))
}
