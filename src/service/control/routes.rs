//! The control plane: which request is which operation.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use percent_encoding::percent_decode_str;

use crate::protocol::EpochMillis;
use crate::service::control::error::{ControlAnswer, HttpError, respond};
use crate::service::control::parameters::Parameters;
use crate::service::control::{
    create_job, event_api, execution_api, group_api, job_api, membership_api, principal_api,
    tag_api, thing_api, update_job,
};
use crate::service::{Extras, HttpRequest, HttpResponse, Service, json};

pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
    extras: &Extras,
) -> HttpResponse {
    let answer = answer(service, now, request, extras);
    respond(answer.map(|body| body.map(|body| json::to_vec(&body)).unwrap_or_default()))
}

/// The parts of a path, each decoded.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

fn answer(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
    extras: &Extras,
) -> ControlAnswer {
    let segments = segments(&request.path);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let parameters = &Parameters::decode(request)?;
    match (request.method.as_str(), segments.as_slice()) {
        ("PUT", &["jobs", job]) => create_job::create_job(service, now, job, parameters),
        ("PATCH", &["jobs", job]) => update_job::update_job(service, now, job, parameters),
        ("POST", &["jobs", job, "targets"]) => {
            update_job::associate_targets_with_job(service, now, job, parameters)
        }
        ("GET", &["jobs", job]) => job_api::describe_job(service, job),
        ("GET", ["jobs"]) => job_api::list_jobs(service, parameters),
        ("PUT", &["jobs", job, "cancel"]) => job_api::cancel_job(service, now, job, parameters),
        ("DELETE", &["jobs", job]) => job_api::delete_job(service, now, job, parameters),
        ("GET", &["jobs", job, "job-document"]) => job_api::get_job_document(service, job),
        ("GET", &["jobs", job, "things"]) => {
            execution_api::list_job_executions_for_job(service, job, parameters)
        }
        ("GET", &["things", thing, "jobs"]) => {
            execution_api::list_job_executions_for_thing(service, thing, parameters)
        }
        ("GET", &["things", thing, "jobs", job]) => {
            execution_api::describe_job_execution(service, now, thing, job, parameters)
        }
        ("PUT", &["things", thing, "jobs", job, "cancel"]) => {
            execution_api::cancel_job_execution(service, now, thing, job, parameters)
        }
        ("DELETE", &["things", thing, "jobs", job, "executionNumber", number]) => {
            execution_api::delete_job_execution(service, now, (thing, job, number), parameters)
        }
        ("POST", &["things", thing]) => thing_api::create_thing(service, thing, parameters),
        ("GET", &["things", thing]) => thing_api::describe_thing(service, thing),
        ("PATCH", &["things", thing]) => thing_api::update_thing(service, thing, parameters),
        ("GET", ["things"]) => thing_api::list_things(service, parameters),
        ("DELETE", &["things", thing]) => thing_api::delete_thing(service, thing, parameters),
        ("GET", &["things", thing, "thing-groups"]) => {
            membership_api::list_thing_groups_for_thing(service, thing, parameters)
        }
        ("PUT", ["thing-groups", "updateThingGroupsForThing"]) => {
            membership_api::update_thing_groups_for_thing(service, now, parameters)
        }
        ("PUT", ["thing-groups", "addThingToThingGroup"]) => {
            membership_api::add_thing_to_thing_group(service, now, parameters)
        }
        ("PUT", ["thing-groups", "removeThingFromThingGroup"]) => {
            membership_api::remove_thing_from_thing_group(service, now, parameters)
        }
        ("POST", &["thing-groups", group]) => {
            group_api::create_thing_group(service, now, group, parameters)
        }
        ("PATCH", &["thing-groups", group]) => {
            group_api::update_thing_group(service, group, parameters)
        }
        ("GET", &["thing-groups", group]) => group_api::describe_thing_group(service, group),
        ("GET", ["thing-groups"]) => group_api::list_thing_groups(service, parameters),
        ("DELETE", &["thing-groups", group]) => {
            group_api::delete_thing_group(service, group, parameters)
        }
        ("GET", &["thing-groups", group, "things"]) => {
            membership_api::list_things_in_thing_group(service, group, parameters)
        }
        ("POST", ["tags"]) => tag_api::tag_resource(service, parameters),
        ("POST", ["untag"]) => tag_api::untag_resource(service, parameters),
        ("GET", ["tags"]) => tag_api::list_tags_for_resource(service, parameters),
        ("PATCH", ["event-configurations"]) => {
            event_api::update_event_configurations(service, now, parameters)
        }
        ("GET", ["event-configurations"]) => event_api::describe_event_configurations(service),
        ("GET", ["endpoint"]) => thing_api::describe_endpoint(service, parameters),
        (method, segments) => {
            principal_api::answer(service, now, (method, segments), parameters, extras)
                .unwrap_or_else(|| {
                    Err(HttpError::not_emulated(&format!(
                        "`{method} {}`",
                        request.path
                    )))
                })
        }
    }
}
