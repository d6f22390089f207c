//! The certificate that a request names, by its id or by its ARN.

use crate::service::http::answer::HttpError;
use crate::service::identity::ServiceIdentity;
use crate::service::principals::Certificate;
use crate::service::rights::PolicyTarget;
use crate::service::state::Service;

/// The id in the ARN of a certificate of this account.
pub(crate) fn principal_id<'a>(
    identity: &ServiceIdentity,
    arn: Option<&'a str>,
) -> Result<&'a str, HttpError> {
    match PolicyTarget::read(identity, arn, "principal")? {
        PolicyTarget::Certificate(id) => Ok(id),
        // The words are those in <https://github.com/aws/aws-cdk/issues/26166>.
        PolicyTarget::Group(_) => Err(HttpError::invalid_request(
            "The given ARN does not represent a cert",
        )),
    }
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
