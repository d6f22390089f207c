//! CreateJob: what the request must look like, and which things the job reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where they exist.

use crate::service::control::call::ApiCall;
use crate::service::control::job_api::job_named;
use crate::service::control::job_config::JobConfig;
use crate::service::control::new_document::{NewDocument, check_one_document};
use crate::service::control::scheduling::schedule;
use crate::service::control::target::targets;
use crate::service::control::template_use::basis;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::job_id;
use crate::service::job::Job;
use crate::service::objects::placeholder;
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
    check_one_document(parameters)?;
    let (basis, merged) = basis(service, parameters)?.unzip();
    let parameters = merged.as_ref().unwrap_or(parameters);
    if merged.is_some() {
        config = JobConfig::read(parameters);
        config.check(false)?;
    }
    let tags = Tags::read(parameters);
    tags.check()?;
    let schedule = schedule(parameters, now)?;
    let targets = targets(service, parameters)?;
    let presigned_url = config.presigned_url.unwrap_or_default();
    let filling = basis.as_ref().and_then(|it| it.parameters.as_ref());
    let document = NewDocument::read(service, parameters, filling)?;
    placeholder::check(
        document.for_device.get(),
        id,
        &presigned_url,
        &service.objects,
    )?;
    let answer = job_named(&service.identity, id, config.description.as_deref());
    let sequence = service.ids.next_sequence();
    let (text, for_device) = (document.text, document.for_device);
    let mut new = Job::new(text, for_device, targets, schedule, sequence, now);
    new.basis = basis.map(Box::new);
    new.document_source = document.source;
    new.presigned_url = presigned_url;
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
