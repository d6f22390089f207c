//! The control plane: which request is which operation.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use crate::protocol::EpochMillis;
use crate::service::control::call::{ApiCall, Extras};
use crate::service::control::{
    create_job, event_api, execution_api, group_api, job_api, membership_api, policy_api,
    principal_api, tag_api, thing_api, update_job,
};
use crate::service::http::answer::{ControlAnswer, HttpError, HttpResponse};
use crate::service::http::parameters::Parameters;
use crate::service::http::request::HttpRequest;
use crate::service::json;
use crate::service::state::Service;

pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
    extras: &Extras,
) -> HttpResponse {
    let answer = answer(service, now, request, extras);
    let body = answer.map(|body| body.map(|body| json::to_vec(&body)).unwrap_or_default());
    HttpResponse::from(body)
}

fn answer(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
    extras: &Extras,
) -> ControlAnswer {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let parameters = &Parameters::decode(request)?;
    let call = &ApiCall {
        now,
        method: &request.method,
        segments: &segments,
        parameters,
        extras,
    };
    on_jobs(service, call)
        .or_else(|| on_job_executions(service, call))
        .or_else(|| on_things(service, call))
        .or_else(|| on_thing_groups(service, call))
        .or_else(|| on_the_account(service, call))
        .or_else(|| on_certificates(service, call))
        .or_else(|| on_policies(service, call))
        .unwrap_or_else(|| {
            Err(HttpError::not_emulated(&format!(
                "`{} {}`",
                request.method, request.path
            )))
        })
}

fn on_jobs(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("PUT", &["jobs", job]) => create_job::create_job(service, job, call),
        ("PATCH", &["jobs", job]) => update_job::update_job(service, job, call),
        ("POST", &["jobs", job, "targets"]) => {
            update_job::associate_targets_with_job(service, job, call)
        }
        ("GET", &["jobs", job]) => job_api::describe_job(service, job),
        ("GET", ["jobs"]) => job_api::list_jobs(service, parameters),
        ("PUT", &["jobs", job, "cancel"]) => job_api::cancel_job(service, job, call),
        ("DELETE", &["jobs", job]) => job_api::delete_job(service, job, call),
        ("GET", &["jobs", job, "job-document"]) => job_api::get_job_document(service, job),
        _ => return None,
    })
}

fn on_job_executions(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("GET", &["jobs", job, "things"]) => {
            execution_api::list_job_executions_for_job(service, job, parameters)
        }
        ("GET", &["things", thing, "jobs"]) => {
            execution_api::list_job_executions_for_thing(service, thing, parameters)
        }
        ("GET", &["things", thing, "jobs", job]) => {
            execution_api::describe_job_execution(service, thing, job, call)
        }
        ("PUT", &["things", thing, "jobs", job, "cancel"]) => {
            execution_api::cancel_job_execution(service, thing, job, call)
        }
        ("DELETE", &["things", thing, "jobs", job, "executionNumber", number]) => {
            execution_api::delete_job_execution(service, (thing, job, number), call)
        }
        _ => return None,
    })
}

fn on_things(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("POST", &["things", thing]) => thing_api::create_thing(service, thing, parameters),
        ("GET", &["things", thing]) => thing_api::describe_thing(service, thing),
        ("PATCH", &["things", thing]) => thing_api::update_thing(service, thing, parameters),
        ("GET", ["things"]) => thing_api::list_things(service, parameters),
        ("DELETE", &["things", thing]) => thing_api::delete_thing(service, thing, parameters),
        ("GET", &["things", thing, "thing-groups"]) => {
            membership_api::list_thing_groups_for_thing(service, thing, parameters)
        }
        _ => return None,
    })
}

fn on_thing_groups(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("PUT", ["thing-groups", "updateThingGroupsForThing"]) => {
            membership_api::update_thing_groups_for_thing(service, call)
        }
        ("PUT", ["thing-groups", "addThingToThingGroup"]) => {
            membership_api::add_thing_to_thing_group(service, call)
        }
        ("PUT", ["thing-groups", "removeThingFromThingGroup"]) => {
            membership_api::remove_thing_from_thing_group(service, call)
        }
        ("POST", &["thing-groups", group]) => group_api::create_thing_group(service, group, call),
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
        _ => return None,
    })
}

/// Tags, events and the endpoint.
fn on_the_account(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("POST", ["tags"]) => tag_api::tag_resource(service, parameters),
        ("POST", ["untag"]) => tag_api::untag_resource(service, parameters),
        ("GET", ["tags"]) => tag_api::list_tags_for_resource(service, parameters),
        ("PATCH", ["event-configurations"]) => {
            event_api::update_event_configurations(service, call)
        }
        ("GET", ["event-configurations"]) => event_api::describe_event_configurations(service),
        ("GET", ["endpoint"]) => thing_api::describe_endpoint(service, parameters),
        _ => return None,
    })
}

/// Certificates, and what they are attached to.
fn on_certificates(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    let principal = call.extras.principal.as_deref();
    Some(match (call.method, call.segments) {
        ("POST", ["keys-and-certificate"]) => {
            principal_api::create_keys_and_certificate(service, call)
        }
        ("GET", ["certificates"]) => principal_api::list_certificates(service, parameters),
        ("GET", ["certificates", id]) => principal_api::describe_certificate(service, id),
        ("PUT", ["certificates", id]) => principal_api::update_certificate(service, id, call),
        ("DELETE", ["certificates", id]) => {
            principal_api::delete_certificate(service, id, parameters)
        }
        ("PUT", ["things", thing, "principals"]) => {
            principal_api::attach_thing_principal(service, thing, principal, parameters)
        }
        ("DELETE", ["things", thing, "principals"]) => {
            principal_api::detach_thing_principal(service, thing, principal)
        }
        ("GET", ["things", thing, "principals"]) => {
            principal_api::list_thing_principals(service, thing, parameters)
        }
        ("GET", ["principals", "things"]) => {
            principal_api::list_principal_things(service, principal, parameters)
        }
        _ => return None,
    })
}

fn on_policies(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.method, call.segments) {
        ("POST", ["policies", name]) => policy_api::create_policy(service, name, call),
        ("GET", ["policies", name]) => policy_api::get_policy(service, name),
        ("GET", ["policies"]) => policy_api::list_policies(service, parameters),
        ("DELETE", ["policies", name]) => policy_api::delete_policy(service, name),
        ("PUT", ["target-policies", name]) => policy_api::attach_policy(service, name, parameters),
        ("POST", ["target-policies", name]) => policy_api::detach_policy(service, name, parameters),
        ("POST", ["attached-policies", target]) => {
            policy_api::list_attached_policies(service, target, parameters)
        }
        ("POST", ["policy-targets", name]) => {
            policy_api::list_targets_for_policy(service, name, parameters)
        }
        _ => return None,
    })
}
