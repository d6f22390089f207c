//! A public key infrastructure on P-256: a CA, the server's certificate and the devices' certificates, new at every start
//! unless a CA that was made before is given. Only keys that a client requests are RSA keys. This module never writes them to
//! files.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize, SanType, SigningKey as _,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};

use crate::local::hosts::Hosts;
use crate::protocol::EpochMillis;
use crate::service::NewCertificate;
use crate::tls::{self, IsKnown, TlsError};

/// How long a certificate is valid, in days from its creation.
const VALID_DAYS: u32 = 365;

const CA_COMMON_NAME: &str = "jobs-sandbox local CA (not AWS)";

/// The common name in certificates that AWS makes.
const DEVICE_COMMON_NAME: &str = "AWS IoT Certificate";

const ORGANIZATION: &str = "jobs-sandbox";

/// Why a certificate cannot be created or used.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// rcgen cannot create a certificate or a key.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// rustls refuses the server's certificate or key.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] TlsError),
}

pub(crate) struct Authority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A device's certificate and keys, as `CreateKeysAndCertificate` returns them.
#[derive(Clone)]
pub struct DeviceCertificate {
    /// AWS's id of a certificate: the SHA-256 of its DER, 64 lower-case hexadecimal digits.
    pub certificate_id: String,
    /// The certificate, as PEM.
    pub certificate_pem: String,
    /// The private key, as PEM: of PKCS #8 on P-256, or of PKCS #1 with RSA. `Debug` never shows it.
    pub private_key_pem: String,
    /// The public key, as PEM.
    pub public_key_pem: String,
    /// The validity of the certificate, in milliseconds since 1970. It follows the system's time, not the clock of the
    /// service.
    pub valid_ms: (u64, u64),
}

impl Authority {
    pub(crate) fn new() -> Result<Self, PkiError> {
        let (params, key) = (ca_params()?, new_key()?);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            certificate_pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// One that was made before, from its certificate and its key.
    pub(crate) fn of(certificate_pem: &str, private_key_pem: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(private_key_pem)?;
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        Ok(Self {
            certificate,
            certificate_pem: certificate_pem.to_owned(),
            issuer: Issuer::new(ca_params()?, key),
        })
    }

    /// Its private key, as PEM.
    pub(crate) fn private_key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// As PEM.
    pub(crate) fn certificate_pem(&self) -> String {
        self.certificate_pem.clone()
    }

    /// Whether it has issued this certificate, as PEM, for a client.
    pub(crate) fn has_issued(&self, certificate_pem: &str) -> bool {
        CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .is_ok_and(|certificate| tls::has_issued(&self.certificate, &certificate))
    }

    /// A device certificate with a new key; the service does not know it yet.
    pub(crate) fn create_device(&self) -> Result<DeviceCertificate, PkiError> {
        let key = new_key()?;
        let private_key_pem = key.serialize_pem();
        self.certify(&key, private_key_pem)
    }

    /// The same with a key as AWS makes it: "a 2048-bit RSA key pair". Takes a tenth of a second or more.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
    pub(crate) fn create_rsa_device(&self) -> Result<DeviceCertificate, PkiError> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let pkcs8 = key.serialize_der();
        let key_of_pkcs1 = tls::pkcs1(&pkcs8).ok_or(rcgen::Error::CouldNotParseKeyPair)?;
        let private_key = pem::Pem::new("RSA PRIVATE KEY", key_of_pkcs1);
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        self.certify(&key, pem::encode_config(&private_key, config))
    }

    fn certify(
        &self,
        key: &KeyPair,
        private_key_pem: String,
    ) -> Result<DeviceCertificate, PkiError> {
        let (params, valid_ms) = device_params()?;
        let certificate = params.signed_by(key, &self.issuer)?;
        Ok(DeviceCertificate {
            certificate_id: certificate_id(certificate.der()),
            certificate_pem: certificate.pem(),
            private_key_pem,
            public_key_pem: key.public_key_pem(),
            valid_ms,
        })
    }

    /// A device certificate for a subject and a public key, both whole elements of DER. There are no keys in it. "Reusing the
    /// same certificate signing request (CSR) results in a distinct certificate."
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
    pub(crate) fn issue(
        &self,
        subject: &[u8],
        public_key: &[u8],
    ) -> Result<DeviceCertificate, PkiError> {
        let (mut params, valid_ms) = device_params()?;
        let mut serial = *uuid::Uuid::new_v4().as_bytes();
        serial[0] &= 0x7f;
        params.serial_number = Some(serial.to_vec().into());
        // rcgen can write neither the name of a request, in which an attribute may occur twice, nor a key without reading it. So
        // both are put into a certificate that is otherwise as it should be.
        let model = params.signed_by(self.issuer.key(), &self.issuer)?;
        let der = with_subject(model.der(), subject, public_key, |fields| {
            self.issuer.key().sign(fields).ok()
        });
        let der = der.ok_or(rcgen::Error::CouldNotParseCertificate)?;
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let block = pem::Pem::new("CERTIFICATE", der.as_slice());
        Ok(DeviceCertificate {
            certificate_id: certificate_id(&CertificateDer::from(der)),
            certificate_pem: pem::encode_config(&block, config),
            private_key_pem: String::new(),
            public_key_pem: String::new(),
            valid_ms,
        })
    }

    /// TLS 1.2 and 1.3 for a server with these names and addresses; a client must show a certificate of this CA, or one that is
    /// known. <https://docs.aws.amazon.com/iot/latest/developerguide/transport-security.html>
    pub(crate) fn server_config(
        &self,
        hosts: &Hosts,
        is_known: IsKnown,
    ) -> Result<Arc<ServerConfig>, PkiError> {
        let mut params = params("localhost")?;
        params.subject_alt_names = hosts
            .iter()
            .map(alternative_name)
            .collect::<Result<_, _>>()?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = new_key()?;
        let certificate = params.signed_by(&key, &self.issuer)?;

        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(tls::server_config(
            chain,
            key,
            vec![self.certificate.clone()],
            is_known,
        )?)
    }
}

impl DeviceCertificate {
    /// One that was made before, on P-256, from its certificate and its key.
    pub(crate) fn of(
        certificate_pem: &str,
        private_key_pem: &str,
        valid_ms: (u64, u64),
    ) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(private_key_pem)?;
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        Ok(Self {
            certificate_id: certificate_id(&certificate),
            certificate_pem: certificate_pem.to_owned(),
            private_key_pem: private_key_pem.to_owned(),
            public_key_pem: key.public_key_pem(),
            valid_ms,
        })
    }

    /// The certificate in the form that the job service registers.
    pub(crate) fn into_new(self) -> NewCertificate {
        NewCertificate {
            certificate_id: self.certificate_id,
            certificate_pem: self.certificate_pem,
            public_key_pem: self.public_key_pem,
            private_key_pem: self.private_key_pem,
            not_before: EpochMillis(self.valid_ms.0),
            not_after: EpochMillis(self.valid_ms.1),
        }
    }
}

/// The id by which AWS knows a certificate: lower-case hexadecimal SHA-256 of its DER.
pub(crate) fn certificate_id(certificate: &CertificateDer<'_>) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    hash.as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut id, byte| {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        })
}

fn alternative_name(host: &ServerName<'_>) -> Result<SanType, rcgen::Error> {
    match host {
        ServerName::IpAddress(address) => Ok(SanType::IpAddress((*address).into())),
        name => Ok(SanType::DnsName(name.to_str().as_ref().try_into()?)),
    }
}

fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

/// The parameters of a device certificate, and its validity in milliseconds since 1970.
fn device_params() -> Result<(CertificateParams, (u64, u64)), rcgen::Error> {
    let mut params = params(DEVICE_COMMON_NAME)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let valid_ms = [params.not_before, params.not_after]
        .map(|time| u64::try_from(time.unix_timestamp()).unwrap_or_default() * 1000);
    Ok((params, valid_ms.into()))
}

/// A certificate with another subject and another key, signed once more; `None` if that is not possible.
fn with_subject(
    certificate: &[u8],
    subject: &[u8],
    public_key: &[u8],
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    const SUBJECT: usize = 5;
    const PUBLIC_KEY: usize = 6;
    const BIT_STRING: u8 = 0x03;
    let (sequence, content, _) = tls::element(certificate)?;
    let (mut fields, behind) = (tls::element(content)?.1, tls::element(content)?.2);
    let (algorithm, _signature) = tls::first(behind)?;
    let mut parts = Vec::new();
    while !fields.is_empty() {
        let (field, rest) = tls::first(fields)?;
        parts.push(field);
        fields = rest;
    }
    *parts.get_mut(SUBJECT)? = subject;
    *parts.get_mut(PUBLIC_KEY)? = public_key;
    let fields = tls::wrap(sequence, &parts);
    let signature = tls::wrap(BIT_STRING, &[&[0], &sign(&fields)?]);
    Some(tls::wrap(sequence, &[&fields, algorithm, &signature]))
}

fn ca_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = params(CA_COMMON_NAME)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    Ok(params)
}

/// The common parameters of all certificates.
fn params(common_name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, ORGANIZATION);
    // Strict verifiers (Python 3.13 and later) require it.
    params.use_authority_key_identifier_extension = true;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let day = Duration::from_hours(24);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + now.saturating_sub(day);
    params.not_after = epoch + now + day * VALID_DAYS;
    Ok(params)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCertificate")
            .field("certificate_id", &self.certificate_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_id_is_the_hash_of_the_der() {
        // The SHA-256 of "abc", from FIPS 180-4.
        assert_eq!(
            certificate_id(&CertificateDer::from(b"abc".to_vec())),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_device_certificate_matches_its_id_and_debug_hides_the_key() {
        let authority = Authority::new().expect("a CA");
        let device = authority.create_device().expect("a certificate");
        let der = CertificateDer::from_pem_slice(device.certificate_pem.as_bytes()).expect("PEM");
        assert_eq!(certificate_id(&der), device.certificate_id);
        assert!(!format!("{device:?} {authority:?}").contains("PRIVATE"));
        assert!(device.private_key_pem.contains("BEGIN PRIVATE KEY"));
    }

    #[test]
    fn a_key_that_is_asked_for_is_an_rsa_key_as_aws_makes_them() {
        let authority = Authority::new().expect("a CA");
        let device = authority.create_rsa_device().expect("a certificate");
        let pem = &device.private_key_pem;
        assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        assert!(pem.ends_with("-----END RSA PRIVATE KEY-----\n"));
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
        let PrivateKeyDer::Pkcs1(key) = key else {
            panic!("not of PKCS #1");
        };
        let pair = aws_lc_rs::rsa::KeyPair::from_der(key.secret_pkcs1_der()).expect("an RSA key");
        assert_eq!(pair.public_modulus_len() * 8, 2048);
    }
}
