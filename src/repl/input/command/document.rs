//! Whether a job document is JSON, and where it is not.

use crate::redact;
use crate::repl::input::command::CommandError;
use crate::text;

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

/// How much of a long line is shown on each side of the place.
pub(crate) const EXCERPT_CHARS: usize = 30;

/// The line around byte `column` (from 1), and a caret under that place. What is cut off of a presigned URL must not leave a
/// signature without its name, so signatures go first.
pub(crate) fn excerpt(line: &str, column: usize) -> String {
    let place = line.floor_char_boundary(column.saturating_sub(1));
    let before = redact::signatures(&line[..place]);
    let before: Vec<char> = before.chars().rev().take(EXCERPT_CHARS).collect();
    let indent = before.len();
    let after = line[place..].chars().take(EXCERPT_CHARS);
    let shown: String = before.into_iter().rev().chain(after).collect();
    // One column for what has none of its own, so that the caret stands right.
    format!("  {}\n  {:indent$}^", text::mask(&shown, ' '), "")
}
