//! Whether a job document is JSON, and where it is not.

use serde::de::IgnoredAny;

use crate::excerpt::excerpt;
use crate::not_json;
use crate::repl::input::command::error::CommandError;

/// Whether a document is JSON; the error shows the place where it is not.
pub fn check_document(document: &str) -> Result<(), CommandError> {
    if document.trim().is_empty() {
        return Err(CommandError::EmptyDocument);
    }
    let Err(wrong) = not_json::read::<IgnoredAny>(document) else {
        return Ok(());
    };
    let (what, hint) = match path(document) {
        Some(path) => (
            "it looks like a path".to_owned(),
            format!("a file is given as `@{path}`"),
        ),
        None => (wrong.what, wrong.hint),
    };
    let excerpt = excerpt(document, wrong.place);
    Err(CommandError::Document {
        what,
        excerpt,
        hint,
    })
}

/// What may be the path of a file, if a document looks like one.
fn path(document: &str) -> Option<&str> {
    let path = document.trim();
    let is_json = path.starts_with(['{', '[', '"', '\'']);
    let has_type = [".json", ".jsn", ".txt"]
        .iter()
        .any(|end| path.ends_with(end));
    let is_path = has_type || path.contains(['/', '\\']);
    (is_path && !is_json && !path.contains(char::is_whitespace)).then_some(path)
}
