//! The control plane's deprecated operations on the attachment of policies, which official tools still use: "works as expected
//! for backward compatibility".
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPrincipalPolicy.html>

use serde_json::json;

use crate::service::control::certificate::principal_id;
use crate::service::control::paging::{MARKERS, by_creation, page_by};
use crate::service::control::policy_api::{attach, find_policy, summary};
use crate::service::control::policy_target::policies_of;
use crate::service::http::answer::ControlAnswer;
use crate::service::http::parameters::Parameters;
use crate::service::rights::PolicyTarget;
use crate::service::state::Service;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPrincipalPolicy.html>
pub(crate) fn attach_principal_policy(
    service: &mut Service,
    name: &str,
    principal: Option<&str>,
) -> ControlAnswer {
    find_policy(service, name)?;
    let id = principal_id(&service.identity, principal)?;
    attach(service, name, PolicyTarget::Certificate(id))
}

/// GUESS: detaching what is not attached is not an error, as with DetachPolicy. A policy or a certificate that does not exist
/// is: this operation has a ResourceNotFoundException.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPrincipalPolicy.html>
pub(crate) fn detach_principal_policy(
    service: &mut Service,
    name: &str,
    principal: Option<&str>,
) -> ControlAnswer {
    find_policy(service, name)?;
    let target = PolicyTarget::read(&service.identity, principal, "principal")?;
    policies_of(service, target)?;
    service.detach_policy(name, target);
    Ok(None)
}

/// "If true, results are returned in ascending creation order." GUESS: of the policies.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalPolicies.html>
pub(crate) fn list_principal_policies(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let target = PolicyTarget::read(&service.identity, principal, "principal")?;
    let policies = policies_of(service, target)?;
    page_by(&MARKERS, "attached", "policies", parameters, |last| {
        let names = by_creation(service.principals.policy_names(), parameters, last);
        let names = names.filter(|(_, name)| policies.contains(*name));
        Box::new(names.map(|(number, name)| (*number, summary(&service.identity, name))))
    })
}

/// Certificates, in the order of their creation.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPolicyPrincipals.html>
pub(crate) fn list_policy_principals(
    service: &Service,
    name: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let policy = find_policy(service, name.unwrap_or_default())?;
    page_by(&MARKERS, "principals", "principals", parameters, |last| {
        let ids = by_creation(service.principals.certificate_ids(), parameters, last);
        let ids = ids.filter(|(_, id)| policy.certificates.contains(*id));
        Box::new(ids.map(|(number, id)| (*number, json!(service.identity.certificate_arn(id)))))
    })
}
