//! Whether a job document is JSON, and where it is not.

use crate::repl::input::command::error::CommandError;
use crate::repl::input::excerpt::excerpt;

/// Whether a document is JSON; the error shows the place where it is not.
pub fn check_document(document: &str) -> Result<(), CommandError> {
    if document.trim().is_empty() {
        return Err(CommandError::EmptyDocument);
    }
    let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(document) else {
        return Ok(());
    };
    let line = document.lines().nth(error.line().saturating_sub(1));
    Err(CommandError::Document {
        reason: error.to_string(),
        excerpt: excerpt(line.unwrap_or_default(), error.column()),
    })
}
