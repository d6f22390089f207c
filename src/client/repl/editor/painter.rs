//! Where the line editor has painted, so that it repaints in the right place after the terminal was resized or used by
//! another program.
//!
//! Rustyline erases as many rows as the line had at the old width, although the terminal has rewrapped the line: too many,
//! or too few. It asks for the hint before it erases; at that moment the cursor is moved to where the result is right.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::repl::editor::extent::Extent;

/// Shared by the helper of rustyline, the keys and the signals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Painter(Arc<Mutex<Painted>>);

#[derive(Debug, Default)]
struct Painted {
    prompt: String,
    /// The columns of the screen at the last painting; `None` while no line is typed.
    cols: Option<usize>,
    line: String,
    pos: usize,
    hint: String,
}

impl Painted {
    fn extent(&self, cols: usize) -> Extent {
        Extent::of(&self.prompt, &self.line, self.pos, &self.hint, cols)
    }
}

impl Painter {
    fn painted(&self) -> MutexGuard<'_, Painted> {
        // After a panic elsewhere, only the place of the line can be wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line will be typed behind this prompt.
    pub(crate) fn begin(&self, prompt: &str) {
        let mut painted = self.painted();
        painted.cols = None;
        prompt.clone_into(&mut painted.prompt);
    }

    /// The line is no longer being typed.
    pub(crate) fn end(&self) {
        self.painted().cols = None;
    }

    /// Called before each painting, for every key: the line is measured only if necessary.
    pub(crate) fn paint(&self, line: &str, pos: usize, hint: &str) {
        let (cols, _) = size();
        let mut painted = self.painted();
        line.clone_into(&mut painted.line);
        painted.pos = pos;
        if let Some(before) = painted.cols.filter(|before| *before != cols) {
            let erased = painted.extent(before);
            // Otherwise rustyline does not erase.
            if erased.end > 0 || erased.end_col >= cols {
                let cursor = if wraps_anew() {
                    painted.extent(cols).cursor
                } else {
                    erased.cursor
                };
                write(&[up(cursor), "\r\x1b[J".to_owned(), room(erased)].concat());
            }
        }
        painted.cols = Some(cols);
        hint.clone_into(&mut painted.hint);
    }

    /// The extent of the line with the cursor at byte `pos`, and the rows of the screen.
    pub(crate) fn look(&self, line: &str, pos: usize) -> (Extent, usize) {
        let (cols, rows) = size();
        let painted = self.painted();
        (Extent::of(&painted.prompt, line, pos, "", cols), rows)
    }

    /// Makes room for the line on new rows, after another program has used the terminal. Returns false if no line is being
    /// typed.
    pub(crate) fn make_room(&self) -> bool {
        let painted = self.painted();
        let Some(cols) = painted.cols else {
            return false;
        };
        write(&["\r".to_owned(), room(painted.extent(cols))].concat());
        true
    }
}

/// Moves down to where rustyline expects the cursor, below the row where it will paint, so that it erases nothing above.
fn room(erased: Extent) -> String {
    let below = "\n".repeat(erased.end);
    [below, up(erased.end - erased.cursor)].concat()
}

fn up(rows: usize) -> String {
    match rows {
        0 => String::new(),
        rows => format!("\x1b[{rows}A"),
    }
}

/// Writes to the terminal at once, as rustyline does.
fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // If this fails, the terminal is gone, and reading from it will fail.
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    terminal_size::terminal_size_of(std::io::stdout()).map_or((80, usize::MAX), |(cols, rows)| {
        match (cols.0, rows.0) {
            (0, rows) => (80, usize::from(rows)),
            (cols, rows) => (usize::from(cols), usize::from(rows)),
        }
    })
}

/// Whether the terminal rewraps lines when it is resized, as most do. `XTERM_VERSION` is set by xterm, `STY` by GNU Screen.
fn wraps_anew() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    let is_old = ["linux", "vt", "rxvt"]
        .iter()
        .any(|old| term.starts_with(old));
    let is_named = ["XTERM_VERSION", "STY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    !is_old && !is_named
}
