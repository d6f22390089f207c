//! The few parts of DER and X.509 that are needed. Pure, and total: any bytes give a result.
//! <https://datatracker.ietf.org/doc/html/rfc5280#section-4.1>
//!
//! x509-parser 0.18.1 reads all of X.509, but it and the 14 crates that it brings take 19 s of CPU time in a clean release
//! build (measured on 2 cores). It would replace about 90 lines, here and in `validity.rs`.

pub(crate) const SEQUENCE: u8 = 0x30;

const OCTET_STRING: u8 = 0x04;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;

/// Attributes of a name by preference: CN, O, OU.
const NAMES: [&[u8]; 3] = [b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x04\x0b"];

/// The first element of some DER: its tag, its content, and what follows it.
pub(crate) fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(count)?;
        let length = bytes
            .iter()
            .fold(0, |length, byte| length << 8 | usize::from(*byte));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The first element of some DER as a whole, and what follows it.
pub(crate) fn first(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, _, rest) = element(der)?;
    Some(der.split_at(der.len() - rest.len()))
}

/// An element with this tag and these parts.
pub(crate) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let mut der = vec![tag];
    match length[zeros..] {
        [] => der.push(0),
        [short @ 0..0x80] => der.push(short),
        ref long => {
            // At most eight bytes.
            der.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            der.extend(long);
        }
    }
    der.extend(content);
    der
}

/// A certificate from its serial number on; `None` if it is not a certificate.
fn from_serial_number(certificate: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, certificate, _) = element(certificate)? else {
        return None;
    };
    let (SEQUENCE, rest, _) = element(certificate)? else {
        return None;
    };
    // The version is in [0] and optional.
    match element(rest)? {
        (VERSION, _, rest) => Some(rest),
        _ => Some(rest),
    }
}

/// A certificate from its issuer on; `None` if it is not a certificate.
pub(crate) fn from_issuer(certificate: &[u8]) -> Option<&[u8]> {
    let algorithm = element(from_serial_number(certificate)?)?.2;
    Some(element(algorithm)?.2)
}

/// The serial number of a certificate, as `92:12:85:cb`; `None` if it is not a certificate.
pub(crate) fn serial_number(certificate: &[u8]) -> Option<String> {
    let (_, number, _) = element(from_serial_number(certificate)?)?;
    // A leading zero means that the number is positive.
    let number = match number {
        [0, rest @ ..] if !rest.is_empty() => rest,
        number => number,
    };
    let bytes: Vec<String> = number.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(bytes.join(":"))
}

/// The key inside a private key of PKCS #8, which for RSA is in the form of PKCS #1; `None` if it is not one.
/// <https://datatracker.ietf.org/doc/html/rfc5958#section-2>
pub(crate) fn pkcs1(pkcs8: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, version, _) = element(pkcs8)? else {
        return None;
    };
    let algorithm = element(version)?.2;
    let (OCTET_STRING, key, _) = element(element(algorithm)?.2)? else {
        return None;
    };
    Some(key)
}

/// Whether a certificate leaves its version out, which is the first then.
pub(crate) fn is_version_1(certificate: &[u8]) -> bool {
    let fields = element(certificate).and_then(|(_, content, _)| element(content));
    fields.is_some_and(|(_, fields, _)| fields.first() != Some(&VERSION))
}

/// The issuer's name in a certificate; `None` if it has none of the [`NAMES`]. Untrusted text.
pub(crate) fn issuer_name(certificate: &[u8]) -> Option<String> {
    let (SEQUENCE, issuer, _) = element(from_issuer(certificate)?)? else {
        return None;
    };
    NAMES.iter().find_map(|kind| name(issuer, kind))
}

/// The first attribute of one kind.
fn name(mut parts: &[u8], kind: &[u8]) -> Option<String> {
    while let Some((SET, part, rest)) = element(parts) {
        parts = rest;
        // A set with more than one attribute is rare, and the attributes then mean the same.
        let (SEQUENCE, pair, _) = element(part)? else {
            return None;
        };
        let (_, found, value) = element(pair)?;
        if found == kind {
            return Some(String::from_utf8_lossy(element(value)?.1).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    fn certificate(names: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::new(["d".to_owned()]).expect("a name");
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        certificate.der().to_vec()
    }

    #[test]
    fn an_issuer_has_the_name_that_a_person_knows() {
        use DnType::{CommonName, CountryName, OrganizationName, OrganizationalUnitName};
        for (names, expected) in [
            (
                &[
                    (CountryName, "US"),
                    (OrganizationName, "Amazon"),
                    (CommonName, "Amazon Root CA 1"),
                ][..],
                Some("Amazon Root CA 1"),
            ),
            (
                &[
                    (OrganizationalUnitName, "Class 2"),
                    (OrganizationName, "Starfield"),
                ],
                Some("Starfield"),
            ),
            (&[(OrganizationalUnitName, "Größe")], Some("Größe")),
            (&[(CountryName, "US")], None),
            (&[], None),
        ] {
            let der = certificate(names);
            assert_eq!(issuer_name(&der).as_deref(), expected, "{names:?}");
        }
    }

    #[test]
    fn a_serial_number_is_written_in_pairs_of_digits() {
        let mut params = CertificateParams::new(["d".to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        for (serial, expected) in [(&[0x92, 0x12, 0x05][..], "92:12:05"), (&[0x01], "01")] {
            params.serial_number = Some(serial.to_vec().into());
            let certificate = params.self_signed(&key).expect("a certificate");
            assert_eq!(serial_number(certificate.der()).as_deref(), Some(expected));
        }
        assert_eq!(serial_number(b"0"), None);
    }

    #[test]
    fn what_is_wrapped_is_read() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let content = vec![7; length];
            let der = wrap(SEQUENCE, &[&content[..length / 2], &content[length / 2..]]);
            let read = element(&der);
            assert_eq!(read, Some((SEQUENCE, &content[..], &b""[..])), "{length}");
            assert_eq!(first(&der), Some((&der[..], &b""[..])), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = (issuer_name(&bytes), serial_number(&bytes), pkcs1(&bytes));
            let mut der = certificate(&[(DnType::CommonName, "c")]);
            let at = at.index(der.len());
            der[at] = byte;
            let _ = (issuer_name(&der), serial_number(&der));
            let _ = issuer_name(&der[..at]);
        }
    }
}
