//! The parts of a certificate and of a certificate signing request. Pure, and total: any bytes give a result.
//! <https://datatracker.ietf.org/doc/html/rfc5280#section-4.1>, <https://datatracker.ietf.org/doc/html/rfc2986#section-4>

use rustls::pki_types::alg_id;

use crate::tls::der::{SEQUENCE, element, first, from_issuer};

const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const EXTENSIONS: u8 = 0xa3;

/// The shortest RSA key, in bits.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
const RSA_BITS_MIN: usize = 2048;

/// A public key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicKey<'a> {
    /// The whole element.
    pub(crate) info: &'a [u8],
    /// Its algorithm, without tag and length.
    pub(crate) algorithm: &'a [u8],
    pub(crate) bits: &'a [u8],
}

/// A certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CertificateParts<'a> {
    /// The attributes of the issuer's name, and those of the subject's.
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) public_key: PublicKey<'a>,
    /// The extensions, one after the other; may be empty.
    pub(crate) extensions: &'a [u8],
    /// The algorithm of the signature, without tag and length.
    pub(crate) signature_algorithm: &'a [u8],
}

/// A certificate signing request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestParts<'a> {
    /// What is signed.
    pub(crate) signed: &'a [u8],
    /// The whole element.
    pub(crate) subject: &'a [u8],
    pub(crate) public_key: PublicKey<'a>,
    /// The algorithm of the signature, without tag and length.
    pub(crate) signature_algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads the element of a public key.
    fn read(info: &'a [u8]) -> Option<Self> {
        let (algorithm, rest) = sequence(sequence(info)?.0)?;
        let bits = bits(rest)?;
        Some(Self {
            info,
            algorithm,
            bits,
        })
    }

    /// Whether it is "either an RSA key with a length of at least 2048 bits or an ECC key from NIST P-256, NIST P-384, or NIST
    /// P-521 curves".
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
    pub(crate) fn is_supported(&self) -> bool {
        let curves = [alg_id::ECDSA_P256, alg_id::ECDSA_P384, alg_id::ECDSA_P521];
        if self.algorithm == alg_id::RSA_ENCRYPTION.as_ref() {
            rsa_bits(self.bits).is_some_and(|bits| bits >= RSA_BITS_MIN)
        } else {
            curves.iter().any(|curve| self.algorithm == curve.as_ref())
        }
    }
}

impl<'a> CertificateParts<'a> {
    /// Reads a certificate; `None` if it is not one.
    pub(crate) fn read(certificate: &'a [u8]) -> Option<Self> {
        let (issuer, rest) = sequence(from_issuer(certificate)?)?;
        let (_validity, rest) = sequence(rest)?;
        let (subject, rest) = sequence(rest)?;
        let (info, mut rest) = first(rest)?;
        let mut extensions: &[u8] = &[];
        while let Some((tag, content, behind)) = element(rest) {
            if tag == EXTENSIONS {
                extensions = sequence(content)?.0;
            }
            rest = behind;
        }
        let (_, behind_fields) = first(sequence(certificate)?.0)?;
        Some(Self {
            issuer,
            subject,
            public_key: PublicKey::read(info)?,
            extensions,
            signature_algorithm: sequence(behind_fields)?.0,
        })
    }
}

impl<'a> RequestParts<'a> {
    /// Reads a certificate signing request; `None` if it is not one.
    pub(crate) fn read(request: &'a [u8]) -> Option<Self> {
        let (request, b"") = sequence(request)? else {
            return None;
        };
        let (signed, rest) = first(request)?;
        let (signature_algorithm, rest) = sequence(rest)?;
        let (INTEGER, _version, fields) = element(sequence(signed)?.0)? else {
            return None;
        };
        let (subject, fields) = first(fields)?;
        sequence(subject)?;
        let (info, _attributes) = first(fields)?;
        Some(Self {
            signed,
            subject,
            public_key: PublicKey::read(info)?,
            signature_algorithm,
            signature: bits(rest)?,
        })
    }
}

/// The content of the sequence that some DER begins with, and what follows it.
pub(crate) fn sequence(der: &[u8]) -> Option<(&[u8], &[u8])> {
    match element(der)? {
        (SEQUENCE, content, rest) => Some((content, rest)),
        _ => None,
    }
}

/// The bytes of the bit string that some DER begins with.
fn bits(der: &[u8]) -> Option<&[u8]> {
    match element(der)? {
        // No bit of the last byte is unused.
        (BIT_STRING, [0, bytes @ ..], _) => Some(bytes),
        _ => None,
    }
}

/// The length of an RSA key in bits.
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let (INTEGER, modulus, _) = element(sequence(key)?.0)? else {
        return None;
    };
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = &modulus[zeros..];
    let highest = modulus.first()?;
    Some(8 * modulus.len() - highest.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn request() -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, "c");
        let key = KeyPair::generate().expect("a key");
        let request = params.serialize_request(&key).expect("a request");
        request.der().to_vec()
    }

    #[test]
    fn the_length_of_an_rsa_key_is_that_of_its_modulus() {
        let key = |modulus: &[u8]| {
            let modulus = crate::tls::der::wrap(INTEGER, &[modulus]);
            crate::tls::der::wrap(SEQUENCE, &[&modulus])
        };
        for (modulus, expected) in [
            (&[0x01][..], Some(1)),
            (&[0x00, 0x80, 0x00], Some(16)),
            (&[0x7f, 0xff], Some(15)),
            (&[0x00], None),
            (&[], None),
        ] {
            assert_eq!(rsa_bits(&key(modulus)), expected, "{modulus:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_request() {
        let der = request();
        let parts = RequestParts::read(&der).expect("a request");
        assert!(parts.public_key.is_supported());
        for cut in 0..der.len() {
            assert!(RequestParts::read(&der[..cut]).is_none(), "{cut}");
        }
        assert!(RequestParts::read(&[&der[..], b"x"].concat()).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let read = |der: &[u8]| {
                let _ = RequestParts::read(der).map(|parts| parts.public_key.is_supported());
                let _ = CertificateParts::read(der).map(|parts| parts.public_key.is_supported());
            };
            read(&bytes);
            let mut der = request();
            let at = at.index(der.len());
            der[at] = byte;
            read(&der);
        }
    }
}
