//! The control plane's operations on the tags of jobs, job templates, thing types and thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html>
//!
//! Messages follow recorded sessions.

use serde_json::json;

use crate::service::control::group_api::find_group;
use crate::service::control::job_api::find_job;
use crate::service::control::template_use::find_template;
use crate::service::control::type_api::find_type;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::limits::TAGS;
use crate::service::state::Service;
use crate::service::tags::Tags;

/// The tags of the resource with this ARN: a job, a job template, a thing type or a thing group.
fn tags_of<'a>(service: &'a mut Service, arn: Option<&str>) -> Result<&'a mut Tags, HttpError> {
    let arn = arn.unwrap_or_default();
    let resource = arn.strip_prefix(&service.identity.arn(""));
    // GUESS: no recording has an ARN of another account or region, or of a resource that cannot have tags.
    let invalid = || HttpError::invalid_request("Invalid arn in request");
    let (kind, name) = resource
        .and_then(|resource| resource.split_once('/'))
        .ok_or_else(invalid)?;
    match kind {
        "job" => {
            let job = find_job(service, name)?;
            let job = service.jobs.get_mut(&job);
            job.map(|job| &mut job.tags).ok_or_else(invalid)
        }
        "thinggroup" => {
            find_group(service, name)?;
            let group = service.registry.groups.get_mut(name);
            group.map(|group| &mut group.tags).ok_or_else(invalid)
        }
        "thingtype" => {
            find_type(service, name)?;
            let thing_type = service.registry.types.get_mut(name);
            thing_type.map(|it| &mut it.tags).ok_or_else(invalid)
        }
        "jobtemplate" => {
            find_template(service, name)?;
            let template = service.templates.by_id.get_mut(name);
            template
                .map(|template| &mut template.tags)
                .ok_or_else(invalid)
        }
        _ => Err(HttpError::not_emulated(&format!("tags of `{arn}`"))),
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_TagResource.html>
pub(crate) fn tag_resource(service: &mut Service, parameters: &Parameters) -> ControlAnswer {
    let tags = Tags::read(parameters);
    tags.check()?;
    let present = tags_of(service, parameters.text("resourceArn"))?;
    let mut changed = present.clone();
    changed.add(tags);
    if changed.len() > TAGS {
        // GUESS: the exception is documented, the message is not.
        return Err(HttpError::limit_exceeded(format!(
            "A resource cannot have more than {TAGS} tags."
        )));
    }
    *present = changed;
    Ok(None)
}

/// Removing a key that does not exist is not an error (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UntagResource.html>
pub(crate) fn untag_resource(service: &mut Service, parameters: &Parameters) -> ControlAnswer {
    let tags = tags_of(service, parameters.text("resourceArn"))?;
    for key in parameters.texts("tagKeys") {
        tags.remove(key);
    }
    Ok(None)
}

/// All tags are on one page, because there are at most 50, so every token is invalid.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTagsForResource.html>
pub(crate) fn list_tags_for_resource(
    service: &mut Service,
    parameters: &Parameters,
) -> ControlAnswer {
    let tags = tags_of(service, parameters.query("resourceArn"))?.view();
    if parameters.query("nextToken").is_some() {
        return Err(HttpError::invalid_next_token());
    }
    // Recorded session: the last page of this list has a null token.
    Ok(Some(json!({ "tags": tags, "nextToken": null })))
}
