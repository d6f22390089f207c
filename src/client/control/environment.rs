//! The environment variables that the AWS SDK reads: whether their values are possible. Pure.
//!
//! The SDK puts them into headers and URLs unchanged, and panics or fails with its own messages if a character is not
//! allowed there.

use std::ffi::OsString;

use crate::text;

/// The use of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The value is put into a header unchanged, or signs one.
    Credential,
    /// A name, a path, a number, a switch.
    Text,
    Url,
}

/// The variables that the SDK reads (aws-config 1.13, aws-runtime 1.10), except for proxies.
const VARIABLES: [(&str, Kind); 37] = [
    ("AWS_ACCESS_KEY_ID", Kind::Credential),
    ("AWS_SECRET_ACCESS_KEY", Kind::Credential),
    ("AWS_SESSION_TOKEN", Kind::Credential),
    ("AWS_PROFILE", Kind::Text),
    ("AWS_REGION", Kind::Text),
    ("AWS_DEFAULT_REGION", Kind::Text),
    ("AWS_ENDPOINT_URL_IOT", Kind::Url),
    ("AWS_ENDPOINT_URL", Kind::Url),
    ("AWS_CONFIG_FILE", Kind::Text),
    ("AWS_SHARED_CREDENTIALS_FILE", Kind::Text),
    ("AWS_ACCOUNT_ID", Kind::Text),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", Kind::Text),
    ("AWS_AUTH_SCHEME_PREFERENCE", Kind::Text),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Kind::Credential),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Kind::Text),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Kind::Url),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Kind::Text),
    ("AWS_DISABLE_CLOCK_SKEW_CORRECTION", Kind::Text),
    ("AWS_DISABLE_REQUEST_COMPRESSION", Kind::Text),
    ("AWS_EC2_METADATA_DISABLED", Kind::Text),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Kind::Url),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", Kind::Text),
    ("AWS_ENDPOINT_URL_SSO", Kind::Url),
    ("AWS_ENDPOINT_URL_STS", Kind::Url),
    ("AWS_EXECUTION_ENV", Kind::Text),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Kind::Text),
    ("AWS_LAMBDA_FUNCTION_NAME", Kind::Text),
    ("AWS_LOGIN_CACHE_DIRECTORY", Kind::Text),
    ("AWS_REQUEST_CHECKSUM_CALCULATION", Kind::Text),
    ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", Kind::Text),
    ("AWS_RESPONSE_CHECKSUM_VALIDATION", Kind::Text),
    ("AWS_ROLE_ARN", Kind::Text),
    ("AWS_ROLE_SESSION_NAME", Kind::Text),
    ("AWS_SDK_UA_APP_ID", Kind::Text),
    ("AWS_USE_DUALSTACK_ENDPOINT", Kind::Text),
    ("AWS_USE_FIPS_ENDPOINT", Kind::Text),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", Kind::Text),
];

/// What is wrong with a variable. The value is not shown, because it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    #[error("the variable {variable} {flaw}\ncorrect it, or unset it")]
    Variable {
        variable: &'static str,
        flaw: TextFlaw,
    },
    /// The file of profiles that should name the region.
    #[error("{cause}\n{next}")]
    File { cause: String, next: String },
    /// The region of a variable or of the profile.
    #[error(
        "the region `{}` of the AWS environment is not an AWS region\nset AWS_REGION, or the region of the profile, to one such as us-east-1",
        text::sanitize(.0)
    )]
    Region(String),
    #[error("the variable {set} is set, but {missing} is not\nset both, or unset {set}")]
    Half {
        set: &'static str,
        missing: &'static str,
    },
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextFlaw {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("ends with a carriage return, as in a file with Windows line endings (CRLF)")]
    CarriageReturn,
    #[error("begins or ends with a space or a line break")]
    Space,
    #[error("is in quotation marks, which become part of the value")]
    Quotes,
    #[error("contains a control character")]
    Control,
    #[error("contains a space")]
    InnerSpace,
    #[error("contains a character that is not ASCII")]
    NotAscii,
    #[error("is not a URL, such as https://iot.us-east-1.amazonaws.com")]
    NotUrl,
}

/// Checks the variables that are set.
pub fn check_environment(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<(), EnvironmentError> {
    for (name, kind) in VARIABLES {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let flaw = match value.to_str() {
            None => Some(TextFlaw::NotUtf8),
            Some(value) => flaw(value, kind),
        };
        if let Some(flaw) = flaw {
            let variable = name;
            return Err(EnvironmentError::Variable { variable, flaw });
        }
    }
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let half = |set, missing| Err(EnvironmentError::Half { set, missing });
    match (is_set(id), is_set(secret)) {
        (true, false) => half(id, secret),
        (false, true) => half(secret, id),
        _ => Ok(()),
    }
}

/// Why a text cannot be a key or a token.
pub(crate) fn credential_flaw(text: &str) -> Option<TextFlaw> {
    flaw(text, Kind::Credential)
}

fn flaw(text: &str, kind: Kind) -> Option<TextFlaw> {
    let is_quoted = |mark: char| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    if text.ends_with('\r') || text.ends_with("\r\n") {
        return Some(TextFlaw::CarriageReturn);
    }
    if text.trim() != text {
        return Some(TextFlaw::Space);
    }
    if text.chars().any(char::is_control) {
        return Some(TextFlaw::Control);
    }
    if is_quoted('"') || is_quoted('\'') {
        return Some(TextFlaw::Quotes);
    }
    match kind {
        Kind::Credential | Kind::Url if !text.is_ascii() => Some(TextFlaw::NotAscii),
        Kind::Credential if text.contains(' ') => Some(TextFlaw::InnerSpace),
        Kind::Url if !is_url(text) => Some(TextFlaw::NotUrl),
        Kind::Credential | Kind::Text | Kind::Url => None,
    }
}

fn is_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host = host.rsplit('@').next().unwrap_or_default();
        let in_brackets = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        !in_brackets.unwrap_or(host).is_empty()
            && (in_brackets.is_some() || !host.contains([':', '[', ']']))
            && !text.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}'])
            && port.is_none_or(|port| port.parse::<u16>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];

    fn checked(variables: &[(&str, &str)]) -> Result<(), EnvironmentError> {
        check_environment(|name| {
            let set = variables.iter().chain(&KEYS);
            let mut set = set.filter(|(set, _)| *set == name);
            set.next().map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_text_that_cannot_be_what_it_is_for_is_named() {
        for (variable, value, flaw) in [
            (
                "AWS_ACCESS_KEY_ID",
                "AKIA\r",
                Some(TextFlaw::CarriageReturn),
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                "a\r\n",
                Some(TextFlaw::CarriageReturn),
            ),
            ("AWS_SESSION_TOKEN", "a\n", Some(TextFlaw::Space)),
            ("AWS_SESSION_TOKEN", "\u{a0}a", Some(TextFlaw::Space)),
            ("AWS_SESSION_TOKEN", "a b", Some(TextFlaw::InnerSpace)),
            ("AWS_ACCESS_KEY_ID", "AKIA\u{1b}", Some(TextFlaw::Control)),
            ("AWS_ACCESS_KEY_ID", "AKIÄ", Some(TextFlaw::NotAscii)),
            ("AWS_ACCESS_KEY_ID", "\"AKIA\"", Some(TextFlaw::Quotes)),
            ("AWS_PROFILE", "staging\r", Some(TextFlaw::CarriageReturn)),
            ("AWS_PROFILE", "my profile", None),
            ("AWS_PROFILE", "Bücher", None),
            ("AWS_CONFIG_FILE", "/home/a b/c", None),
            ("AWS_REGION", " us-east-1", Some(TextFlaw::Space)),
            ("AWS_EXECUTION_ENV", "a\r", Some(TextFlaw::CarriageReturn)),
            ("AWS_ENDPOINT_URL_IOT", "garbage", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "ftp://h", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://h:99999", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://a b", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://[::1", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://::1:80", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://[]:80", Some(TextFlaw::NotUrl)),
            ("AWS_ENDPOINT_URL", "http://[::1]:8880/x?y", None),
            ("AWS_ENDPOINT_URL", "http://[::1]", None),
            ("AWS_ENDPOINT_URL", "http://u:p@h:80", None),
            ("AWS_ENDPOINT_URL", "https://h", None),
            ("AWS_ENDPOINT_URL", "", None),
            ("AWS_OTHER", "a\r", None),
        ] {
            let expected = flaw.map_or(Ok(()), |flaw| Err((variable, flaw)));
            let checked = checked(&[(variable, value)]).map_err(|error| match error {
                EnvironmentError::Variable { variable, flaw } => (variable, flaw),
                other => panic!("{other}"),
            });
            assert_eq!(checked, expected, "{variable}={value:?}");
        }
    }

    #[test]
    fn half_of_a_key_is_named() {
        for (variable, expected) in [
            (
                "AWS_ACCESS_KEY_ID",
                "the variable AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not\nset both, or unset AWS_SECRET_ACCESS_KEY",
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                "the variable AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\nset both, or unset AWS_ACCESS_KEY_ID",
            ),
        ] {
            let error = checked(&[(variable, "")]).map_err(|error| error.to_string());
            assert_eq!(error, Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_value_is_not_shown() {
        let error = checked(&[("AWS_SECRET_ACCESS_KEY", "hidden\r")]);
        let text = error.map_err(|error| error.to_string());
        assert!(text.is_err_and(|text| !text.contains("hidden")));
    }
}
