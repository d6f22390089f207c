//! How the service writes JSON: compact, and characters beyond the basic plane escaped as a surrogate pair, except in a
//! job document (recorded session).

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Writes a value. Serialising our own values to memory cannot fail; if it ever did, the payload would be empty.
pub(crate) fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, EscapeAstral)) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

struct EscapeAstral;

impl Formatter for EscapeAstral {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(|c: char| c > '\u{ffff}') {
            writer.write_all(&rest.as_bytes()[..position])?;
            let mut chars = rest[position..].chars();
            for unit in chars.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04X}")?;
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
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
