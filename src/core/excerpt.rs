//! The place of a mistake in a text: its line and column, and an excerpt with a caret below it. Pure.

use std::borrow::Cow;
use std::ops::Range;

use crate::redact;

/// How much of a long line is shown on each side of the place.
pub const EXCERPT_CHARS: usize = 30;

/// The line of a text around byte `place`, and a caret under that place. If a presigned URL is cut, its signature must not
/// remain without its name, so signatures are looked for in the whole text.
pub fn excerpt(text: &str, place: usize) -> String {
    let place = text.floor_char_boundary(place);
    let begins = text[..place].rfind('\n').map_or(0, |at| at + 1);
    let ends = text[place..].find('\n').map_or(text.len(), |at| place + at);
    let safe = |part: Range<usize>| match redact::private_keys_within(text, part.clone()) {
        Cow::Borrowed(_) => redact::signatures_within(text, part),
        Cow::Owned(without_key) => redact::signatures(&without_key).into_owned().into(),
    };
    let before = safe(begins..place);
    let before: Vec<char> = before.chars().rev().take(EXCERPT_CHARS).collect();
    let indent = before.len();
    let after = safe(place..ends);
    let after = after.chars().take(EXCERPT_CHARS);
    let shown: String = before.into_iter().rev().chain(after).collect();
    // Characters without a width take one column, so that the caret is in the right place.
    format!(
        "  {}\n  {:indent$}^",
        shown.replace(char::is_control, " "),
        ""
    )
}

/// The line and the column of byte `place`, in characters and from 1.
pub fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(place)];
    let begins = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[begins..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_no_signature() {
        let text =
            "{\"u\": \"k?X-Amz-Signature\\u003d0f0f0f\",\n\"X-Amz-Credential\":\n\"AK/s3\", x}";
        for place in 0..=text.len() {
            let shown = excerpt(text, place);
            assert!(!shown.contains("f0f") && !shown.contains("K/"), "{shown}");
        }
        let place = text.len() - 2;
        let expected = "  \"[redacted]\", x}\n                ^";
        assert_eq!(excerpt(text, place), expected);
    }

    #[test]
    fn a_key_is_not_shown() {
        let text = "key = \"-----BEGIN PRIVATE KEY-----\\nS3CR3T\n S3CR3T\" x";
        for place in 0..=text.len() {
            let shown = excerpt(text, place);
            let parts = ["S3", "3C", "CR", "R3", "3T"];
            assert!(parts.iter().all(|part| !shown.contains(part)), "{shown}");
        }
    }
}
