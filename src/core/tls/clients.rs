//! The clients that a server takes: those with a certificate of its authority, and those with one that it knows.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved,
    SignatureScheme,
};

use crate::tls::parts::CertificateParts;
use crate::tls::signature::verify;
use crate::tls::validity::Validity;

/// Whether the server knows a certificate, no matter who has signed it.
pub type IsKnown = Arc<dyn Fn(&CertificateDer<'_>) -> bool + Send + Sync>;

/// Leaves the decision on a certificate to rustls, unless the server knows it: then it must be valid now. In both cases the
/// client must have its key.
pub(crate) struct ClientVerifier {
    pub(crate) issued: Arc<dyn ClientCertVerifier>,
    pub(crate) is_known: IsKnown,
    pub(crate) algorithms: WebPkiSupportedAlgorithms,
}

impl fmt::Debug for ClientVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientVerifier").finish_non_exhaustive()
    }
}

impl ClientCertVerifier for ClientVerifier {
    /// None: a client must not conclude that its certificate is of no use because another authority has issued it.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if !(self.is_known)(end_entity) {
            return self
                .issued
                .verify_client_cert(end_entity, intermediates, now);
        }
        let validity = Validity::of(end_entity).ok_or(CertificateError::BadEncoding)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < validity.not_before.unix_s() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > validity.not_after.unix_s() {
            return Err(CertificateError::Expired.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    // rustls' own functions for both versions refuse an X.509 certificate of version 1, which openssl makes without extensions.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let parts = CertificateParts::read(cert).ok_or(CertificateError::BadEncoding)?;
        let mut mapping = self.algorithms.mapping.iter();
        let Some((_, algorithms)) = mapping.find(|(scheme, _)| *scheme == dss.scheme) else {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        };
        if verify(
            algorithms.iter(),
            &parts.public_key,
            message,
            dss.signature(),
        ) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let parts = CertificateParts::read(cert).ok_or(CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(parts.public_key.info);
        verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
