//! The result of reading a line.

use crate::repl::editor::compose::ComposeError;
use crate::repl::input::words::{MAX_LINE_BYTES, Word};

/// The result of reading a line.
#[derive(Debug)]
pub enum EditorInput {
    /// One command, blank lines and comments included.
    Line {
        /// The number of its first line in the input, or of the command on a terminal; from 1.
        number: usize,
        /// Its lines, joined by newlines.
        text: String,
        /// The words in them.
        words: Vec<Word>,
    },
    /// Ctrl-C: the typed line is dropped.
    Interrupted {
        /// Whether the line was empty.
        was_empty: bool,
    },
    /// Ctrl-X Ctrl-E: the line as changed in the user's editor is at the next prompt.
    Edited,
    /// Ctrl-D on an empty line, the end of the input, or the end of the output. The caller must stop reading.
    End,
    /// A line could not be read. Further lines may be.
    Failed(EditorError),
}

/// Why a line could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// The line is skipped.
    #[error("line {number} {why}")]
    Line {
        /// The number of its first line, from 1.
        number: usize,
        /// The start of the line.
        begin: String,
        why: Unreadable,
    },
    /// The user's editor returned no text. The line is at the next prompt.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The terminal or the input failed; the end follows.
    #[error("cannot read the next line: {0}")]
    Io(#[source] std::io::Error),
}

/// Why a line is not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_LINE_BYTES`], continuation lines included.
    #[error(
        "is longer than {MAX_LINE_BYTES} bytes\nhint: AWS accepts documents of at most 32768 bytes"
    )]
    TooLong,
    #[error("is not UTF-8\nhint: save the script as UTF-8")]
    NotUtf8,
    /// The input ended within a quote or a JSON value.
    #[error(
        "begins a command that is not complete\nhint: a quote or a bracket is open; `help quoting` explains how lines are read"
    )]
    Unfinished,
}

/// The longest start of a line that is kept for its error, in bytes.
const MAX_BEGIN_BYTES: usize = 256;

impl EditorError {
    /// The error of a line that starts with this text.
    pub(crate) fn line(number: usize, line: &str, why: Unreadable) -> Self {
        let begin = line[..line.floor_char_boundary(MAX_BEGIN_BYTES)].to_owned();
        Self::Line { number, begin, why }
    }
}
