//! Splits a text into words, even while the text grows.

use crate::open_json::{JsonRead, OpenJson};
use crate::repl::input::words::parts::{Unfinished, Word, is_redirection};
use crate::repl::input::words::steps;
use crate::repl::input::words::word::OpenWord;
use crate::text;

/// Splits a growing text until it is complete. Each part is read once, so the time is linear in the length of the text, not
/// quadratic.
#[derive(Debug, Default)]
pub struct Splitter {
    words: Vec<Word>,
    /// The start of the incomplete word, or the end of the last one.
    at: usize,
    open: Option<Open>,
    /// Whether the rest is a redirection.
    is_redirected: bool,
}

/// What is incomplete.
#[derive(Debug)]
enum Open {
    Word(OpenWord),
    /// It may be a JSON object or list.
    Value(OpenJson),
    /// A document that may be quoted as a whole.
    Quoted(OpenWord),
    Document(OpenJson),
}

impl Splitter {
    /// Splits `text`, as [`split`] does. After an incomplete text, `text` must start with the text of the last call.
    ///
    /// [`split`]: crate::repl::input::words::split
    pub fn split(
        &mut self,
        text: &str,
        mut rest_is_next: impl FnMut(&[Word], &str) -> bool,
    ) -> Result<Vec<Word>, Unfinished> {
        loop {
            let open = match self.open.take() {
                Some(open) => open,
                None => match self.begin(text, &mut rest_is_next)? {
                    Some(open) => open,
                    None => return Ok(std::mem::take(self).words),
                },
            };
            self.read(open, &text[self.at..])?;
        }
    }

    /// Begins the next word; `None` at the end.
    fn begin(
        &mut self,
        text: &str,
        rest_is_next: impl FnOnce(&[Word], &str) -> bool,
    ) -> Result<Option<Open>, Unfinished> {
        let rest = behind_gap(&text[self.at..]);
        self.is_redirected |= rest.starts_with(is_redirection);
        let rest = if self.is_redirected {
            rest.trim_start_matches(|c: char| c.is_whitespace() || is_redirection(c))
        } else {
            rest
        };
        self.at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        if rest == "\\" {
            return Err(Unfinished::Backslash);
        }
        let is_word = self.is_redirected || self.words.is_empty();
        let is_document = !is_word && rest_is_next(&self.words, rest);
        // Text that is pasted from a file may start with a byte order mark, as files do.
        let rest = if is_document || self.words.is_empty() {
            text::unmarked(rest)
        } else {
            rest
        };
        self.at = text.len() - rest.len();
        if is_document {
            return Ok(Some(match rest.chars().next().unwrap_or(first) {
                '@' => Open::Word(OpenWord::of_file()),
                '\'' | '"' => Open::Quoted(OpenWord::default()),
                _ => Open::Document(OpenJson::default()),
            }));
        }
        let is_behind_flag = self
            .words
            .last()
            .is_some_and(|word| word.text.starts_with("--"));
        let is_value =
            !is_word && matches!(first, '{' | '[') && (is_behind_flag || has_names_or_texts(rest));
        Ok(Some(if is_value {
            Open::Value(OpenJson::default())
        } else {
            Open::Word(OpenWord::default())
        }))
    }

    /// Continues to read `rest`, which starts with the incomplete part.
    fn read(&mut self, open: Open, rest: &str) -> Result<(), Unfinished> {
        match open {
            Open::Word(mut word) => match word.read(rest) {
                Ok((text, len)) => self.end(text, len),
                Err(unfinished) => return Err(self.wait(Open::Word(word), unfinished)),
            },
            Open::Quoted(mut word) => match word.read(rest) {
                Ok((text, len)) if is_shell_quoted(&text, rest) && ends_document(&rest[len..]) => {
                    self.end(text, len);
                }
                Ok(_) => self.open = Some(Open::Document(OpenJson::default())),
                Err(unfinished) => return Err(self.wait(Open::Quoted(word), unfinished)),
            },
            Open::Value(mut json) => match read_json(&mut json, rest) {
                JsonRead::Ended(len) if ends_value(&rest[len..]) => {
                    self.end(rest[..len].to_owned(), len);
                }
                JsonRead::Open => {
                    return Err(self.wait(Open::Value(json), Unfinished::Json { at: 0 }));
                }
                _ => match mistaken_len(rest, json.read_len()) {
                    Some(len) => self.end(rest[..len].to_owned(), len),
                    None => self.open = Some(Open::Word(OpenWord::default())),
                },
            },
            Open::Document(mut json) => match read_json(&mut json, rest) {
                JsonRead::Ended(len) if ends_document(&rest[len..]) => {
                    self.end(rest[..len].to_owned(), len);
                }
                JsonRead::Open => {
                    return Err(self.wait(Open::Document(json), Unfinished::Json { at: 0 }));
                }
                _ => {
                    let all = rest[..document_len(rest)].trim_end();
                    self.end(all.to_owned(), all.len());
                }
            },
        }
        Ok(())
    }

    fn end(&mut self, text: String, len: usize) {
        let span = self.at..self.at + len;
        self.at = span.end;
        if !self.is_redirected {
            self.words.push(Word { text, span });
        }
    }

    fn wait(&mut self, open: Open, unfinished: Unfinished) -> Unfinished {
        self.open = Some(open);
        unfinished.moved_by(self.at)
    }
}

/// Whether the quotes around a document are the shell's. Double quotes also make a JSON string, so they are the shell's only
/// around an object or an array.
fn is_shell_quoted(text: &str, document: &str) -> bool {
    document.starts_with('\'') || text.trim_start().starts_with(['{', '['])
}

/// The text behind white space and continued line ends.
fn behind_gap(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let Some(next) = text.strip_prefix("\\\n") else {
            return text;
        };
        text = next;
    }
}

/// Whether a document ends before this: before the end, flags, a redirection, or a continued line end.
fn ends_document(behind: &str) -> bool {
    let next = behind.trim_start();
    let starts_flags = next.starts_with("--") && next.len() < behind.len();
    let is_continued = next == "\\" || next.starts_with("\\\n");
    next.is_empty() || starts_flags || is_continued || next.starts_with(is_redirection)
}

/// The length of a flag's value that was meant as an object, as its brackets show, but is not JSON: it is kept as it is, so
/// that the user recognises it. `None` if it is a word like any other. It ends before the next flag, or with the line of the
/// mistake, which is at `at`: a command that is typed line by line need not be completed once it cannot become JSON.
fn mistaken_len(rest: &str, at: usize) -> Option<usize> {
    let end = rest[at..].find('\n').map_or(rest.len(), |end| at + end);
    let rest = &rest[..end];
    let (mut depth, mut is_over, mut is_string, mut chars) =
        (0_usize, false, false, rest.char_indices());
    while let Some((at, c)) = chars.next() {
        steps::count(1);
        match c {
            '\\' if is_string => drop(chars.next()),
            '"' | '\'' | '\\' if is_over => return None,
            '"' => is_string = !is_string,
            _ if is_string => {}
            '-' if depth > 0 && begins_flag(&rest[..at], &rest[at..]) => {
                return Some(rest[..at].trim_end().len());
            }
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && ends_value(&rest[at..]) => return Some(at),
            _ => {}
        }
        is_over |= depth == 0;
    }
    // A string does not continue on the next line.
    (is_over || is_string || has_names_or_texts(rest)).then_some(rest.len())
}

/// The length of a document that is not JSON: all of it, so that the message shows it, unless flags follow a word.
fn document_len(rest: &str) -> usize {
    if rest.starts_with(['{', '[', '"', '\'']) {
        return rest.len();
    }
    let flags = rest.match_indices("--").map(|(at, _)| at);
    let mut flags = flags.filter(|at| begins_flag(&rest[..*at], &rest[*at..]));
    flags.next().unwrap_or(rest.len())
}

/// Whether a quote follows the first brackets, as in JSON only.
fn has_names_or_texts(rest: &str) -> bool {
    let inside = rest.trim_start_matches(|c: char| matches!(c, '{' | '[') || c.is_whitespace());
    inside.starts_with('"')
}

/// Whether a flag begins behind `before`.
fn begins_flag(before: &str, behind: &str) -> bool {
    let name = behind.strip_prefix("--");
    before.ends_with(char::is_whitespace)
        && name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether the value of a flag ends before this.
fn ends_value(behind: &str) -> bool {
    behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || is_redirection(c))
}

/// Continues to read a JSON value, and counts the steps.
fn read_json(json: &mut OpenJson, rest: &str) -> JsonRead {
    let before = json.read_len();
    let read = json.read(rest);
    steps::count(json.read_len() - before);
    read
}
