//! The signatures and credentials of presigned URLs, in a text that may be JSON.

use std::borrow::Cow;
use std::ops::Range;

use crate::redact::decoded::Decoded;
use crate::redact::{replaced, within};

/// Parameters of a presigned URL, fields of a presigned form, and headers, in lower case.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>
const SIGNED: [&str; 4] = [
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-s3session-token",
];

/// Parameters of the older form and of an `Authorization` header, in lower case. Only a whole word before `=` counts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth>
const SIGNED_WORDS: [&str; 3] = ["signature", "credential", "awsaccesskeyid"];

/// The member that holds the value if the name is itself a value: `{"name": "X-Amz-Signature", "value": "…"}`.
const VALUE: &str = "value";

/// The text without the signatures and credentials of presigned URLs. Everything else is unchanged; JSON remains JSON.
pub fn signatures(text: &str) -> Cow<'_, str> {
    replaced(text, signature_places(text))
}

/// Whether [`signatures`] would remove something.
pub fn holds_signature(text: &str) -> bool {
    !signature_places(text).is_empty()
}

/// A part of a text without the signatures that the whole text has.
pub fn signatures_within(text: &str, part: Range<usize>) -> Cow<'_, str> {
    replaced(&text[part.clone()], within(signature_places(text), &part))
}

/// The places that [`signatures`] removes, in order.
pub(super) fn signature_places(text: &str) -> Vec<Range<usize>> {
    let decoded = Decoded::new(text);
    let bytes = &decoded.bytes;
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(place) = bytes[at..].iter().position(|it| is_sign(*it)) {
        let sign = at + place;
        at = sign + 1;
        let Some(value) = value_after_name(bytes, sign) else {
            continue;
        };
        let length = bytes[value..].iter().take_while(|it| is_of_value(**it));
        let end = value + length.count();
        if end > value && !is_left(&bytes[sign..value], &bytes[value..end]) {
            places.push(decoded.source(&(value..end)));
            at = end;
        }
    }
    places
}

/// Whether this can stand between a name and its value.
fn is_sign(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b'>')
}

/// What can also stand around such a sign.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'\\')
}

/// The bytes of values: Base64, names and dates.
fn is_of_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"%+/=_.~-*".contains(&byte)
}

/// Where a secret begins, if `sign` is the place of the sign between its name and its value.
fn value_after_name(bytes: &[u8], sign: usize) -> Option<usize> {
    let name = &bytes[..sign];
    if bytes[sign] == b'=' && SIGNED_WORDS.iter().any(|it| ends_with_word(name, it)) {
        return Some(sign + 1);
    }
    if bytes[sign] == b'>' {
        // An XML element: its name has a bracket before it.
        let is_element = |name: &&str| {
            ends_with(bytes, sign, name) && bytes[..sign - name.len()].ends_with(b"<")
        };
        return SIGNED.iter().any(is_element).then_some(sign + 1);
    }
    let mut end = trimmed(name, |it| is_between(*it));
    if ends_with(bytes, end, VALUE) {
        end = trimmed(&bytes[..end - VALUE.len()], |it| {
            is_between(*it) || *it == b','
        });
    }
    // The value may be in a list, but not in a URL.
    let is_list = bytes[sign] == b':' || bytes[sign..].starts_with(b"=>");
    let is_ahead =
        |byte: &u8| is_between(*byte) || *byte == b'>' || is_list && matches!(byte, b'[' | b'(');
    let ahead = bytes[sign + 1..].iter().take_while(|it| is_ahead(it));
    let is_signed = SIGNED.iter().any(|it| ends_with(bytes, end, it));
    is_signed.then(|| sign + 1 + ahead.count())
}

/// Whether a value behind these bytes was already removed, or is a JSON number or word, which a text cannot replace.
fn is_left(before: &[u8], value: &[u8]) -> bool {
    let is_number = || {
        value
            .iter()
            .all(|it| it.is_ascii_digit() || b"-+.eE".contains(it))
    };
    let is_word = || matches!(value, b"null" | b"true" | b"false") || is_number();
    let is_bare = before.starts_with(b":") && !before.ends_with(b"\"");
    is_bare && is_word() || before.ends_with(b"[") && value == b"redacted"
}

/// The length without such bytes at the end.
fn trimmed(bytes: &[u8], is_one: impl Fn(&u8) -> bool) -> usize {
    bytes.len() - bytes.iter().rev().take_while(|it| is_one(it)).count()
}

/// Whether the first `end` bytes end with this name, in any case.
fn ends_with(bytes: &[u8], end: usize, name: &str) -> bool {
    let found = end.checked_sub(name.len()).map(|start| &bytes[start..end]);
    found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
}

/// Whether the bytes end with this word, not as part of a longer one.
fn ends_with_word(bytes: &[u8], word: &str) -> bool {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    ends_with(bytes, bytes.len(), word)
        && !bytes[..bytes.len() - word.len()]
            .last()
            .is_some_and(is_inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_signature_is_taken_out_of_json_and_the_rest_stays() {
        for (text, expected) in [
            (
                r#"{"u":"https://b/k?X-Amz-Algorithm=A&X-Amz-Credential=AK%2F2026%2Fs3&X-Amz-Date=1&X-Amz-Security-Token=I%2B/=&X-Amz-SignedHeaders=host&X-Amz-Signature=0f","n":3}"#,
                r#"{"u":"https://b/k?X-Amz-Algorithm=A&X-Amz-Credential=[redacted]&X-Amz-Date=1&X-Amz-Security-Token=[redacted]&X-Amz-SignedHeaders=host&X-Amz-Signature=[redacted]","n":3}"#,
            ),
            (
                "https://b/k?AWSAccessKeyId=AKIA&Expires=13&Signature=vj%2Bx%3D",
                "https://b/k?AWSAccessKeyId=[redacted]&Expires=13&Signature=[redacted]",
            ),
            // From libraries that escape `=`, `&` or `/` in JSON.
            (
                r#"{"u":"k?x-amz-credential\u003dAK\/s3\u0026X-Amz-Signature\u003D0f\u0026a\u003d1\u0026Signature=s"}"#,
                r#"{"u":"k?x-amz-credential\u003d[redacted]\u0026X-Amz-Signature\u003D[redacted]\u0026a\u003d1\u0026Signature=[redacted]"}"#,
            ),
            // A URL in a URL, once and twice.
            (
                "https://p/?u=k%3FX-Amz-Signature%3D0f%26a%3D1%26Signature%3Ds&b=2",
                "https://p/?u=k%3FX-Amz-Signature%3D[redacted]%26a%3D1%26Signature%3D[redacted]&b=2",
            ),
            (
                "k%253FSignature%253D0f%2526a%253D1",
                "k%253FSignature%253D[redacted]%2526a%253D1",
            ),
            (
                r#"{"fields":{"X-Amz-Signature": "0f", "x-amz-security-token":"T+/="}}"#,
                r#"{"fields":{"X-Amz-Signature": "[redacted]", "x-amz-security-token":"[redacted]"}}"#,
            ),
            (
                r#""{\"X-Amz-Credential\":\"AK\"}""#,
                r#""{\"X-Amz-Credential\":\"[redacted]\"}""#,
            ),
            (
                "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=0f",
                "AWS4-HMAC-SHA256 Credential=[redacted], SignedHeaders=h, Signature=[redacted]",
            ),
        ] {
            assert_eq!(signatures(text), expected);
            assert!(holds_signature(text));
            assert!(!holds_signature(expected), "{expected}");
        }
        // The signature of code is not a secret, and a device needs it.
        for text in [
            "",
            r#"{"signature":"MEUC","codeSign":{"Signature": "x"}}"#,
            "the signature = x",
            "my-signature=x mysignature=x",
            "X-Amz-Signature",
            "X-Amz-Signature=",
            "X-Amz-Signature=&a=3",
            "=:3",
            "%3",
        ] {
            assert_eq!(signatures(text), text);
        }
    }

    /// Notations that can express a whole text.
    const ESCAPES: [fn(&str) -> String; 6] = [
        |text| escaped(text, |it| format!("%{it:02X}")),
        |text| escaped(text, |it| format!("\\u{it:04x}")),
        |text| escaped(text, |it| format!("&#{it};")),
        |text| escaped(text, |it| format!("\\x{it:02x}")),
        |text| {
            let json = serde_json::to_string(text).expect("JSON");
            json.trim_matches('"').to_owned()
        },
        |text| {
            let html = text.replace('&', "&amp;");
            html.replace('/', "\\/").replace('=', "\\u003D")
        },
    ];

    fn escaped(text: &str, escape: impl Fn(u8) -> String) -> String {
        text.bytes().map(escape).collect()
    }

    #[test]
    fn no_escape_hides_a_signature() {
        for (text, expected) in [
            // One level deeper than a library itself escapes.
            (
                r#"{"u":"{\"a\":\"k?X-Amz-Signature\\u003d0f\\u0026b\\u003d1\"}"}"#,
                r#"{"u":"{\"a\":\"k?X-Amz-Signature\\u003d[redacted]\\u0026b\\u003d1\"}"}"#,
            ),
            (
                "k%25253FSignature%25253D0f%252526a",
                "k%25253FSignature%25253D[redacted]%252526a",
            ),
            (
                "k?a=1&amp;Signature&#61;0f&amp;b=1",
                "k?a=1&amp;Signature&#61;[redacted]&amp;b=1",
            ),
            ("X%2DAmz%2dSignature=0f", "X%2DAmz%2dSignature=[redacted]"),
            (
                r"\u0058-Amz-Signatur\u0065\u003d0f,",
                r"\u0058-Amz-Signatur\u0065\u003d[redacted],",
            ),
            (
                r"X-Amz-Security-Token=a\/b%2Fc\u002bd\u003D%3d ",
                "X-Amz-Security-Token=[redacted] ",
            ),
            (
                r#""X\u002dAmz-Credential"\u003a"AK""#,
                r#""X\u002dAmz-Credential"\u003a"[redacted]""#,
            ),
            // Fields in other notations.
            ("X-Amz-Signature = '0f'", "X-Amz-Signature = '[redacted]'"),
            (
                "{'x-amz-security-token' => ['0f']}",
                "{'x-amz-security-token' => ['[redacted]']}",
            ),
            (
                r#"{"name":"X-Amz-Signature","value":"0f"}"#,
                r#"{"name":"X-Amz-Signature","value":"[redacted]"}"#,
            ),
            (
                r#"<input name="x-amz-credential" value="AK"/>"#,
                r#"<input name="x-amz-credential" value="[redacted]"/>"#,
            ),
            (
                "<X-Amz-Signature>0f</X-Amz-Signature>",
                "<X-Amz-Signature>[redacted]</X-Amz-Signature>",
            ),
            (
                "&X-Amz-S3session-Token=T",
                "&X-Amz-S3session-Token=[redacted]",
            ),
        ] {
            assert_eq!(signatures(text), expected);
        }
        for text in [
            r#"{"X-Amz-Signature":null,"X-Amz-Credential":12}"#,
            "</X-Amz-Signature>a",
        ] {
            assert_eq!(signatures(text), text);
        }
    }

    #[test]
    fn a_large_text_takes_no_longer_for_being_hostile() {
        for part in [
            "%25",
            "%",
            "\\",
            "\\u005c",
            "&amp;",
            "&#",
            "&#0000000",
            ";",
            "\\u{0000",
            "\"",
            " ",
            "=:",
            "\"value\":",
            "X-Amz-Signature",
            "X-Amz-Signature=",
            "Signature=a&",
            "<",
            "</a>",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            let _ = signatures(&text);
        }
    }

    proptest! {
        #[test]
        fn a_signature_is_found_at_any_depth(
            url in "https://b/k\\?(X-Amz-Date=1&)?(X-Amz-Signature|x-amz-credential|Signature|AWSAccessKeyId)=SECRET(/SECRET)?(&a=1)?",
            escapes in prop::collection::vec(0..ESCAPES.len(), 0..4),
            kept in 0_usize..30,
        ) {
            // Either everything is escaped, or everything behind some place.
            let escaped = escapes.iter().fold(url, |text, at| {
                let (begin, rest) = text.split_at(kept.min(text.len()));
                format!("{begin}{}", ESCAPES[*at](rest))
            });
            let text = serde_json::to_string(&[&escaped]).expect("JSON");
            let shown = signatures(&text).into_owned();
            prop_assert!(serde_json::from_str::<[String; 1]>(&shown).is_ok(), "{}", shown);
            let decoded = Decoded::new(&shown);
            let decoded = String::from_utf8_lossy(&decoded.bytes);
            prop_assert!(decoded.contains("=[redacted]"), "{}", shown);
            prop_assert!(!decoded.contains("SECRET"), "{}", shown);
        }

        #[test]
        fn json_stays_json(
            before in "\\PC{0,20}",
            name in "(X-Amz-Signature|x-amz-credential)\": ?\"|(X-Amz-Credential|Signature|AWSAccessKeyId)(=|\\\\u003d|%3D)",
            after in "[&\\PC]{0,20}",
        ) {
            let json = |text: String| serde_json::to_string(&text).expect("JSON");
            let (before, after) = (json(before), json(after));
            let text = format!("[{}?{name}SECRET{}]", before.trim_end_matches('"'), after.trim_start_matches('"'));
            let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
            prop_assert_eq!(is_json(&signatures(&text)), is_json(&text));
            let secret = format!("{name}SECRET");
            prop_assert!(!signatures(&text).contains("?SECRET") && !signatures(&text).contains(&secret));
        }
    }
}
