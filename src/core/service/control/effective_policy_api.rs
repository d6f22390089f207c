//! The control plane's operation on what policies come to.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::control::policy_target::policies_of;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::rights::PolicyTarget;
use crate::service::state::Service;

/// "The policies attached to any group to which the thing belongs and any parent groups … are returned", and those of the
/// principal; either may be left out.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetEffectivePolicies.html>
pub(crate) fn get_effective_policies(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let (principal, thing) = (parameters.text("principal"), parameters.query("thingName"));
    if principal.is_none() && thing.is_none() {
        // GUESS: nothing is asked about.
        return Err(HttpError::invalid_request(
            "Either a principal or a thing name must be given.",
        ));
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    if let Some(arn) = principal {
        let target = PolicyTarget::read(&service.identity, Some(arn), "principal")?;
        names.extend(policies_of(service, target)?.iter().map(String::as_str));
        if let PolicyTarget::Group(group) = target {
            names.extend(service.policies_from_above(group));
        }
    }
    if let Some(thing) = thing {
        let name = thing_name(thing)?;
        if !service.registry.things.contains_key(&name) {
            return Err(HttpError::not_found(format!("Thing {thing} not found.")));
        }
        names.extend(service.policies_by_groups(&name));
    }
    let policies = names.into_iter().filter_map(|name| {
        let version = service.principals.policy(name)?.in_effect()?;
        Some(json!({
            "policyName": name,
            "policyArn": service.identity.policy_arn(name),
            "policyDocument": version.document,
        }))
    });
    Ok(Some(
        json!({ "effectivePolicies": policies.collect::<Vec<Value>>() }),
    ))
}
