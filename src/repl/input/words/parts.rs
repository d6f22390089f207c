//! A word, and why a text does not end with one.

use std::ops::Range;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says, without quotes and backslashes.
    pub text: String,
    /// Where it stands in the line, in bytes, quotes included.
    pub span: Range<usize>,
}

/// Why a text does not end where a command could end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// A quote was opened and not closed.
    #[error("the quote {quote} is not closed")]
    Quote {
        /// `'` or `"`.
        quote: char,
        /// Where it stands, in bytes.
        at: usize,
    },
    /// Nothing follows the last backslash.
    #[error("nothing follows the last backslash")]
    Backslash,
    /// A JSON value has begun and not ended.
    #[error("the JSON value is not complete")]
    Json {
        /// Where it begins, in bytes.
        at: usize,
    },
}

/// Whether words end here, since a redirection begins.
pub(crate) fn is_redirection(c: char) -> bool {
    matches!(c, '|' | '>')
}

impl Unfinished {
    /// The same within a text that has `offset` bytes before this one.
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
