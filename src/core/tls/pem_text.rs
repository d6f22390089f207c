//! Normalises PEM that a shell, an editor or a secret store has changed, so that any parser accepts it. Pure.
//!
//! Only unambiguous changes are undone: line endings that were escaped or lost, indentation, quotes, encodings, and the JSON
//! of the AWS CLI. Everything else is kept, and the parser refuses it.

use serde_json::Value;

use crate::text;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The places of a PEM in the output of the AWS CLI.
/// <https://docs.aws.amazon.com/cli/latest/reference/iot/create-keys-and-certificate.html>
/// <https://docs.aws.amazon.com/cli/latest/reference/iot/describe-certificate.html>
pub(crate) const CERTIFICATES: [&str; 2] =
    ["/certificatePem", "/certificateDescription/certificatePem"];
/// <https://docs.aws.amazon.com/cli/latest/reference/iot/describe-ca-certificate.html>
pub(crate) const AUTHORITIES: [&str; 1] = ["/certificateDescription/certificatePem"];
pub(crate) const KEYS: [&str; 1] = ["/keyPair/PrivateKey"];

/// The same file with each of its PEM blocks on separate lines. If it is JSON, the PEM is at the first of `places` that
/// exists.
pub(crate) fn normal(places: &[&str], bytes: Vec<u8>) -> Vec<u8> {
    // The text around the blocks may be in any encoding.
    let Ok(text) = text::decode(bytes.clone()) else {
        return bytes;
    };
    let text = in_json(places, &text).unwrap_or(text);
    blocks(&text).unwrap_or(text).into_bytes()
}

/// The PEM in the JSON of the AWS CLI.
fn in_json(places: &[&str], text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    let pem = places.iter().find_map(|place| json.pointer(place));
    pem.and_then(Value::as_str).map(ToOwned::to_owned)
}

/// Only the blocks; `None` if none is found, or if one has no end.
fn blocks(text: &str) -> Option<String> {
    let mut blocks = String::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once(BEGIN) {
        let (label, behind) = behind.split_once(DASHES)?;
        let end = [END, label, DASHES].concat();
        let (body, behind) = behind.split_once(&end)?;
        blocks.extend([BEGIN, label, DASHES, "\n", &lines(body), &end, "\n"]);
        rest = behind;
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// The lines of a block.
fn lines(body: &str) -> String {
    let body = body.replace("\\r", "").replace("\\n", "\n");
    let is_base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | ',');
    if body.chars().all(|c| is_base64(&c) || is_around(c)) {
        let digits: Vec<char> = body.chars().filter(is_base64).collect();
        let lines = digits.chunks(64);
        return lines.flat_map(|line| line.iter().chain(&['\n'])).collect();
    }
    // It has headers, like an encrypted key, or is damaged.
    let lines = body.trim().lines().map(|line| [line.trim(), "\n"].concat());
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn what_is_unambiguous_is_mended() {
        let units = "\u{feff}".encode_utf16().chain(PEM.encode_utf16());
        let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        assert_eq!(normal(&KEYS, utf16), PEM.as_bytes());
        let escaped = PEM.replace('\n', "\\n");
        let long = format!(
            "-----BEGIN X-----\n{}\nAAAA\n-----END X-----\n",
            "A".repeat(64)
        );
        for (text, expected) in [
            (PEM.to_owned(), PEM),
            (PEM.replace('\n', "\r\n"), PEM),
            (format!("\u{feff}{PEM}"), PEM),
            (escaped.clone(), PEM),
            (PEM.replace('\n', "\\r\\n"), PEM),
            (format!("\"{escaped}\"\n"), PEM),
            (format!("CERT='{escaped}'\n"), PEM),
            (PEM.replace('\n', "\n    "), PEM),
            (PEM.replace('\n', " "), PEM),
            (PEM.replace('\n', ""), PEM),
            (PEM.replace('\n', "\\n\" \\\n  \""), PEM),
            (format!("subject=/CN=é\n{PEM}"), PEM),
            (
                serde_json::json!({"certificateArn": "a", "certificatePem": PEM}).to_string(),
                PEM,
            ),
            (
                serde_json::json!({"certificateDescription": {"certificatePem": PEM}}).to_string(),
                PEM,
            ),
            (
                format!("-----BEGIN X-----{}AAAA-----END X-----", "A".repeat(64)),
                &long,
            ),
        ] {
            let mended = normal(&CERTIFICATES, text.clone().into_bytes());
            assert_eq!(String::from_utf8_lossy(&mended), expected, "{text:?}");
        }
        let two = format!("{PEM}{PEM}");
        assert_eq!(
            normal(&CERTIFICATES, two.clone().into_bytes()),
            two.as_bytes()
        );
        let json = serde_json::json!({"certificatePem": "c", "keyPair": {"PublicKey": "p", "PrivateKey": PEM}});
        assert_eq!(normal(&KEYS, json.to_string().into_bytes()), PEM.as_bytes());
        // An encrypted key keeps its headers.
        let encrypted = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        let indented = encrypted.replace('\n', "\n  ");
        assert_eq!(normal(&KEYS, indented.into_bytes()), encrypted.as_bytes());
    }

    #[test]
    fn what_is_not_stays() {
        for bytes in [
            &b""[..],
            b"{}",
            b"\x30\x82\x01",
            b"-----BEGIN CERTIFICATE-----\nMIIB\n",
            b"-----BEGIN CERTIFICATE",
            b"-----BEGIN A-----\nAAAA\n-----END B-----\n",
            b"\xe9\n-----BEGIN A-----\nAAAA\n-----END A-----\n",
        ] {
            assert_eq!(normal(&CERTIFICATES, bytes.to_vec()), bytes);
        }
    }
}
