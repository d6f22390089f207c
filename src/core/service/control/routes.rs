//! The control plane: which request is which operation.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use std::borrow::Cow;

use crate::protocol::EpochMillis;
use crate::service::control::absent::absent;
use crate::service::control::call::{ApiCall, Extras};
use crate::service::control::{
    create_job, dynamic_group_api, effective_policy_api, event_api, execution_api, group_api,
    job_api, managed_template_api, membership_api, policy_api, policy_version_api, principal_api,
    principal_policy_api, tag_api, template_api, thing_api, thing_principal_api, type_api,
    update_job,
};
use crate::service::http::answer::{ControlAnswer, HttpError, HttpResponse};
use crate::service::http::parameters::Parameters;
use crate::service::http::request::HttpRequest;
use crate::service::json;
use crate::service::model::check::check;
use crate::service::model::find::find;
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
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    let unknown = || {
        let path = format!("`{} {}`", request.method, request.path);
        let name = absent(&request.method, &segments);
        let what = name.map_or(path.clone(), |name| format!("{name} ({path})"));
        Err(HttpError::not_emulated(&what))
    };
    let Some(found) = find(&request.method, &segments) else {
        return unknown();
    };
    let parameters = &Parameters::decode(request)?;
    let header = found.0.header().and_then(|name| extras.headers.get(name));
    let header = header.map(String::as_str);
    check(&found, parameters, header)?;
    let (operation, names) = found;
    let call = &ApiCall {
        now,
        operation: operation.name,
        names: &names,
        parameters,
        header,
        extras,
    };
    on_jobs(service, call)
        .or_else(|| on_job_executions(service, call))
        .or_else(|| on_job_templates(service, call))
        .or_else(|| on_things(service, call))
        .or_else(|| on_thing_types(service, call))
        .or_else(|| on_thing_groups(service, call))
        .or_else(|| on_dynamic_thing_groups(service, call))
        .or_else(|| on_the_account(service, call))
        .or_else(|| on_certificates(service, call))
        .or_else(|| on_attachments(service, call))
        .or_else(|| on_policies(service, call))
        .or_else(|| on_policy_versions(service, call))
        .unwrap_or_else(unknown)
}

fn on_jobs(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("CreateJob", &[job]) => create_job::create_job(service, job, call),
        ("UpdateJob", &[job]) => update_job::update_job(service, job, call),
        ("AssociateTargetsWithJob", &[job]) => {
            update_job::associate_targets_with_job(service, job, call)
        }
        ("DescribeJob", &[job]) => job_api::describe_job(service, job, call.now),
        ("ListJobs", &[]) => job_api::list_jobs(service, parameters),
        ("CancelJob", &[job]) => job_api::cancel_job(service, job, call),
        ("DeleteJob", &[job]) => job_api::delete_job(service, job, call),
        ("GetJobDocument", &[job]) => job_api::get_job_document(service, job, parameters),
        _ => return None,
    })
}

fn on_job_executions(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("ListJobExecutionsForJob", &[job]) => {
            execution_api::list_job_executions_for_job(service, job, parameters)
        }
        ("ListJobExecutionsForThing", &[thing]) => {
            execution_api::list_job_executions_for_thing(service, thing, parameters)
        }
        ("DescribeJobExecution", &[thing, job]) => {
            execution_api::describe_job_execution(service, thing, job, call)
        }
        ("CancelJobExecution", &[thing, job]) => {
            execution_api::cancel_job_execution(service, thing, job, call)
        }
        ("DeleteJobExecution", &[thing, job, number]) => {
            execution_api::delete_job_execution(service, (thing, job, number), call)
        }
        _ => return None,
    })
}

fn on_job_templates(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("CreateJobTemplate", &[id]) => template_api::create_job_template(service, id, call),
        ("DescribeJobTemplate", &[id]) => template_api::describe_job_template(service, id),
        ("ListJobTemplates", &[]) => template_api::list_job_templates(service, parameters),
        ("DeleteJobTemplate", &[id]) => template_api::delete_job_template(service, id),
        ("ListManagedJobTemplates", &[]) => {
            managed_template_api::list_managed_job_templates(service, parameters)
        }
        ("DescribeManagedJobTemplate", &[name]) => {
            managed_template_api::describe_managed_job_template(service, name, parameters)
        }
        _ => return None,
    })
}

fn on_things(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("CreateThing", &[thing]) => thing_api::create_thing(service, thing, call),
        ("DescribeThing", &[thing]) => thing_api::describe_thing(service, thing),
        ("UpdateThing", &[thing]) => thing_api::update_thing(service, thing, call),
        ("ListThings", &[]) => thing_api::list_things(service, parameters),
        ("DeleteThing", &[thing]) => thing_api::delete_thing(service, thing, parameters),
        ("ListThingGroupsForThing", &[thing]) => {
            membership_api::list_thing_groups_for_thing(service, thing, parameters)
        }
        _ => return None,
    })
}

fn on_thing_types(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let (now, parameters) = (call.now, call.parameters);
    Some(match (call.operation, call.names) {
        ("CreateThingType", &[name]) => type_api::create_thing_type(service, name, call),
        ("DescribeThingType", &[name]) => type_api::describe_thing_type(service, name),
        ("ListThingTypes", &[]) => type_api::list_thing_types(service, parameters),
        ("UpdateThingType", &[name]) => type_api::update_thing_type(service, name, parameters),
        ("DeprecateThingType", &[name]) => type_api::deprecate_thing_type(service, name, call),
        ("DeleteThingType", &[name]) => type_api::delete_thing_type(service, name, now),
        _ => return None,
    })
}

fn on_thing_groups(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("UpdateThingGroupsForThing", &[]) => {
            membership_api::update_thing_groups_for_thing(service, call)
        }
        ("AddThingToThingGroup", &[]) => membership_api::add_thing_to_thing_group(service, call),
        ("RemoveThingFromThingGroup", &[]) => {
            membership_api::remove_thing_from_thing_group(service, call)
        }
        ("CreateThingGroup", &[group]) => group_api::create_thing_group(service, group, call),
        ("UpdateThingGroup", &[group]) => group_api::update_thing_group(service, group, parameters),
        ("DescribeThingGroup", &[group]) => group_api::describe_thing_group(service, group),
        ("ListThingGroups", &[]) => group_api::list_thing_groups(service, parameters),
        ("DeleteThingGroup", &[group]) => group_api::delete_thing_group(service, group, call),
        ("ListThingsInThingGroup", &[group]) => {
            membership_api::list_things_in_thing_group(service, group, parameters)
        }
        _ => return None,
    })
}

fn on_dynamic_thing_groups(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    Some(match (call.operation, call.names) {
        ("CreateDynamicThingGroup", &[group]) => {
            dynamic_group_api::create_dynamic_thing_group(service, group, call)
        }
        ("UpdateDynamicThingGroup", &[group]) => {
            dynamic_group_api::update_dynamic_thing_group(service, group, call)
        }
        ("DeleteDynamicThingGroup", &[group]) => {
            dynamic_group_api::delete_dynamic_thing_group(service, group, call)
        }
        _ => return None,
    })
}

/// Tags, events and the endpoint.
fn on_the_account(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("TagResource", &[]) => tag_api::tag_resource(service, parameters),
        ("UntagResource", &[]) => tag_api::untag_resource(service, parameters),
        ("ListTagsForResource", &[]) => tag_api::list_tags_for_resource(service, parameters),
        ("UpdateEventConfigurations", &[]) => event_api::update_event_configurations(service, call),
        ("DescribeEventConfigurations", &[]) => event_api::describe_event_configurations(service),
        ("DescribeEndpoint", &[]) => thing_api::describe_endpoint(service, parameters),
        _ => return None,
    })
}

/// Certificates.
fn on_certificates(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("CreateKeysAndCertificate", &[]) => {
            principal_api::create_keys_and_certificate(service, call)
        }
        ("CreateCertificateFromCsr", &[]) => {
            principal_api::create_certificate_from_csr(service, call)
        }
        ("RegisterCertificateWithoutCA", &[]) => {
            principal_api::register_certificate_without_ca(service, call)
        }
        ("ListCertificates", &[]) => principal_api::list_certificates(service, parameters),
        ("DescribeCertificate", &[id]) => principal_api::describe_certificate(service, id),
        ("UpdateCertificate", &[id]) => principal_api::update_certificate(service, id, call),
        ("DeleteCertificate", &[id]) => principal_api::delete_certificate(service, id, parameters),
        _ => return None,
    })
}

/// What certificates are attached to.
fn on_attachments(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let (parameters, principal) = (call.parameters, call.header);
    Some(match (call.operation, call.names) {
        ("AttachThingPrincipal", &[thing]) => {
            thing_principal_api::attach_thing_principal(service, thing, principal, parameters)
        }
        ("DetachThingPrincipal", &[thing]) => {
            thing_principal_api::detach_thing_principal(service, thing, principal)
        }
        ("ListThingPrincipals", &[thing]) => {
            thing_principal_api::list_thing_principals(service, thing, parameters)
        }
        ("ListThingPrincipalsV2", &[thing]) => {
            thing_principal_api::list_thing_principals_v2(service, thing, parameters)
        }
        ("ListPrincipalThings", &[]) => {
            thing_principal_api::list_principal_things(service, principal, parameters)
        }
        ("ListPrincipalThingsV2", &[]) => {
            thing_principal_api::list_principal_things_v2(service, principal, parameters)
        }
        ("AttachPrincipalPolicy", &[name]) => {
            principal_policy_api::attach_principal_policy(service, name, principal)
        }
        ("DetachPrincipalPolicy", &[name]) => {
            principal_policy_api::detach_principal_policy(service, name, principal)
        }
        ("ListPrincipalPolicies", &[]) => {
            principal_policy_api::list_principal_policies(service, principal, parameters)
        }
        ("ListPolicyPrincipals", &[]) => {
            principal_policy_api::list_policy_principals(service, call.header, parameters)
        }
        _ => return None,
    })
}

fn on_policies(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    let parameters = call.parameters;
    Some(match (call.operation, call.names) {
        ("CreatePolicy", &[name]) => policy_api::create_policy(service, name, call),
        ("GetPolicy", &[name]) => policy_api::get_policy(service, name),
        ("ListPolicies", &[]) => policy_api::list_policies(service, parameters),
        ("DeletePolicy", &[name]) => policy_api::delete_policy(service, name),
        ("AttachPolicy", &[name]) => policy_api::attach_policy(service, name, parameters),
        ("DetachPolicy", &[name]) => policy_api::detach_policy(service, name, parameters),
        ("ListAttachedPolicies", &[target]) => {
            policy_api::list_attached_policies(service, target, parameters)
        }
        ("GetEffectivePolicies", &[]) => {
            effective_policy_api::get_effective_policies(service, parameters)
        }
        ("ListTargetsForPolicy", &[name]) => {
            policy_api::list_targets_for_policy(service, name, parameters)
        }
        _ => return None,
    })
}

fn on_policy_versions(service: &mut Service, call: &ApiCall<'_>) -> Option<ControlAnswer> {
    Some(match (call.operation, call.names) {
        ("CreatePolicyVersion", &[name]) => {
            policy_version_api::create_policy_version(service, name, call)
        }
        ("GetPolicyVersion", &[name, version]) => {
            policy_version_api::get_policy_version(service, name, version)
        }
        ("ListPolicyVersions", &[name]) => policy_version_api::list_policy_versions(service, name),
        ("SetDefaultPolicyVersion", &[name, version]) => {
            policy_version_api::set_default_policy_version(service, (name, version), call)
        }
        ("DeletePolicyVersion", &[name, version]) => {
            policy_version_api::delete_policy_version(service, name, version)
        }
        _ => return None,
    })
}
