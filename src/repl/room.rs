//! How wide the terminal is, and texts in lines that fit there.

use crate::repl::guide::markdown::Look;
use crate::repl::output::fold;

/// A message, or a table of the sandbox's own, in lines that fit, if there is a terminal.
pub(crate) fn fitted(text: &str) -> String {
    columns().map_or_else(|| text.to_owned(), |width| fold::fold(text, width))
}

/// A message of the sandbox itself; likewise.
pub(crate) fn fitted_message(text: &str) -> String {
    columns().map_or_else(|| text.to_owned(), |width| fold::message(text, width))
}

/// What the sandbox itself says, in lines that fit on the terminal.
pub(crate) fn folded(text: &str) -> String {
    fold::fold(text, look(false).width)
}

/// How help looks on the terminal.
pub(crate) fn look(color: bool) -> Look {
    let width = columns().unwrap_or(fold::WIDEST).min(fold::WIDEST);
    Look { width, color }
}

/// How wide the terminal is now; elsewhere lines may have any length.
pub(crate) fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
}
