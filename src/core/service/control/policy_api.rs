//! The control plane's operations on AWS IoT Core policies.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::{Value, json};

use crate::service::control::call::ApiCall;
use crate::service::control::certificate::{find_certificate, principal_id};
use crate::service::control::paging::{MARKERS, by_creation, names, page_by};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::identity::ServiceIdentity;
use crate::service::policy_versions::Policy;
use crate::service::state::Service;

/// Policies attached to one certificate.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits>
const POLICIES_OF_CERTIFICATE: usize = 10;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
pub(crate) fn create_policy(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let arn = service.identity.policy_arn(name);
    if service.principals.policy(name).is_some() {
        let message = format!("Policy cannot be created - name already exists (name={name})");
        return Err(HttpError::already_exists(message, name, &arn));
    }
    let document = parameters.text("policyDocument").unwrap_or_default();
    // The message is this service's own, with the place in the document.
    (service.principals.check)(document).map_err(HttpError::malformed_policy)?;
    service.insert_policy(now, name, document);
    Ok(Some(json!({
        "policyName": name,
        "policyArn": arn,
        "policyDocument": document,
        "policyVersionId": "1",
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicy.html>
pub(crate) fn get_policy(service: &Service, name: &str) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let Some(version) = policy.in_effect() else {
        return Err(HttpError::internal("The policy has no default version."));
    };
    Ok(Some(json!({
        "policyName": name,
        "policyArn": service.identity.policy_arn(name),
        "policyDocument": version.document,
        "defaultVersionId": version.number.to_string(),
        "creationDate": policy.created_at,
        "lastModifiedDate": policy.modified_at(),
        "generationId": policy.generation,
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicies.html>
pub(crate) fn list_policies(service: &Service, parameters: &Parameters) -> ControlAnswer {
    // "If true, the results are returned in ascending creation order."
    page_by(&MARKERS, "policies", "policies", parameters, |last| {
        let names = by_creation(service.principals.policy_names(), parameters, last);
        Box::new(names.map(|(number, name)| (*number, summary(&service.identity, name))))
    })
}

/// "A policy cannot be deleted if it has non-default versions or it is attached to any certificate."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html>
pub(crate) fn delete_policy(service: &mut Service, name: &str) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    if !policy.certificates.is_empty() {
        return Err(HttpError::delete_conflict(format!(
            "The policy cannot be deleted as the policy is attached to one or more principals (name={name})"
        )));
    }
    // The words are those in <https://github.com/rebuy-de/aws-nuke/pull/320>.
    if policy.versions().count() > 1 {
        return Err(HttpError::delete_conflict(
            "The policy cannot be deleted as versions other than than default version exist",
        ));
    }
    service.principals.remove_policy(name);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPolicy.html>
pub(crate) fn attach_policy(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    find_policy(service, name)?;
    let id = principal_id(&service.identity, parameters.text("target"), "target")?;
    let certificate = find_certificate(service, id)?;
    let is_new = !certificate.policies.contains(name);
    if is_new && certificate.policies.len() >= POLICIES_OF_CERTIFICATE {
        return Err(HttpError::limit_exceeded(format!(
            "The target has {POLICIES_OF_CERTIFICATE} policies, which is the most that it can have."
        )));
    }
    service.principals.attach_policy(name, id);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html>
pub(crate) fn detach_policy(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let id = principal_id(&service.identity, parameters.text("target"), "target")?;
    // The operation has no ResourceNotFoundException: a policy that does not exist or is not attached counts as detached.
    service.principals.detach_policy(name, id);
    Ok(None)
}

/// `recursive` would add the policies of thing groups, which are not emulated.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListAttachedPolicies.html>
pub(crate) fn list_attached_policies(
    service: &Service,
    target: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let id = principal_id(&service.identity, Some(target), "target")?;
    let certificate = find_certificate(service, id)?;
    let view = |name: &str| summary(&service.identity, name);
    page_by(&MARKERS, "attached", "policies", parameters, |last| {
        names(&certificate.policies, last.as_ref(), view)
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTargetsForPolicy.html>
pub(crate) fn list_targets_for_policy(
    service: &Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let view = |id: &str| Value::String(service.identity.certificate_arn(id));
    page_by(&MARKERS, "targets", "targets", parameters, |last| {
        names(&policy.certificates, last.as_ref(), view)
    })
}

/// A policy that exists, by its name.
pub(crate) fn find_policy<'a>(service: &'a Service, name: &str) -> Result<&'a Policy, HttpError> {
    service
        .principals
        .policy(name)
        .ok_or_else(|| HttpError::not_found(format!("Policy {name} not found.")))
}

fn summary(identity: &ServiceIdentity, name: &str) -> Value {
    json!({ "policyName": name, "policyArn": identity.policy_arn(name) })
}
