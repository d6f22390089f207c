//! Why AWS credentials are missing, and what to do about it. Pure.

use std::error::Error;

use crate::{redact, text};

/// The most characters of a cause that are shown.
const LONGEST: usize = 300;

/// Why credentials are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct MissingCredentials {
    /// One line, without characters that could control the terminal.
    pub cause: String,
    /// What to do next.
    pub next: String,
}

/// What the SDK writes around a cause.
const AROUND: [&str; 8] = [
    "ProfileFile provider could not be built: ",
    "Error retrieving credentials: ",
    "the credential provider was not enabled",
    "the credentials provider was not properly configured",
    "an error occurred while loading credentials",
    "an error occurred while loading an access token",
    "unexpected credentials error",
    "could not parse profile file",
];

/// What the SDK writes about a profile of `aws login`, and its meaning.
const LOGIN: &str = "credentials-login";
const LOGIN_SESSION: &str =
    "the profile has a login session (of `aws login`), which only the AWS CLI can use";

/// Parts of the SDK's messages, in lower case, and the next step; the first match counts.
const NEXT: [(&[&str], &str); 13] = [
    (&["is not utf-8"], "save the file as UTF-8"),
    (
        &["profile", "was not defined"],
        "`aws configure list-profiles` prints the profiles; set AWS_PROFILE, or aws-profile where that is used, to one of them",
    ),
    (
        &["error parsing"],
        "correct the file, or set AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to another",
    ),
    (
        &["could not read file"],
        "check the file, or set AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to another",
    ),
    (
        &["sso-session named"],
        "complete the profile: aws configure sso{profile}",
    ),
    (&["sso"], "sign in: aws sso login{profile}"),
    (
        &["login session"],
        "set the variables that this prints: aws configure export-credentials --format env{profile}",
    ),
    (
        &["process"],
        "run the credential_process of the profile by hand to see what it needs",
    ),
    (
        &["web_identity_token_file"],
        "check AWS_WEB_IDENTITY_TOKEN_FILE, or the profile",
    ),
    (
        &["infinite loop"],
        "remove the circular source_profile from the profiles",
    ),
    (
        &["assume"],
        "check the role and its trust policy; `aws sts get-caller-identity{profile}` tries it",
    ),
    (&["expired"], "get new credentials, and retry the command"),
    (&["profile"], "complete the profile: aws configure{profile}"),
];

/// The next step if the cause is unknown.
const USUAL_NEXT: &str = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

impl MissingCredentials {
    /// No source has credentials; `reason` is why the profile does not have any, if known.
    pub(crate) fn nowhere(reason: Option<&(dyn Error + 'static)>, profile: Option<&str>) -> Self {
        if let Some(reason) = reason {
            return Self::failed(reason, profile);
        }
        let (of_profile, next) = match profile {
            Some(name) => (
                format!("in the profile `{}`", text::sanitize(name)),
                next_for("profile", profile),
            ),
            None => ("in a profile".to_owned(), USUAL_NEXT.to_owned()),
        };
        Self {
            cause: format!(
                "none found in the environment, {of_profile}, or from the role of this machine"
            ),
            next,
        }
    }

    /// A source failed to provide its credentials.
    pub(crate) fn failed(error: &(dyn Error + 'static), profile: Option<&str>) -> Self {
        let cause = words(error);
        if cause.is_empty() {
            // The SDK has no words for a profile without any file of profiles.
            return Self::nowhere(None, profile);
        }
        let next = next_for(&cause, profile);
        Self { cause, next }
    }

    /// The source did not respond in time.
    pub(crate) fn late() -> Self {
        Self {
            cause: "their source did not respond in time".to_owned(),
            next: "raise --timeout, or check where the profile gets its credentials".to_owned(),
        }
    }
}

/// The causes in one line, from the outermost to the innermost, each once.
fn words(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let mut line = error.to_string();
        if error.is::<std::io::Error>() && said.is_empty() {
            // The only file that the SDK does not name.
            line.insert_str(0, "cannot read the file of web_identity_token_file: ");
        }
        for around in AROUND {
            line = line.replace(around, "");
        }
        if line.contains(LOGIN) {
            LOGIN_SESSION.clone_into(&mut line);
        }
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.trim_end_matches(" Stderr:").to_owned();
        if !line.is_empty() && !said.iter().any(|before| before.contains(&line)) {
            said.push(line);
        }
        next = error.source();
    }
    let said = said.join(": ");
    // The requested profile, not one that it refers to.
    let said = match said.split_once(": could not find source profile") {
        Some((before, rest)) if rest.ends_with("the root profile") => before,
        _ => &said,
    };
    text::shorten(&text::sanitize(&redact::signatures(said)), LONGEST)
}

fn next_for(cause: &str, profile: Option<&str>) -> String {
    let cause = cause.to_lowercase();
    let found = NEXT
        .iter()
        .find(|(signs, _)| signs.iter().all(|sign| cause.contains(sign)));
    let next = found.map_or(USUAL_NEXT, |(_, next)| next);
    let profile = profile.map_or_else(String::new, |name| {
        format!(" --profile {}", text::sanitize(&text::quote(name)))
    });
    next.replace("{profile}", &profile)
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::error::CredentialsError;

    use super::*;

    #[test]
    fn a_failure_keeps_its_words_and_gets_a_step_that_fits() {
        let text = |text: &str| CredentialsError::provider_error(text.to_owned());
        for (error, cause, next) in [
            (
                text(
                    "profile `staging` was not defined: could not find source profile staging referenced from the root profile",
                ),
                "profile `staging` was not defined",
                "`aws configure list-profiles` prints the profiles; set AWS_PROFILE, or aws-profile where that is used, to one of them",
            ),
            (
                text(
                    "ProfileFile provider could not be built: invalid credential source in `half`: profile missing aws_secret_access_key",
                ),
                "invalid credential source in `half`: profile missing aws_secret_access_key",
                "complete the profile: aws configure --profile 'my dev'",
            ),
            (
                text("error parsing ~/.aws/config on line 3:\n  Expected an '=' sign"),
                "error parsing ~/.aws/config on line 3: Expected an '=' sign",
                "correct the file, or set AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE to another",
            ),
            (
                text("the SSO token has expired and cannot be refreshed"),
                "the SSO token has expired and cannot be refreshed",
                "sign in: aws sso login --profile 'my dev'",
            ),
            (
                text("external process exited with code exit status: 7. Stderr: sealed\u{1b}[2J"),
                "external process exited with code exit status: 7. Stderr: sealed\\u001b[2J",
                "run the credential_process of the profile by hand to see what it needs",
            ),
            (
                CredentialsError::provider_error(std::io::Error::other("gone")),
                "cannot read the file of web_identity_token_file: gone",
                "check AWS_WEB_IDENTITY_TOKEN_FILE, or the profile",
            ),
            (
                text("the credential provider was not enabled"),
                "none found in the environment, in the profile `my dev`, or from the role of this machine",
                "complete the profile: aws configure --profile 'my dev'",
            ),
            (
                text("boom"),
                "boom",
                "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
        ] {
            let missing = MissingCredentials::failed(&error, Some("my dev"));
            assert_eq!(
                (missing.cause.as_str(), missing.next.as_str()),
                (cause, next)
            );
        }
    }

    #[test]
    fn places_that_have_nothing_are_named() {
        for (profile, cause, next) in [
            (
                None,
                "none found in the environment, in a profile, or from the role of this machine",
                USUAL_NEXT,
            ),
            (
                Some("dev"),
                "none found in the environment, in the profile `dev`, or from the role of this machine",
                "complete the profile: aws configure --profile dev",
            ),
        ] {
            let missing = MissingCredentials::nowhere(None, profile);
            assert_eq!(
                (missing.cause.as_str(), missing.next.as_str()),
                (cause, next)
            );
        }
    }
}
