//! The control plane's operations on AWS IoT Core policies.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::{Value, json};

use crate::service::control::call::ApiCall;
use crate::service::control::group_api::find_static_group;
use crate::service::control::paging::{MARKERS, by_creation, names, page_by};
use crate::service::control::policy_target::policies_of;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::identity::ServiceIdentity;
use crate::service::policy_versions::Policy;
use crate::service::rights::PolicyTarget;
use crate::service::state::Service;

/// Policies attached to one certificate. <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits>
const POLICIES_OF_CERTIFICATE: usize = 10;

/// Policies attached to one thing group.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html#group-attach-policy>
const POLICIES_OF_GROUP: usize = 2;

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
    if !policy.certificates.is_empty() || !policy.groups.is_empty() {
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
    let target = PolicyTarget::read(&service.identity, parameters.text("target"), "target")?;
    attach(service, name, target)
}

/// Attaches a policy that exists.
pub(crate) fn attach(service: &mut Service, name: &str, target: PolicyTarget<'_>) -> ControlAnswer {
    let policies = policies_of(service, target)?;
    let most = match target {
        PolicyTarget::Certificate(_) => POLICIES_OF_CERTIFICATE,
        PolicyTarget::Group(group) => {
            // "Attempting to apply a policy to a dynamic thing group generates an exception."
            // <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
            find_static_group(service, group)?;
            POLICIES_OF_GROUP
        }
    };
    if !policies.contains(name) && policies.len() >= most {
        return Err(HttpError::limit_exceeded(format!(
            "The target has {most} policies, which is the most that it can have."
        )));
    }
    service.attach_policy(name, target);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html>
pub(crate) fn detach_policy(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let target = PolicyTarget::read(&service.identity, parameters.text("target"), "target")?;
    // The operation has no ResourceNotFoundException: a policy that does not exist or is not attached counts as detached.
    service.detach_policy(name, target);
    Ok(None)
}

/// "When true, recursively list attached policies." GUESS: also those of the groups that contain a thing group, which its
/// members inherit; a certificate has no parents.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListAttachedPolicies.html>
pub(crate) fn list_attached_policies(
    service: &Service,
    target: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let target = PolicyTarget::read(&service.identity, Some(target), "target")?;
    let mut policies = policies_of(service, target)?.clone();
    if let PolicyTarget::Group(group) = target
        && parameters.query_flag("recursive")
    {
        let inherited = service.policies_from_above(group).into_iter();
        policies.extend(inherited.map(ToOwned::to_owned));
    }
    let view = |name: &str| summary(&service.identity, name);
    page_by(&MARKERS, "attached", "policies", parameters, |last| {
        names(&policies, last.as_ref(), view)
    })
}

/// Certificates come first.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTargetsForPolicy.html>
pub(crate) fn list_targets_for_policy(
    service: &Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let identity = &service.identity;
    page_by(
        &MARKERS,
        "targets",
        "targets",
        parameters,
        |last: Option<(bool, String)>| {
            let (of_groups, last) = last.unzip();
            let of_groups = of_groups.unwrap_or_default();
            let certificates = (!of_groups).then(|| {
                names(&policy.certificates, last.as_ref(), |id| {
                    json!(identity.certificate_arn(id))
                })
            });
            let behind = last.as_ref().filter(|_| of_groups);
            let groups = names(&policy.groups, behind, |name| {
                json!(identity.group_arn(name))
            });
            let certificates = certificates.into_iter().flatten();
            let certificates = certificates.map(|(id, view)| ((false, id), view));
            Box::new(certificates.chain(groups.map(|(name, view)| ((true, name), view))))
        },
    )
}

/// A policy that exists, by its name.
pub(crate) fn find_policy<'a>(service: &'a Service, name: &str) -> Result<&'a Policy, HttpError> {
    service
        .principals
        .policy(name)
        .ok_or_else(|| HttpError::not_found(format!("Policy {name} not found.")))
}

/// `Policy`.
pub(crate) fn summary(identity: &ServiceIdentity, name: &str) -> Value {
    json!({ "policyName": name, "policyArn": identity.policy_arn(name) })
}
