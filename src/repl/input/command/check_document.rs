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
    let lines = document.split_inclusive('\n').map(str::len);
    let before: usize = lines.take(error.line().saturating_sub(1)).sum();
    let place = before + error.column().saturating_sub(1);
    Err(CommandError::Document {
        reason: error.to_string(),
        excerpt: excerpt(document, place.min(document.len())),
    })
}
