//! Why a job document is refused, in words that may be shown and reported.

use crate::{redact, text};

/// The most characters of a value in the text of a refusal.
const SHOWN_CHARACTERS: usize = 64;

/// Why a job document does not become steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has neither schema. Another program may know it.
    #[error("not a job document of the AWS IoT Device Client: {0}")]
    Unknown(String),
    /// It has a schema, but asks for what is wrong or not allowed.
    #[error("`{member}` {problem}")]
    Refused {
        /// Where it stands, such as `steps[0].action.input.handler`.
        member: String,
        /// A predicate whose subject is the member.
        problem: String,
    },
}

/// A value of a document, as the text of a refusal shows it.
pub fn shown(value: &str) -> String {
    safe(value, SHOWN_CHARACTERS)
}

/// A text without secrets and hidden characters, cut if it is longer.
pub fn safe(value: &str, most: usize) -> String {
    text::shorten(&text::sanitize(&redact::signatures(value)), most)
}
