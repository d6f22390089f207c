//! The certificates that requests of the control plane want: with new keys, from a certificate signing request, and those that
//! exist. An error says what is wrong with what was given.

use rustls::pki_types::CertificateDer;

use crate::local::identity::valid_ms;
use crate::local::pki::{Authority, DeviceCertificate, certificate_id};
use crate::protocol::EpochMillis;
use crate::service::{NewCertificate, WantedCertificate};
use crate::tls;

/// The labels of a certificate signing request. <https://datatracker.ietf.org/doc/html/rfc7468#section-7>
const REQUEST_LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

const CERTIFICATE_LABEL: &str = "CERTIFICATE";

impl Authority {
    /// Makes or reads a certificate. New keys take a tenth of a second or more.
    pub(crate) fn provide(&self, wanted: &WantedCertificate) -> Result<NewCertificate, String> {
        match wanted {
            WantedCertificate::WithKeys => {
                let made = self.create_rsa_device().map(DeviceCertificate::into_new);
                made.map_err(|error| error.to_string())
            }
            WantedCertificate::FromRequest(request) => self.sign(request),
            WantedCertificate::Existing(certificate) => existing(certificate),
        }
    }

    /// A certificate for the subject and the key of a certificate signing request.
    fn sign(&self, request: &str) -> Result<NewCertificate, String> {
        let der = block(request, &REQUEST_LABELS)
            .ok_or("it is not PEM with a line `-----BEGIN CERTIFICATE REQUEST-----`")?;
        let request = tls::check_request(&der)?;
        let made = self.issue(request.subject, request.public_key.info);
        let made = made.map_err(|error| error.to_string())?;
        Ok(made.into_new())
    }
}

/// A certificate that anybody has signed. GUESS: of several in one text it is the first, as in the chain that a client shows;
/// no page says what AWS takes.
fn existing(pem: &str) -> Result<NewCertificate, String> {
    let der = block(pem, &[CERTIFICATE_LABEL])
        .ok_or("it is not PEM with a line `-----BEGIN CERTIFICATE-----`")?;
    tls::check_certificate(&der)?;
    let der = CertificateDer::from(der);
    let (not_before, not_after) = valid_ms(&der).ok_or("its validity cannot be read")?;
    Ok(NewCertificate {
        certificate_id: certificate_id(&der),
        certificate_pem: pem.to_owned(),
        public_key_pem: String::new(),
        private_key_pem: String::new(),
        not_before: EpochMillis(not_before),
        not_after: EpochMillis(not_after),
    })
}

/// The content of the first block with one of these labels; a text may surround it.
fn block(text: &str, labels: &[&str]) -> Option<Vec<u8>> {
    let blocks = pem::parse_many(text).ok()?;
    let block = blocks
        .into_iter()
        .find(|block| labels.contains(&block.tag()))?;
    Some(block.into_contents())
}
