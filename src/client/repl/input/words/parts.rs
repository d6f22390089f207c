//! A word, and why a text is incomplete.

use std::ops::Range;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its text, without quotes and backslashes.
    pub text: String,
    /// Its place in the line, in bytes, with quotes.
    pub span: Range<usize>,
}

/// Why a text cannot be the end of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// A quote is not closed.
    #[error("the quote {quote} is not closed")]
    Quote {
        /// `'` or `"`.
        quote: char,
        /// Its place, in bytes.
        at: usize,
    },
    /// A backslash is the last character.
    #[error("nothing follows the last backslash")]
    Backslash,
    /// A JSON value is not complete.
    #[error("the JSON value is not complete")]
    Json {
        /// Its start, in bytes.
        at: usize,
    },
}

/// Whether a redirection begins with this character, which ends the words.
pub(crate) fn is_redirection(c: char) -> bool {
    matches!(c, '|' | '>')
}

impl Unfinished {
    /// The same for a text that has `offset` more bytes at its start.
    pub(crate) fn moved_by(self, offset: usize) -> Self {
        match self {
            Self::Quote { quote, at } => Self::Quote {
                quote,
                at: at + offset,
            },
            Self::Json { at } => Self::Json { at: at + offset },
            Self::Backslash => self,
        }
    }
}
