//! The arguments of the control plane's operations.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::protocol::EpochMillis;
use crate::service::http::parameters::Parameters;
use crate::service::http::request::HttpRequest;
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
    /// The header that is a member of the operation.
    pub(crate) header: Option<&'a str>,
    pub(crate) extras: &'a Extras,
}

/// What a few operations need besides method, path, query and body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Those of the [`MEMBER_HEADERS`](crate::service::MEMBER_HEADERS) that the request has.
    pub headers: BTreeMap<&'static str, String>,
    /// What came of the certificate that the request wants, or why it cannot be had; see [`WantedCertificate`].
    pub certificate: Option<Result<NewCertificate, String>>,
}

/// A certificate that the response to a request needs from outside the pure core, where keys and certificates are handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedCertificate {
    /// With new keys. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
    WithKeys,
    /// From this certificate signing request.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
    FromRequest(String),
    /// One that exists, as PEM.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html>
    Existing(String),
}

impl WantedCertificate {
    /// The certificate that a request of the control plane wants; `None` also if the request will be refused.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        if request.method != "POST" {
            return None;
        }
        let member = |name: &str| {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            Some(body.get(name)?.as_str()?.to_owned())
        };
        match request.path.trim_matches('/') {
            "keys-and-certificate" => Some(Self::WithKeys),
            "certificates" => member("certificateSigningRequest").map(Self::FromRequest),
            "certificate/register-no-ca" => member("certificatePem").map(Self::Existing),
            _ => None,
        }
    }
}
