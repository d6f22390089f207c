//! One word, read while the text grows.

use crate::repl::input::words::parts::{Unfinished, is_redirection};
use crate::repl::input::words::steps;

/// An incomplete word.
#[derive(Debug, Default)]
pub(crate) struct OpenWord {
    /// Its text so far, without quotes and backslashes.
    said: String,
    /// The open quote, and its place.
    quote: Option<(char, usize)>,
    /// The number of bytes that have been read.
    read: usize,
    /// Whether it is the path of a file, possibly a Windows path.
    is_path: bool,
}

impl OpenWord {
    /// `@` and the path of a file.
    pub(crate) fn of_file() -> Self {
        Self {
            is_path: true,
            ..Self::default()
        }
    }

    /// Continues to read `text`, which starts with the word. Returns the text of the word, and its length in bytes.
    pub(crate) fn read(&mut self, text: &str) -> Result<(String, usize), Unfinished> {
        while let Some(c) = text[self.read..].chars().next() {
            steps::count(1);
            let mut len = c.len_utf8();
            match (self.quote, c) {
                (Some((open, _)), c) if c == open => self.quote = None,
                (None, '\'' | '"') => self.quote = Some((c, self.read)),
                (None | Some(('"', _)), '\\') => match text[self.read + len..].chars().next() {
                    // The rest may be on the next line.
                    None => break,
                    Some(escaped) => {
                        len += escaped.len_utf8();
                        self.escaped(escaped);
                    }
                },
                (None, c) if c.is_whitespace() || is_redirection(c) => return Ok(self.end()),
                (_, c) => self.said.push(c),
            }
            self.read += len;
        }
        match self.quote {
            Some((quote, at)) => Err(Unfinished::Quote { quote, at }),
            None if self.read < text.len() => Err(Unfinished::Backslash),
            None => Ok(self.end()),
        }
    }

    fn escaped(&mut self, c: char) {
        self.is_path |= is_drive(&self.said);
        let is_special = |c: char| c.is_whitespace() || is_redirection(c) || "'\"\\".contains(c);
        match (self.quote, c) {
            (_, '\n') => {}
            // Two backslashes start the path of a network share.
            (_, '\\') if self.is_path && self.said == "@" => self.said.push_str(r"\\"),
            (None, c) if self.is_path && !is_special(c) => self.said.extend(['\\', c]),
            (None, c) | (_, c @ ('"' | '\\' | '$' | '`')) => self.said.push(c),
            (_, c) => self.said.extend(['\\', c]),
        }
    }

    fn end(&mut self) -> (String, usize) {
        (std::mem::take(&mut self.said), self.read)
    }
}

/// Whether a backslash continues a Windows path: `C:`, or `@C:`.
fn is_drive(said: &str) -> bool {
    let said = said.strip_prefix('@').unwrap_or(said);
    matches!(said.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}
