//! Signatures: of handshakes, and of certificate signing requests.

use rustls::pki_types::SignatureVerificationAlgorithm;

use crate::tls::parts::{CertificateParts, PublicKey, RequestParts};

/// The algorithms by which a certificate may be signed, as object identifiers: RSA with SHA-256, SHA-384 and SHA-512 and
/// RSASSA-PSS, DSA with SHA-256, ECDSA with SHA-256, SHA-384 and SHA-512.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html#x509-cert-algorithms>
const OF_CERTIFICATES: [&[u8]; 8] = [
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x02",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
    b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
];

const WRONG_KEY: &str =
    "its key is not an RSA key of 2048 bits or more, or an EC key on P-256, P-384 or P-521";

/// Checks that AWS IoT would accept a certificate, no matter who has signed it; the error states what is wrong with it.
pub(crate) fn check_certificate(certificate: &[u8]) -> Result<(), &'static str> {
    let parts = CertificateParts::read(certificate).ok_or("it is not an X.509 certificate")?;
    if !parts.public_key.is_supported() {
        return Err(WRONG_KEY);
    }
    let algorithm = parts.signature_algorithm;
    if !OF_CERTIFICATES
        .iter()
        .any(|known| algorithm.starts_with(known))
    {
        return Err("its signature algorithm is not supported");
    }
    Ok(())
}

/// Checks a certificate signing request, which its own key signs with one of the algorithms; the error says what is wrong with
/// it.
pub(crate) fn check_request<'a>(
    request: &'a [u8],
    algorithms: &[&'static dyn SignatureVerificationAlgorithm],
) -> Result<RequestParts<'a>, &'static str> {
    let parts = RequestParts::read(request).ok_or("it is not a certificate signing request")?;
    if !parts.public_key.is_supported() {
        return Err(WRONG_KEY);
    }
    let algorithms = algorithms
        .iter()
        .filter(|it| it.signature_alg_id().as_ref() == parts.signature_algorithm);
    if verify(algorithms, &parts.public_key, parts.signed, parts.signature) {
        Ok(parts)
    } else {
        Err(
            "its signature does not match its key, or the algorithm of the signature is not supported",
        )
    }
}

/// Whether a key has signed a message with one of the algorithms.
pub(crate) fn verify<'a>(
    mut algorithms: impl Iterator<Item = &'a &'static dyn SignatureVerificationAlgorithm>,
    key: &PublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> bool {
    algorithms.any(|algorithm| {
        algorithm.public_key_alg_id().as_ref() == key.algorithm
            && algorithm
                .verify_signature(key.bits, message, signature)
                .is_ok()
    })
}
