//! CreateJob: what the request must look like, and which things the job reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where they exist.

use serde_json::value::RawValue;

use crate::service::control::call::ApiCall;
use crate::service::control::job_api::job_named;
use crate::service::control::job_config::JobConfig;
use crate::service::control::scheduling::schedule;
use crate::service::control::target::targets;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::job_id;
use crate::service::http::parameters::Parameters;
use crate::service::job::Job;
use crate::service::job_document;
use crate::service::rollout::Rollout;
use crate::service::state::Service;
use crate::service::tags::Tags;

/// Order of checks: what the model of the API does not allow, the configurations, whether the id is in use, tags, times,
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
    let (document, device_document) = document(id, parameters)?;
    let answer = job_named(&service.identity, id, config.description.as_deref());
    let sequence = service.ids.next_sequence();
    let document = document.to_owned();
    let mut new = Job::new(document, device_document, targets, schedule, sequence, now);
    new.continuous = parameters.text("targetSelection") == Some("CONTINUOUS");
    new.description = config.description;
    new.in_progress_timeout_minutes = config.in_progress_timeout_minutes;
    new.retry = config.retry.unwrap_or_default();
    new.abort = config.abort.unwrap_or_default();
    new.rollout = Rollout::new(config.rollout.unwrap_or_default());
    new.tags = tags;
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

/// The document as given, and as a device receives it.
fn document<'a>(
    id: &str,
    parameters: &'a Parameters,
) -> Result<(&'a str, Box<RawValue>), HttpError> {
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
    check_placeholders(id, device_document.get())?;
    Ok((document, device_document))
}

/// Placeholders that AWS replaces. That is not emulated, so they are refused: a device must not receive them as they are.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/manage-job-cli.html>
/// <https://docs.aws.amazon.com/iot/latest/developerguide/preparing-jobs-for-service-package-catalog.html>
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates-create.html>
const PLACEHOLDERS: [&str; 3] = ["code-sign-signature", "package", "parameter"];

/// Refuses a document with placeholders that AWS would replace. The document has no unnecessary escapes.
fn check_placeholders(id: &str, document: &str) -> Result<(), HttpError> {
    for placeholder in document.split("${aws:iot:").skip(1) {
        let name = placeholder.split([':', '}']).next().unwrap_or_default();
        // Recorded session: the message without a role. With a role, the request was refused before, because of its
        // presignedUrlConfig.
        if name == "s3-presigned-url" {
            return Err(HttpError::invalid_request(format!(
                "Role must be provided for pre-sign S3 urls in job document of job {id}."
            )));
        }
        if name == "s3-presigned-url-v2" {
            return Err(HttpError::invalid_request(
                "presignedUrlConfig role ARN is required to generate an S3 presigned url in job document.",
            ));
        }
        if PLACEHOLDERS.contains(&name) {
            return Err(HttpError::not_emulated(&format!(
                "the placeholder `${{aws:iot:{name}:…}}` of a job document"
            )));
        }
    }
    Ok(())
}
