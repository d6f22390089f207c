//! Tokens of the next page of a list. They are opaque, and one that was cut off or changed on its way is not one.

use crate::service::objects::digests::{hex, sha256};

/// How many bytes of the digest of its text a token ends with.
const SEAL_BYTES: usize = 4;

/// The token for a text: hexadecimal, which is safe in a query.
pub(crate) fn seal(text: &str) -> String {
    let text = text.as_bytes();
    hex(&[text, &sha256(text)[..SEAL_BYTES]].concat())
}

/// The text in a token.
pub(crate) fn open(token: &str) -> Option<String> {
    if !token.len().is_multiple_of(2) || !token.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&token[at..at + 2], 16).ok())
        .collect();
    let mut bytes = bytes?;
    bytes.truncate(bytes.len().checked_sub(SEAL_BYTES)?);
    let text = String::from_utf8(bytes).ok()?;
    (seal(&text) == token).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        for text in ["", "jobs\n12", "ü"] {
            let token = seal(text);
            assert_eq!(open(&token).as_deref(), Some(text));
            for end in 0..token.len() {
                assert_eq!(open(&token[..end]), None, "{text} cut to {end}");
                let other = if token[end..].starts_with('0') {
                    "1"
                } else {
                    "0"
                };
                let changed = format!("{}{other}{}", &token[..end], &token[end + 1..]);
                assert_eq!(open(&changed), None, "{text} changed at {end}");
            }
            assert_eq!(open(&format!("{token}00")), None, "{text}");
        }
        for token in ["zz", "ü1", "+1+1+1+1+1"] {
            assert_eq!(open(token), None, "{token}");
        }
    }
}
