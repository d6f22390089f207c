//! The width of the terminal, and texts in lines that fit.

use crate::repl::guide::markdown::Look;
use crate::repl::output::fold;

/// A message, or a table of the sandbox's own, in lines that fit, if there is a terminal.
pub fn fitted(text: &str) -> String {
    columns().map_or_else(|| text.to_owned(), |width| fold::fold(text, width))
}

/// A message of the sandbox itself, in the same way.
pub fn fitted_message(text: &str) -> String {
    columns().map_or_else(|| text.to_owned(), |width| fold::message(text, width))
}

/// A text of the sandbox itself, in lines that fit the terminal.
pub(crate) fn folded(text: &str) -> String {
    fold::fold(text, look(false).width)
}

/// The look of help on the terminal.
pub fn look(color: bool) -> Look {
    let width = columns().unwrap_or(fold::WIDEST).min(fold::WIDEST);
    Look { width, color }
}

/// The current width of the terminal; `None` without a terminal, where lines may have any length.
pub(crate) fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
}
