//! What a policy is attached to, as a request names it, and the policies of a target.

use std::collections::BTreeSet;

use crate::service::control::certificate::find_certificate;
use crate::service::control::group_api::find_group;
use crate::service::http::answer::HttpError;
use crate::service::identity::ServiceIdentity;
use crate::service::rights::PolicyTarget;
use crate::service::state::Service;

impl<'a> PolicyTarget<'a> {
    /// The certificate or the thing group of this account with an ARN. Amazon Cognito identities are not emulated.
    pub(crate) fn read(
        identity: &ServiceIdentity,
        arn: Option<&'a str>,
        member: &str,
    ) -> Result<Self, HttpError> {
        let arn = arn.unwrap_or_default();
        if let Some(id) = arn.strip_prefix(&identity.arn("cert/")) {
            return Ok(Self::Certificate(id));
        }
        if let Some(name) = arn.strip_prefix(&identity.arn("thinggroup/")) {
            return Ok(Self::Group(name));
        }
        // Such as `us-east-1:` with a UUID. <https://docs.aws.amazon.com/iot/latest/developerguide/cog-iot-policies.html>
        let identity_id = arn.split_once(':').map(|(_, id)| id);
        if identity_id.is_some_and(|id| uuid::Uuid::try_parse(id).is_ok()) {
            return Err(HttpError::not_emulated("Amazon Cognito identities"));
        }
        // GUESS: AWS uses other words to refuse the ARN of another account.
        Err(HttpError::invalid_request(format!(
            "Invalid {member}: {arn}"
        )))
    }
}

/// The names of the policies that are attached to a target, which must exist.
pub(crate) fn policies_of<'a>(
    service: &'a Service,
    target: PolicyTarget<'_>,
) -> Result<&'a BTreeSet<String>, HttpError> {
    const NONE: &BTreeSet<String> = &BTreeSet::new();
    match target {
        PolicyTarget::Certificate(id) => Ok(&find_certificate(service, id)?.policies),
        PolicyTarget::Group(name) => {
            find_group(service, name)?;
            Ok(service.principals.of_group(name).unwrap_or(NONE))
        }
    }
}
