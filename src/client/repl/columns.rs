//! How wide a text is on a terminal.

use unicode_width::UnicodeWidthChar as _;

/// The width of a line in terminal columns.
pub fn columns_of(line: &str) -> usize {
    line.chars().map(|c| c.width().unwrap_or(0)).sum()
}
