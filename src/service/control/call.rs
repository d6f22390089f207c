//! What the operations of the control plane are given.

use crate::protocol::EpochMillis;
use crate::service::http::parameters::Parameters;
use crate::service::principals::NewCertificate;

/// A request on the way to its operation: it is what the model of the API wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiCall<'a> {
    pub(crate) now: EpochMillis,
    /// Its name.
    pub(crate) operation: &'a str,
    /// What the path names, in its order.
    pub(crate) names: &'a [&'a str],
    pub(crate) parameters: &'a Parameters,
    pub(crate) extras: &'a Extras,
}

/// What a few operations need besides method, path, query and body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// The header `x-amzn-principal`: the ARN of a certificate.
    pub principal: Option<String>,
    /// Where the request is [`wants_certificate`]: what it is answered with.
    pub certificate: Option<NewCertificate>,
}

/// Whether a request of the control plane can only be answered with a new certificate in [`Extras`].
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
pub fn wants_certificate(method: &str, path: &str) -> bool {
    method == "POST" && path.trim_matches('/') == "keys-and-certificate"
}
