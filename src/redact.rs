//! Takes out of a text what nobody should read: keys, credentials, and the signatures of presigned URLs. Pure.

use std::borrow::Cow;

/// What stands in place of a secret. A JSON string that holds it stays one.
const REDACTED: &str = "[redacted]";

/// Parameters of a presigned URL, and fields of a presigned form, in lower case.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const SIGNED: [&str; 3] = [
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
];

/// Parameters of the older form and of an `Authorization` header, in lower case. Only a whole word before `=` is one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth>
const SIGNED_WORDS: [&str; 3] = ["signature", "credential", "awsaccesskeyid"];

/// How `=` is written: as it is, escaped in JSON, in a URL, and in a URL within a URL. In lower case.
const EQUALS: [&str; 4] = ["=", "\\u003d", "%3d", "%253d"];

/// How `?` and `&` end where they are escaped likewise, in lower case.
const OPENERS: [&str; 6] = ["\\u0026", "\\u003f", "%26", "%3f", "%2526", "%253f"];

/// Names after which a secret stands in a line of a log, in lower case: headers, query parameters, fields.
const NAMES: [&str; 15] = [
    "authorization",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-credential",
    "signature",
    "credential",
    "secret_access_key",
    "secretaccesskey",
    "aws_secret_access_key",
    "session_token",
    "sessiontoken",
    "aws_session_token",
    "access_key_id",
    "accesskeyid",
    "aws_access_key_id",
];

/// The text without the signatures and credentials of presigned URLs. All else stays as it is; JSON stays JSON.
pub(crate) fn signatures(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(place) = text[at..].find(['=', ':', '3']) {
        let sign = at + place;
        at = sign + 1;
        let Some(value) = value_after_name(text, sign) else {
            continue;
        };
        let end = value + value_length(&text.as_bytes()[value..]);
        if end > value {
            out.push_str(&text[kept..value]);
            out.push_str(REDACTED);
            kept = end;
            at = end;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// Whether [`signatures`] would take anything out.
pub(crate) fn holds_signature(text: &str) -> bool {
    matches!(signatures(text), Cow::Owned(_))
}

/// Where a secret begins, if the byte at `sign` is of what stands between it and its name.
fn value_after_name(text: &str, sign: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes[sign] == b':' {
        // A header, or a field of JSON or of another notation.
        let is_between = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\\' | b' ');
        let behind = bytes[..sign].iter().rev().take_while(|it| is_between(it));
        let name = &bytes[..sign - behind.count()];
        let ahead = bytes[sign + 1..].iter().take_while(|it| is_between(it));
        let is_signed = SIGNED.iter().any(|it| ends_with(name, it));
        return is_signed.then(|| sign + 1 + ahead.count());
    }
    // The `3` of an escape is followed by one more.
    let end = sign + if bytes[sign] == b'3' { 2 } else { 1 };
    let until = bytes.get(..end)?;
    let equals = EQUALS.iter().rev().find(|it| ends_with(until, it))?;
    let name = &until[..end - equals.len()];
    let is_word = |word: &&str| ends_with(name, word) && begins(&name[..name.len() - word.len()]);
    let is_name = SIGNED.iter().any(|it| ends_with(name, it)) || SIGNED_WORDS.iter().any(is_word);
    is_name.then_some(end)
}

fn ends_with(text: &[u8], end: &str) -> bool {
    text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
}

/// Whether a word can begin behind this.
fn begins(before: &[u8]) -> bool {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !before.last().is_some_and(is_inside) || OPENERS.iter().any(|it| ends_with(before, it))
}

/// How long a value of a URL is, its `%` escapes and JSON's `\/` counted in.
fn value_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let rest = &bytes[length..];
        length += match byte {
            b'%' if rest.starts_with(b"%26") || rest.starts_with(b"%2526") => break,
            b'\\' if rest.starts_with(b"\\/") => 2,
            b'%' | b'+' | b'/' | b'=' | b'_' | b'.' | b'~' | b'-' | b'*' => 1,
            byte if byte.is_ascii_alphanumeric() => 1,
            _ => break,
        };
    }
    length
}

/// A line of a log without secrets: those named, those that stand after a name of a secret, and private keys in PEM. The SDK logs
/// requests with their headers, and its signer what it signs; nothing here trusts a library to leave out what nobody should read.
pub(crate) fn redact(line: &str, secrets: &[String]) -> String {
    let mut text = line.to_owned();
    for secret in secrets {
        if !secret.is_empty() {
            text = text.replace(secret.as_str(), REDACTED);
        }
    }
    if let Some(at) = text.find("PRIVATE KEY") {
        text.truncate(at);
        text.push_str(REDACTED);
        return text;
    }
    // It knows of escapes, too.
    signatures(&after_names(&text)).into_owned()
}

/// A secret ends where a quote, a white space, a comma, an `&` or a bracket stands. After `authorization` it goes on to the
/// end of the line, for its value has spaces and commas.
fn after_names(text: &str) -> String {
    // ASCII only, so that places are the same in both.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let found = NAMES
            .iter()
            .filter_map(|name| lower[at..].find(name).map(|place| (at + place, name.len())))
            .min_by_key(|(place, length)| (*place, std::cmp::Reverse(*length)));
        let Some((place, length)) = found else { break };
        let after_name = place + length;
        let between = text[after_name..]
            .find(|c: char| !matches!(c, '"' | '\'' | ':' | '=' | ' ' | '\\' | '(' | '[' | '{'))
            .unwrap_or(text.len() - after_name);
        let value = after_name + between;
        out.push_str(&text[at..value]);
        let has_sign = text[after_name..value].contains(['=', ':', '"', '(']);
        if !has_sign {
            at = value;
            continue;
        }
        out.push_str(REDACTED);
        if &lower[place..after_name] == "authorization" {
            return out;
        }
        let ends = |c: char| c.is_whitespace() || "\"',&;)]}\\".contains(c);
        at = text[value..]
            .find(ends)
            .map_or(text.len(), |end| value + end);
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_taken_out_and_the_rest_stays() {
        let secrets = ["SECRETKEY".to_owned(), String::new()];
        for (line, expected) in [
            ("connected to localhost", "connected to localhost"),
            ("key SECRETKEY here", "key [redacted] here"),
            (
                r#"{"x-amz-security-token": "AAAA", "host": "h"}"#,
                r#"{"x-amz-security-token": "[redacted]", "host": "h"}"#,
            ),
            (
                "x-amz-security-token:AAAA\\n",
                "x-amz-security-token:[redacted]\\n",
            ),
            (
                "https://b/k?X-Amz-Credential=C&X-Amz-Signature=S&x=1",
                "https://b/k?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x=1",
            ),
            (
                "authorization: AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=0f",
                "authorization: [redacted]",
            ),
            (
                r#"Credentials { access_key_id: "AKIA", secret_access_key: "** redacted **" }"#,
                r#"Credentials { access_key_id: "[redacted]", secret_access_key: "[redacted] redacted **" }"#,
            ),
            ("aws_session_token=T u", "aws_session_token=[redacted] u"),
            ("a signature was made", "a signature was made"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN [redacted]"),
            (
                r"u=k\u003fSignature\u003d0f",
                r"u=k\u003fSignature\u003d[redacted]",
            ),
            ("é signature=é!", "é signature=[redacted]"),
        ] {
            assert_eq!(redact(line, &secrets), expected);
        }
    }

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
            // Of libraries that escape `=`, `&` or `/` in JSON.
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
        // The signature of code is no secret, and a device needs it.
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

    proptest! {
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

        #[test]
        fn any_line_is_answered(line in "\\PC{0,40}(signature|authorization)?[=:\" ]{0,3}\\PC{0,40}") {
            let _ = redact(&line, &["x".to_owned()]);
        }

        #[test]
        fn a_secret_never_comes_through(before in "\\PC{0,20}", after in "\\PC{0,20}") {
            let secret = "c2VjcmV0LXZhbHVl";
            let line = format!("{before}{secret}{after}");
            prop_assert!(!redact(&line, &[secret.to_owned()]).contains(secret));
            let line = format!("{before}x-amz-security-token\": \"{secret}\"{after}");
            prop_assert!(!redact(&line, &[]).contains(secret));
        }
    }
}
