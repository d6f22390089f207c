//! The control plane's operations on the versions of policies.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html>
//!
//! GUESS: the exceptions are documented; some messages are known from reports of users, the others are not.

use serde_json::{Value, json};

use crate::service::control::call::ApiCall;
use crate::service::control::policy_api::find_policy;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::limits::POLICY_VERSIONS;
use crate::service::policy_versions::{Policy, PolicyVersion};
use crate::service::state::Service;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html>
pub(crate) fn create_policy_version(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let versions = find_policy(service, name)?.versions().count();
    let document = parameters.text("policyDocument").unwrap_or_default();
    (service.principals.check)(document).map_err(HttpError::malformed_policy)?;
    // "If the policy has five versions, you must use DeletePolicyVersion to delete an existing version". The words are those
    // in <https://github.com/hashicorp/terraform-provider-aws/issues/30314>.
    if versions >= POLICY_VERSIONS {
        return Err(HttpError::versions_limit_exceeded(format!(
            "The policy {name} already has the maximum number of versions ({POLICY_VERSIONS})"
        )));
    }
    let is_default = parameters.query_flag("setAsDefault");
    let version = service.new_version(now, document);
    let number = service.change_policy(name, is_default, |policy| {
        let number = policy.add_version(version);
        if is_default {
            policy.set_default(number, now);
        }
        number
    });
    Ok(Some(json!({
        "policyArn": service.identity.policy_arn(name),
        "policyDocument": document,
        "policyVersionId": number.unwrap_or_default().to_string(),
        "isDefaultVersion": is_default,
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetPolicyVersion.html>
pub(crate) fn get_policy_version(service: &Service, name: &str, version: &str) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let version = find_version(policy, name, version)?;
    Ok(Some(json!({
        "policyArn": service.identity.policy_arn(name),
        "policyName": name,
        "policyDocument": version.document,
        "policyVersionId": version.number.to_string(),
        "isDefaultVersion": version.is_default,
        // GUESS: of the version, which does not change; the page describes both as dates of the policy.
        "creationDate": version.created_at,
        "lastModifiedDate": version.created_at,
        "generationId": version.generation,
    })))
}

/// The newest version comes first, as in <https://docs.aws.amazon.com/cli/latest/reference/iot/list-policy-versions.html>.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicyVersions.html>
pub(crate) fn list_policy_versions(service: &Service, name: &str) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let versions = policy.versions().rev().map(|version| {
        json!({
            "versionId": version.number.to_string(),
            "isDefaultVersion": version.is_default,
            "createDate": version.created_at,
        })
    });
    Ok(Some(
        json!({ "policyVersions": versions.collect::<Vec<Value>>() }),
    ))
}

/// "This action affects all certificates to which the policy is attached." Here at once.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SetDefaultPolicyVersion.html>
pub(crate) fn set_default_policy_version(
    service: &mut Service,
    (name, version): (&str, &str),
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let number = find_version(find_policy(service, name)?, name, version)?.number;
    service.change_policy(name, true, |policy| policy.set_default(number, call.now));
    Ok(None)
}

/// "You cannot delete the default version of a policy using this action."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicyVersion.html>
pub(crate) fn delete_policy_version(
    service: &mut Service,
    name: &str,
    version: &str,
) -> ControlAnswer {
    let policy = find_policy(service, name)?;
    let version = find_version(policy, name, version)?;
    if version.is_default {
        return Err(HttpError::delete_conflict(
            "Cannot delete the default version of a policy",
        ));
    }
    let number = version.number;
    service.change_policy(name, false, |policy| policy.remove_version(number));
    Ok(None)
}

/// A version that exists, by its id.
fn find_version<'a>(
    policy: &'a Policy,
    name: &str,
    id: &str,
) -> Result<PolicyVersion<'a>, HttpError> {
    let mut versions = policy.versions();
    let version = versions.find(|version| version.number.to_string() == id);
    version.ok_or_else(|| HttpError::not_found(format!("Version {id} of policy {name} not found.")))
}
