//! The place of the typed line on the screen. Pure.

use unicode_width::UnicodeWidthChar;

/// The width of a tab, as rustyline has it.
const TAB_STOP: usize = 8;

/// The rows that a prompt and a line take, counted from that of the prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The row of the cursor.
    pub(crate) cursor: usize,
    /// The last row.
    pub(crate) end: usize,
    /// The column behind the end.
    pub(crate) end_col: usize,
}

impl Extent {
    /// The extent of a line with the cursor at byte `pos` and a hint behind it, on a screen with this many columns.
    pub(crate) fn of(prompt: &str, line: &str, pos: usize, hint: &str, cols: usize) -> Self {
        let begin = behind((0, 0), prompt, cols);
        let (cursor, _) = behind(begin, &line[..line.floor_char_boundary(pos)], cols);
        let (end, end_col) = behind(behind(begin, line, cols), hint, cols);
        Self {
            cursor,
            end,
            end_col,
        }
    }

    /// Whether a screen with this many rows is too low for it.
    pub(crate) fn is_taller_than(self, rows: usize) -> bool {
        self.end >= rows
    }

    /// Whether the cursor is above a screen with this many rows that shows the end.
    pub(crate) fn is_cursor_above(self, rows: usize) -> bool {
        self.cursor + rows <= self.end
    }
}

/// Row and column behind a text that begins at these.
fn behind((mut row, mut col): (usize, usize), text: &str, cols: usize) -> (usize, usize) {
    for c in text.chars() {
        let width = match c {
            '\n' => {
                (row, col) = (row + 1, 0);
                continue;
            }
            '\t' => TAB_STOP - col % TAB_STOP,
            c => c.width().unwrap_or(0),
        };
        col += width;
        if col > cols {
            (row, col) = (row + 1, width);
        }
    }
    if col == cols {
        (row + 1, 0)
    } else {
        (row, col)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_as_a_terminal_wraps() {
        for (line, pos, hint, cols, expected) in [
            ("", 0, "", 10, (0, 0, 2)),
            ("abc", 1, "", 10, (0, 0, 5)),
            ("abcdefgh", 8, "", 10, (1, 1, 0)),
            ("abcdefghi", 0, "", 10, (0, 1, 1)),
            ("a\nb\nc", 3, "", 10, (1, 2, 1)),
            ("abc", 3, "defghi", 10, (0, 1, 1)),
            ("作業作業作業", 12, "", 10, (1, 1, 4)),
            ("a\tb", 3, "", 20, (0, 0, 9)),
        ] {
            let extent = Extent::of("> ", line, pos, hint, cols);
            let (cursor, end, end_col) = expected;
            let expected = Extent {
                cursor,
                end,
                end_col,
            };
            assert_eq!(extent, expected, "{line:?}");
        }
    }

    #[test]
    fn a_screen_shows_the_end_of_a_tall_line() {
        let line = "\n".repeat(41);
        let of = |pos| Extent::of("> ", &line, pos, "", 80);
        assert!(of(0).is_taller_than(24) && !of(0).is_taller_than(42));
        assert!(of(17).is_cursor_above(24));
        assert!(!of(18).is_cursor_above(24));
    }
}
