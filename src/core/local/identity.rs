//! A CA and a device that were made before, so that clients can stay with them.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::local::pki::{Authority, DeviceCertificate, PkiError};
use crate::tls::Validity;

/// A CA, and the device that the program sets up for clients.
#[derive(Debug)]
pub struct Identity {
    pub(crate) authority: Authority,
    pub(crate) device: DeviceCertificate,
}

/// Why a CA and a device cannot be used together.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Another CA has issued it.
    #[error("the certificate of the device was not issued by the CA")]
    NotIssued,
    /// What it would issue does not name it as the issuer.
    #[error("the CA was not made by `serve`")]
    ForeignAuthority,
    /// Its dates cannot be read.
    #[error("the certificate of the device is damaged")]
    Damaged,
    /// A certificate or a key cannot be read.
    #[error(transparent)]
    Pki(#[from] PkiError),
}

impl Identity {
    /// A new CA with a new device.
    pub fn new() -> Result<Self, PkiError> {
        let authority = Authority::new()?;
        let device = authority.create_device()?;
        Ok(Self { authority, device })
    }

    /// From PEM: the CA and its key, the device's certificate and its key. That each certificate has its key, and is valid
    /// now, has been checked.
    pub fn of(
        [ca, ca_key]: [&str; 2],
        [certificate, key]: [&str; 2],
    ) -> Result<Self, IdentityError> {
        let authority = Authority::of(ca, ca_key)?;
        if !authority.has_issued(&authority.create_device()?.certificate_pem) {
            return Err(IdentityError::ForeignAuthority);
        }
        if !authority.has_issued(certificate) {
            return Err(IdentityError::NotIssued);
        }
        let valid_ms = valid_ms_of(certificate).ok_or(IdentityError::Damaged)?;
        let device = DeviceCertificate::of(certificate, key, valid_ms)?;
        Ok(Self { authority, device })
    }

    /// The certificates of the CA and of the device, as PEM.
    pub fn certificates(&self) -> [String; 2] {
        [
            self.authority.certificate_pem(),
            self.device.certificate_pem.clone(),
        ]
    }
}

/// The validity of a certificate as PEM.
pub(crate) fn validity_of(certificate_pem: &str) -> Option<Validity> {
    let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).ok()?;
    Validity::of(&der)
}

/// The same in milliseconds since 1970.
pub(crate) fn valid_ms_of(certificate_pem: &str) -> Option<(u64, u64)> {
    validity_of(certificate_pem).map(in_ms)
}

/// The validity of a certificate, in milliseconds since 1970.
pub(crate) fn valid_ms(certificate: &CertificateDer<'_>) -> Option<(u64, u64)> {
    Validity::of(certificate).map(in_ms)
}

fn in_ms(validity: Validity) -> (u64, u64) {
    let times = [validity.not_before, validity.not_after];
    let times = times.map(|time| u64::try_from(time.unix_s()).unwrap_or_default() * 1000);
    times.into()
}
