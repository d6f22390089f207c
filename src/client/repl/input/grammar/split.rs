//! Splits a line into words, depending on what each command takes.

use crate::repl::input::grammar::args::{is_document, known_flag, takes_value};
use crate::repl::input::grammar::aws::{AWS, AwsService};
use crate::repl::input::grammar::progress::{NextWord, TypedWords};
use crate::repl::input::grammar::table::{entry, takes_command};
use crate::repl::input::words::{self, Splitter, Unfinished, Word, steps};

/// Where the inner line begins in `explain`, `watch` and `aws iot`, in bytes: these take another command, whose line is read
/// like any other. `None` if the command does not take another, or if the inner one does: lines nest only once.
pub fn inner_at(line: &str) -> Option<usize> {
    match OuterWords::default().inner(line) {
        Inner::At(at) => Some(at),
        Inner::Never | Inner::NotYet => None,
    }
}

/// The name and the own flags of a command that takes another, in a growing line.
#[derive(Debug, Default)]
struct OuterWords {
    entry: Option<&'static clap::Command>,
    /// The end of the last of them.
    end: usize,
}

/// Where the inner line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    At(usize),
    Never,
    /// More of the line is needed.
    NotYet,
}

impl OuterWords {
    /// Reads the name.
    fn begin(&mut self, line: &str) -> Inner {
        let Some((name, end)) = whole_word(line, 0) else {
            return Inner::NotYet;
        };
        if name == AWS {
            return match whole_word(line, end) {
                Some((service, end)) if AwsService::named(service).is_some() => Inner::At(end),
                Some(_) => Inner::Never,
                None => Inner::NotYet,
            };
        }
        let Some(entry) = entry(name).filter(|_| takes_command(name)) else {
            return Inner::Never;
        };
        (self.entry, self.end) = (Some(entry), end);
        self.inner(line)
    }

    /// Continues to read `line`, which must start with the text of the last call.
    fn inner(&mut self, line: &str) -> Inner {
        let Some(outer) = self.entry else {
            return self.begin(line);
        };
        // Its own flags come first.
        while line[self.end..].trim_start().starts_with("--") {
            steps::count(1);
            let Some(end) = behind_flag(outer, line, self.end) else {
                return Inner::NotYet;
            };
            self.end = end;
        }
        match whole_word(line, self.end) {
            Some((name, _)) if takes_command(name) => Inner::Never,
            _ => Inner::At(self.end),
        }
    }
}

/// The end of the flag behind byte `from`, with its value; `None` if it may be incomplete.
fn behind_flag(entry: &clap::Command, line: &str, from: usize) -> Option<usize> {
    let (flag, end) = whole_word(line, from)?;
    match known_flag(entry, flag) {
        Some(arg) if takes_value(arg) => whole_word(line, end).map(|(_, end)| end),
        _ => Some(end),
    }
}

/// The word behind byte `from`, and its end; `None` if it may be incomplete.
fn whole_word(line: &str, from: usize) -> Option<(&str, usize)> {
    let begin = line.len() - line[from..].trim_start().len();
    let end = begin + line[begin..].find(char::is_whitespace)?;
    Some((&line[begin..end], end))
}

/// Splits a line. If the command takes a document, the document is one word. Unknown commands do not take a document.
pub fn split(line: &str) -> Result<Vec<Word>, Unfinished> {
    LineSplitter::default().split(line)
}

/// Splits a growing line until it is complete, and reads each part once.
#[derive(Debug, Default)]
pub struct LineSplitter {
    outer: Outer,
    splitter: Splitter,
    before: BeforeDocument,
}

#[derive(Debug)]
enum Outer {
    Sought(OuterWords),
    /// The words before the inner line, which begins at this byte.
    Found(Vec<Word>, usize),
    Absent,
}

impl Default for Outer {
    fn default() -> Self {
        Self::Sought(OuterWords::default())
    }
}

impl LineSplitter {
    /// Splits `line`, as [`split`] does. After an incomplete line, `line` must start with the text of the last call.
    pub fn split(&mut self, line: &str) -> Result<Vec<Word>, Unfinished> {
        self.look_for_inner(line);
        let begin = match &self.outer {
            Outer::Found(_, begin) => *begin,
            Outer::Sought(_) | Outer::Absent => 0,
        };
        let is_over = |words: &[Word], rest: &str| self.before.is_over(words, rest);
        let split = self.splitter.split(&line[begin..], is_over);
        let split = split.map_err(|unfinished| unfinished.moved_by(begin))?;
        let Outer::Found(mut words, _) = std::mem::take(&mut self.outer) else {
            return Ok(split);
        };
        words.extend(split.into_iter().map(|word| Word {
            text: word.text,
            span: word.span.start + begin..word.span.end + begin,
        }));
        Ok(words)
    }

    /// Starts again at the inner line, once its place is known.
    fn look_for_inner(&mut self, line: &str) {
        let Outer::Sought(outer) = &mut self.outer else {
            return;
        };
        match outer.inner(line) {
            Inner::NotYet => {}
            Inner::Never => self.outer = Outer::Absent,
            Inner::At(at) => match words::split(&line[..at], |_, _| false) {
                Ok(words) => {
                    *self = Self {
                        outer: Outer::Found(words, at),
                        ..Self::default()
                    };
                }
                // A quote extends beyond it.
                Err(_) => self.outer = Outer::Absent,
            },
        }
    }
}

/// The words before a document, read as they come.
#[derive(Debug, Default)]
pub(crate) struct BeforeDocument {
    typed: Option<TypedWords<'static>>,
    /// The number of words that have been read.
    seen: usize,
}

impl BeforeDocument {
    /// Whether the document comes next, at the start of `rest`.
    pub(crate) fn is_over(&mut self, words: &[Word], rest: &str) -> bool {
        if let (0, Some(name)) = (self.seen, words.first()) {
            self.typed = entry(&name.text).map(TypedWords::new);
            self.seen = 1;
        }
        let Some(typed) = &mut self.typed else {
            return false;
        };
        typed.add(&words[self.seen..]);
        self.seen = words.len();
        match typed.progress().next() {
            NextWord::Positional(arg) => {
                is_document(arg) && !rest.starts_with("--") && !typed.is_further_value(rest)
            }
            NextWord::Value(_) | NextWord::End => false,
        }
    }
}
