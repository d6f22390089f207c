//! The place in a text that is wrong, shown with a caret below it. Pure.

use crate::redact;

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
    format!(
        "  {}\n  {:indent$}^",
        shown.replace(char::is_control, " "),
        ""
    )
}
