//! A line as words, by what each command takes.

use crate::repl::input::grammar::args::{is_document, known_flag, takes_value};
use crate::repl::input::grammar::progress::{NextWord, next};
use crate::repl::input::grammar::table::{entry, takes_command};
use crate::repl::input::words::{self, Unfinished, Word};

/// Where the line begins that another command takes, as `explain` and `watch` do, in bytes: it is a line of its own.
/// `None` if it takes none, or one that takes another: lines are not nested any deeper.
pub fn inner_at(line: &str) -> Option<usize> {
    let (name, mut at) = whole_word(line, 0)?;
    let entry = entry(name).filter(|_| takes_command(name))?;
    // Its own flags come first.
    while line[at..].trim_start().starts_with("--") {
        let (flag, end) = whole_word(line, at)?;
        at = match known_flag(entry, flag) {
            Some(arg) if takes_value(arg) => whole_word(line, end)?.1,
            _ => end,
        };
    }
    let is_nested = whole_word(line, at).is_some_and(|(name, _)| takes_command(name));
    (!is_nested).then_some(at)
}

/// The word behind byte `from`, and where it ends; `None` if more of it may follow.
fn whole_word(line: &str, from: usize) -> Option<(&str, usize)> {
    let begin = line.len() - line[from..].trim_start().len();
    let end = begin + line[begin..].find(char::is_whitespace)?;
    Some((&line[begin..end], end))
}

/// Splits a line, with the rest of it as one word where the command takes it so. An unknown command takes no rest.
pub fn split(line: &str) -> Result<Vec<Word>, Unfinished> {
    if let Some(end) = inner_at(line) {
        let mut words = words::split(&line[..end], |_, _| false)?;
        let inner = words::split(&line[end..], rest_is_next);
        let inner = inner.map_err(|unfinished| unfinished.moved_by(end))?;
        words.extend(inner.into_iter().map(|word| Word {
            text: word.text,
            span: word.span.start + end..word.span.end + end,
        }));
        return Ok(words);
    }
    words::split(line, rest_is_next)
}

/// Whether the document comes next.
pub(crate) fn rest_is_next(words: &[Word], rest: &str) -> bool {
    let entry = words.first().and_then(|word| entry(&word.text));
    let starts_flag = rest.starts_with("--");
    entry.is_some_and(|entry| match next(entry, &words[1..]) {
        NextWord::Positional(arg) => is_document(arg) && !starts_flag,
        NextWord::Value(_) | NextWord::End => false,
    })
}
