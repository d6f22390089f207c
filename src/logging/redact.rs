//! Takes secrets out of a line before it is written. Pure.
//!
//! The SDK logs requests with their headers, and its signer what it signs: a session token, a signature. Nothing here
//! trusts a library to leave out what nobody should read.

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// Names after which a secret stands, in lower case: headers, query parameters, fields.
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

/// The line without secrets: those named, those that stand after a name of a secret, and private keys in PEM.
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
    after_names(&text)
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
            ("é signature=é!", "é signature=[redacted]"),
        ] {
            assert_eq!(redact(line, &secrets), expected);
        }
    }

    proptest! {
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
