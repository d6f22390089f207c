//! The certificate that a request names, by its id or by its ARN.

use crate::service::http::answer::HttpError;
use crate::service::identity::ServiceIdentity;
use crate::service::principals::Certificate;
use crate::service::state::Service;

/// The id in the ARN of a certificate of this account. Cognito identities and thing groups are not emulated.
pub(crate) fn principal_id<'a>(
    identity: &ServiceIdentity,
    arn: Option<&'a str>,
    member: &str,
) -> Result<&'a str, HttpError> {
    let arn = arn.unwrap_or_default();
    if let Some(id) = arn.strip_prefix(&identity.arn("cert/")) {
        return Ok(id);
    }
    if arn.starts_with(&identity.arn("thinggroup/")) {
        return Err(HttpError::not_emulated(
            "policies that are attached to thing groups",
        ));
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

/// A certificate by its id.
pub(crate) fn find_certificate<'a>(
    service: &'a Service,
    id: &str,
) -> Result<&'a Certificate, HttpError> {
    service
        .principals
        .certificate(id)
        .ok_or_else(|| HttpError::not_found(format!("Certificate {id} not found.")))
}
