//! The arguments of the control plane's operations.

use crate::protocol::EpochMillis;
use crate::service::http::parameters::Parameters;
use crate::service::principals::NewCertificate;

/// A request on its way to its operation; it has passed the model's checks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiCall<'a> {
    pub(crate) now: EpochMillis,
    /// Its name.
    pub(crate) operation: &'a str,
    /// The names in the path, in order.
    pub(crate) names: &'a [&'a str],
    pub(crate) parameters: &'a Parameters,
    pub(crate) extras: &'a Extras,
}

/// What a few operations need besides method, path, query and body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// The header `x-amzn-principal`: the ARN of a certificate.
    pub principal: Option<String>,
    /// The new certificate for the response, if the request [`wants_certificate`].
    pub certificate: Option<NewCertificate>,
}

/// Whether the response to a request of the control plane needs a new certificate in [`Extras`].
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
pub fn wants_certificate(method: &str, path: &str) -> bool {
    method == "POST" && path.trim_matches('/') == "keys-and-certificate"
}
