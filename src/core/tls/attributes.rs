//! The attributes of a certificate that a policy of AWS IoT Core can refer to. Pure, and total: any bytes give a result.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/cert-policy-variables.html>

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::tls::der::element;
use crate::tls::parts::{CertificateParts, sequence};

const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const SET: u8 = 0x31;
const BMP_STRING: u8 = 0x1e;

/// The attributes of names, which are all below `2.5.4`, by the last number of their identifiers.
/// <https://datatracker.ietf.org/doc/html/rfc5280#appendix-A.1>
const NAMES: [(u8, &str); 13] = [
    (46, "DistinguishedNameQualifier"),
    (6, "Country"),
    (10, "Organization"),
    (11, "OrganizationalUnit"),
    (8, "State"),
    (3, "CommonName"),
    (5, "SerialNumber"),
    (12, "Title"),
    (4, "Surname"),
    (42, "GivenName"),
    (43, "Initials"),
    (65, "Pseudonym"),
    (44, "GenerationQualifier"),
];

/// The extensions with alternative names, which are below `2.5.29`.
const ALTERNATIVE: [(u8, &str); 2] = [(17, "Subject"), (18, "Issuer")];

/// The attributes by their names, such as `Subject.CommonName`, each with all its values; empty if it is not a certificate.
pub fn attributes(certificate: &[u8]) -> BTreeMap<String, Vec<String>> {
    let mut attributes = BTreeMap::new();
    let Some(parts) = CertificateParts::read(certificate) else {
        return attributes;
    };
    for (whose, name) in [("Issuer", parts.issuer), ("Subject", parts.subject)] {
        for (attribute, value) in of_name(name) {
            let values: &mut Vec<String> = attributes
                .entry(format!("{whose}.{attribute}"))
                .or_default();
            values.push(value);
        }
    }
    let mut extensions = parts.extensions;
    while let Some((extension, rest)) = sequence(extensions) {
        extensions = rest;
        let Some((whose, names)) = alternative_names(extension) else {
            continue;
        };
        for (kind, value) in names {
            let name = format!("{whose}.AlternativeName.{kind}");
            attributes.entry(name).or_default().push(value);
        }
    }
    attributes
}

/// The known attributes of a name with their values.
fn of_name(mut name: &[u8]) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    while let Some((SET, mut set, rest)) = element(name) {
        name = rest;
        while let Some((pair, more)) = sequence(set) {
            set = more;
            found.extend(attribute(pair));
        }
    }
    found
}

fn attribute(pair: &[u8]) -> Option<(&'static str, String)> {
    let (OBJECT_IDENTIFIER, [0x55, 0x04, last], value) = element(pair)? else {
        return None;
    };
    let (_, name) = NAMES.iter().find(|(number, _)| number == last)?;
    let (tag, text, _) = element(value)?;
    Some((name, decoded(tag, text)))
}

fn decoded(tag: u8, text: &[u8]) -> String {
    if tag == BMP_STRING {
        let units: Vec<u16> = text
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(text).into_owned()
}

/// Whose names an extension holds, and which; `None` if it is another extension. No page shows how a directory name would be
/// written, so that it is absent.
fn alternative_names(extension: &[u8]) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let (OBJECT_IDENTIFIER, [0x55, 0x1d, last], mut rest) = element(extension)? else {
        return None;
    };
    let (_, whose) = ALTERNATIVE.iter().find(|(number, _)| number == last)?;
    // Whether it is critical may come before it.
    let names = loop {
        match element(rest)? {
            (OCTET_STRING, names, _) => break names,
            (_, _, behind) => rest = behind,
        }
    };
    let (mut names, _) = sequence(names)?;
    let mut found = Vec::new();
    while let Some((tag, value, rest)) = element(names) {
        names = rest;
        let text = || String::from_utf8_lossy(value).into_owned();
        found.extend(match tag {
            0x81 => Some(("RFC822Name", text())),
            0x82 => Some(("DNSName", text())),
            0x86 => Some(("UniformResourceIdentifier", text())),
            0x87 => address(value).map(|address| ("IPAddress", address.to_string())),
            _ => None,
        });
    }
    Some((whose, found))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType};

    use super::*;

    fn certificate() -> Vec<u8> {
        let mut params = CertificateParams::new(["device.example".to_owned()]).expect("a name");
        let names = [
            (DnType::CommonName, DnValue::from("lamp é")),
            (DnType::OrganizationName, DnValue::from("o")),
            (DnType::CustomDnType(vec![2, 5, 4, 46]), DnValue::from("q")),
            (DnType::CustomDnType(vec![2, 5, 4, 65]), DnValue::from("p")),
            (
                DnType::CustomDnType(vec![2, 5, 4, 99]),
                DnValue::from("unknown"),
            ),
        ];
        for (kind, value) in names {
            params.distinguished_name.push(kind, value);
        }
        let address = "10.0.0.9".parse().expect("an address");
        params.subject_alt_names.push(SanType::IpAddress(address));
        params
            .subject_alt_names
            .push(SanType::URI("urn:x".try_into().expect("a URI")));
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        certificate.der().to_vec()
    }

    #[test]
    fn the_attributes_have_the_names_of_the_policy_language() {
        let expected = [
            ("Issuer.CommonName", "lamp é"),
            ("Issuer.DistinguishedNameQualifier", "q"),
            ("Issuer.Organization", "o"),
            ("Issuer.Pseudonym", "p"),
            ("Subject.AlternativeName.DNSName", "device.example"),
            ("Subject.AlternativeName.IPAddress", "10.0.0.9"),
            ("Subject.AlternativeName.UniformResourceIdentifier", "urn:x"),
            ("Subject.CommonName", "lamp é"),
            ("Subject.DistinguishedNameQualifier", "q"),
            ("Subject.Organization", "o"),
            ("Subject.Pseudonym", "p"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), vec![value.to_owned()]));
        assert_eq!(attributes(&certificate()), expected.into());
        assert_eq!(decoded(BMP_STRING, b"\0a\x20\xac"), "a€");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let _ = attributes(&bytes);
            let mut der = certificate();
            let at = at.index(der.len());
            der[at] = byte;
            let _ = attributes(&der);
        }
    }
}
