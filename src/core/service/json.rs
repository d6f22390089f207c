//! How the service writes JSON: compact, and characters beyond the basic plane escaped as a surrogate pair, except in the
//! job document of an execution (recorded session).

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};

/// Writes a value. Serialising our own values to memory cannot fail; if it ever did, the payload would be empty.
pub(crate) fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, EscapeAstral)) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

/// Adds a member to an object, if it has a value.
pub(crate) fn add(object: &mut Value, name: &str, value: Option<impl Serialize>) {
    if let Some(value) = value {
        object[name] = json!(value);
    }
}

/// JSON text with every character beyond the basic plane escaped.
pub(crate) fn escape_astral(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c > '\u{ffff}' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04X}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

struct EscapeAstral;

impl Formatter for EscapeAstral {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Only they have four bytes in UTF-8; most fragments have none.
        if fragment.bytes().any(|byte| byte >= 0xf0) {
            writer.write_all(escape_astral(fragment).as_bytes())
        } else {
            writer.write_all(fragment.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::service::json::to_vec;

    #[test]
    fn only_characters_beyond_the_basic_plane_are_escaped() {
        assert_eq!(
            to_vec(&"a é 作 😀 b😀"),
            "\"a é 作 \\uD83D\\uDE00 b\\uD83D\\uDE00\"".as_bytes()
        );
    }
}
