//! Private keys as PEM, in a text that may have them where only a path belongs.

use std::borrow::Cow;
use std::ops::Range;

use crate::redact::{replaced, within};

/// How the first and the last line of a key begin.
/// <https://www.rfc-editor.org/rfc/rfc7468#section-2>
const LINES: [&str; 2] = ["-----BEGIN ", "-----END "];

/// How the first line of a key ends, whatever its kind.
const TITLE: &str = "PRIVATE KEY-----";

/// The text without the private keys. One that does not end hides the rest of the text.
pub fn private_keys(text: &str) -> Cow<'_, str> {
    replaced(text, places(text))
}

/// A part of a text without the private keys that the whole text has.
pub fn private_keys_within(text: &str, part: Range<usize>) -> Cow<'_, str> {
    replaced(&text[part.clone()], within(places(text), &part))
}

fn places(text: &str) -> Vec<Range<usize>> {
    let [begin, end] = LINES;
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(TITLE) {
        let (title, after) = (from + at, from + at + TITLE.len());
        from = after;
        // A title has no hyphens, so this begins the same line.
        let line = text[..title].rfind("-----");
        if line.is_some_and(|line| text[line..].starts_with(begin)) {
            let ends = text[after..].find(end).map_or(text.len(), |at| after + at);
            places.push(after..ends);
            from = ends;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hidden_and_what_is_around_it_stays() {
        for (text, expected) in [
            ("no key", "no key"),
            ("-----END PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
            (
                "`-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----`: gone",
                "`-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----`: gone",
            ),
            (
                "x -----BEGIN RSA PRIVATE KEY-----\\nMIG\\n",
                "x -----BEGIN RSA PRIVATE KEY-----[redacted]",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
            ),
        ] {
            assert_eq!(private_keys(text), expected);
        }
    }
}
