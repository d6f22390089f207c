//! The servers that a client trusts: rustls decides, and the name of an untrusted authority is added to its error.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use crate::tls::der;

/// The server's certificate comes from an authority that is not trusted here; inside a [`CertificateError::Other`].
#[derive(Debug, thiserror::Error)]
#[error("the authority {name:?} is not trusted")]
pub struct UntrustedAuthority {
    /// The issuer's name in the last certificate that the server sent. Untrusted text.
    pub name: String,
}

/// Leaves all decisions to rustls, and adds to one refusal the detail that rustls omits.
#[derive(Debug)]
pub(crate) struct Verifier(pub(crate) Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| {
                // The signature is wrong if another authority has the name of a trusted one.
                let Error::InvalidCertificate(
                    CertificateError::UnknownIssuer | CertificateError::BadSignature,
                ) = error
                else {
                    return error;
                };
                match der::issuer_name(intermediates.last().unwrap_or(end_entity)) {
                    Some(name) => Error::InvalidCertificate(CertificateError::Other(OtherError(
                        Arc::new(UntrustedAuthority { name }),
                    ))),
                    None => error,
                }
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
