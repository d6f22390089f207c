//! PEM files to rustls configurations, for both sides of a connection. A leaf: it knows neither MQTT nor jobs.
//!
//! One crypto provider, aws-lc-rs, is named in every builder: nothing depends on a process-wide default, which panics as
//! soon as a second provider is linked in. Key material never reaches an error, a log or a `Debug` output.

mod attributes;
mod clients;
mod der;
mod parts;
mod pem_text;
mod signature;
mod trust;
mod validity;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::tls::clients::ClientVerifier;
use crate::tls::parts::RequestParts;
use crate::tls::trust::Verifier;

pub use crate::tls::attributes::attributes;
pub use crate::tls::clients::IsKnown;
pub(crate) use crate::tls::der::{element, first, pkcs1, serial_number, wrap};
pub(crate) use crate::tls::signature::check_certificate;
pub use crate::tls::trust::UntrustedAuthority;
pub use crate::tls::validity::{CertificateTime, Validity};

/// ALPN of MQTT with a client certificate on port 443.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#protocol-port-mapping>
pub const ALPN_MQTT_CERTIFICATE: &[u8] = b"x-amzn-mqtt-ca";

/// ALPN of HTTPS with a client certificate on port 443; same page.
pub const ALPN_HTTP_CERTIFICATE: &[u8] = b"x-amzn-http-ca";

/// ALPN of HTTP/1.1 in general. <https://datatracker.ietf.org/doc/html/rfc7301#section-6>
const ALPN_HTTP: &[u8] = b"http/1.1";

/// ALPN of MQTT with a custom authorizer on port 443.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html#protocol-port-mapping>
pub const ALPN_MQTT: &[u8] = b"mqtt";

/// The largest PEM file that is read, in bytes: a bundle of all public CAs is a quarter of it.
const PEM_LIMIT: u64 = 1024 * 1024;

/// The purpose of a PEM file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemRole {
    /// The certificate that the client shows.
    Certificate,
    /// The private key of that certificate.
    Key,
    /// The authorities that the server's certificate may come from.
    Ca,
}

impl fmt::Display for PemRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Key => "private key",
            Self::Ca => "CA",
        })
    }
}

/// Why files cannot be used for TLS. Each text ends with the next step, on its own line.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read the {role} file `{path}`: {source}\ncheck the path and the permissions")]
    Unreadable {
        role: PemRole,
        path: PathBuf,
        source: io::Error,
    },
    /// The file is larger than 1 MiB.
    #[error("the {role} file `{path}` is larger than 1 MiB\ngive a PEM file")]
    TooLarge { role: PemRole, path: PathBuf },
    /// The file holds DER or PKCS#12.
    #[error(
        "the {role} file `{path}` is binary, not PEM\nconvert it: openssl {} -inform DER -in {path} -out FILE.pem",
        if *.role == PemRole::Key { "pkey" } else { "x509" }
    )]
    Binary { role: PemRole, path: PathBuf },
    /// rustls does not accept a certificate of an early version.
    #[error(
        "the {role} file `{path}` holds an X.509 certificate of version 1, but TLS needs version 3\nissue it again with extensions: openssl x509 -req … -extfile FILE"
    )]
    Version1 { role: PemRole, path: PathBuf },
    /// The file is damaged PEM, or its content is damaged.
    #[error("the {role} file `{path}` is damaged\ndownload or copy it again")]
    Damaged { role: PemRole, path: PathBuf },
    #[error("the {role} file `{path}` does not contain a certificate\n{}", no_certificate_step(*.holds_key))]
    NoCertificate {
        role: PemRole,
        path: PathBuf,
        /// Whether it contains a private key instead.
        holds_key: bool,
    },
    #[error(
        "the private key `{path}` is encrypted\ndecrypt it first: openssl pkey -in {path} -out plain.key"
    )]
    EncryptedKey { path: PathBuf },
    #[error(
        "`{path}` does not contain a private key\ngive the file that AWS IoT calls `…-private.pem.key`"
    )]
    NoKey { path: PathBuf },
    /// TLS cannot use this type of key here.
    #[error(
        "the private key `{path}` cannot be used\ngive an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521"
    )]
    UnusableKey { path: PathBuf },
    /// Certificate and key do not belong together.
    #[error(
        "the private key `{key}` is not the key of the certificate `{certificate}`\ngive two files that were created together"
    )]
    KeyMismatch { certificate: PathBuf, key: PathBuf },
    /// The platform does not have usable root certificates.
    #[error(
        "this system has no root certificates\ngive a CA file with --ca-file, such as Amazon Root CA 1 from https://www.amazontrust.com/repository/"
    )]
    NoPlatformRoots,
    /// rustls refuses certificate or key for another reason.
    #[error("cannot set up TLS with these certificates: {0}\ncheck that they are complete")]
    Rustls(#[from] rustls::Error),
    /// rustls cannot use the authorities.
    #[error("the CA cannot be used: {0}\ncheck that it is complete")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

fn no_certificate_step(holds_key: bool) -> &'static str {
    if holds_key {
        "it holds a private key: were the two files swapped?"
    } else {
        "give a PEM file with a line `-----BEGIN CERTIFICATE-----`"
    }
}

/// The CAs in a PEM file.
pub fn roots(ca_file: &Path) -> Result<RootCertStore, TlsError> {
    PemFile::read(PemRole::Ca, ca_file)?.roots()
}

/// The client's side: which CAs it trusts, its certificate and key, and the ALPN that it offers, if any. The key may be
/// PKCS#8, SEC1 or PKCS#1.
pub fn client_config(
    roots: RootCertStore,
    cert: &Path,
    key: &Path,
    alpn: Option<&[u8]>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let cert = PemFile::read(PemRole::Certificate, cert)?;
    let key = PemFile::read(PemRole::Key, key)?;
    client_config_from(roots, &cert, &key, alpn)
}

/// The client's side from PEM texts in memory, with the one authority that issued the server's certificate.
pub fn client_config_in_memory(
    ca: &str,
    cert: &str,
    key: &str,
) -> Result<Arc<ClientConfig>, TlsError> {
    let file = |role, text: &str| PemFile {
        role,
        path: PathBuf::from("in memory"),
        bytes: text.as_bytes().to_vec(),
    };
    let roots = file(PemRole::Ca, ca).roots()?;
    let cert = file(PemRole::Certificate, cert);
    client_config_from(roots, &cert, &file(PemRole::Key, key), None)
}

/// The validity of the first certificate in a PEM file; `None` if its dates cannot be read.
pub fn validity(cert: &Path) -> Result<Option<Validity>, TlsError> {
    let certificates = PemFile::read(PemRole::Certificate, cert)?.certificates()?;
    Ok(certificates.first().and_then(|der| Validity::of(der)))
}

/// Whether this authority has issued this certificate for a client, and it is valid now.
pub fn has_issued(authority: &CertificateDer<'_>, certificate: &CertificateDer<'_>) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(authority.clone().into_owned()).is_err() {
        return false;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .is_ok_and(|verifier| {
            let checked = verifier.verify_client_cert(certificate, &[], UnixTime::now());
            checked.is_ok()
        })
}

/// The server's side: its chain and key, and the authorities of which one must have issued a client's certificate, unless the
/// server knows it. A client without a certificate is refused; one without ALPN is served.
pub fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    client_ca_roots: Vec<CertificateDer<'static>>,
    is_known: IsKnown,
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in client_ca_roots {
        roots.add(root)?;
    }
    let provider = provider();
    let issued =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()?;
    let verifier = Arc::new(ClientVerifier {
        issued,
        is_known,
        algorithms: provider.signature_verification_algorithms,
    });
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    // GUESS: AWS documents no ALPN for port 8883, so it is optional, and an offered name should be one for MQTT.
    // https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
    config.alpn_protocols = vec![ALPN_MQTT_CERTIFICATE.to_vec(), ALPN_MQTT.to_vec()];
    // AWS IoT Core does not resume sessions.
    // https://docs.aws.amazon.com/iot/latest/developerguide/transport-security.html
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

/// The same for a port that speaks HTTP, and MQTT with clients that ask for it.
pub fn for_https(config: &ServerConfig) -> Arc<ServerConfig> {
    let mut config = config.clone();
    config.alpn_protocols = [ALPN_MQTT_CERTIFICATE, ALPN_HTTP_CERTIFICATE, ALPN_HTTP]
        .map(<[u8]>::to_vec)
        .into();
    Arc::new(config)
}

/// Checks a certificate signing request; the error says what is wrong with it.
pub(crate) fn check_request(request: &[u8]) -> Result<RequestParts<'_>, &'static str> {
    signature::check_request(request, provider().signature_verification_algorithms.all)
}

/// Draws one random number on its own thread: the first one of a process takes aws-lc-rs 40 to 55 ms, which would otherwise
/// delay the first connection.
pub fn warm_up() {
    let warm = || {
        let mut byte = [0];
        let _ = provider().secure_random.fill(&mut byte);
    };
    // Without the thread only the first connection is slower.
    let _ = std::thread::Builder::new()
        .name("tls-warm-up".to_owned())
        .spawn(warm);
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn client_config_from(
    roots: RootCertStore,
    cert: &PemFile,
    key: &PemFile,
    alpn: Option<&[u8]>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // Nothing is accepted that rustls refuses.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier(verifier)))
        .with_client_auth_cert(cert.certificates()?, key.private_key()?)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::KeyMismatch {
                certificate: cert.path.clone(),
                key: key.path.clone(),
            },
            rustls::Error::InvalidCertificate(_) => cert.unusable(),
            _ => TlsError::UnusableKey {
                path: key.path.clone(),
            },
        })?;
    config.alpn_protocols = alpn.map(<[u8]>::to_vec).into_iter().collect();
    Ok(Arc::new(config))
}

/// The text of one file. No `Debug`, because it may contain a private key.
struct PemFile {
    role: PemRole,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl PemFile {
    fn read(role: PemRole, path: &Path) -> Result<Self, TlsError> {
        let unreadable = |source| TlsError::Unreadable {
            role,
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        File::open(path)
            .map_err(unreadable)?
            .take(PEM_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > PEM_LIMIT {
            return Err(TlsError::TooLarge {
                role,
                path: path.to_owned(),
            });
        }
        // A long sequence, or one that begins with a version.
        if matches!(
            bytes[..],
            [der::SEQUENCE, 0x80..=0xff, ..] | [der::SEQUENCE, _, 2, 1, ..]
        ) {
            let path = path.to_owned();
            return Err(TlsError::Binary { role, path });
        }
        let places: &[&str] = match role {
            PemRole::Certificate => &pem_text::CERTIFICATES,
            PemRole::Ca => &pem_text::AUTHORITIES,
            PemRole::Key => &pem_text::KEYS,
        };
        Ok(Self {
            role,
            path: path.to_owned(),
            bytes: pem_text::normal(places, bytes),
        })
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let certificates = CertificateDer::pem_slice_iter(&self.bytes)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| self.damaged())?;
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate {
                role: self.role,
                path: self.path.clone(),
                holds_key: self.mentions("PRIVATE KEY-----"),
            });
        }
        Ok(certificates)
    }

    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots.add(certificate).map_err(|_| self.damaged())?;
        }
        Ok(roots)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        // PKCS#8 has it in its label, the older forms in a header; the parser knows neither.
        if self.mentions("BEGIN ENCRYPTED PRIVATE KEY") || self.mentions("Proc-Type: 4,ENCRYPTED") {
            return Err(TlsError::EncryptedKey {
                path: self.path.clone(),
            });
        }
        PrivateKeyDer::from_pem_slice(&self.bytes).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey {
                path: self.path.clone(),
            },
            _ => self.damaged(),
        })
    }

    /// Why rustls refuses what the PEM parser accepts.
    fn unusable(&self) -> TlsError {
        let first = self
            .certificates()
            .ok()
            .and_then(|all| all.into_iter().next());
        if first.is_some_and(|der| Validity::of(&der).is_some() && der::is_version_1(&der)) {
            let (role, path) = (self.role, self.path.clone());
            return TlsError::Version1 { role, path };
        }
        self.damaged()
    }

    fn damaged(&self) -> TlsError {
        TlsError::Damaged {
            role: self.role,
            path: self.path.clone(),
        }
    }

    fn mentions(&self, text: &str) -> bool {
        self.bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

#[cfg(test)]
mod tests;
