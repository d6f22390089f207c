//! A value with spaces that was typed without quotes: how the line is with them.

use std::ops::Range;

use crate::repl::input::command::error::CommandError;
use crate::repl::input::grammar::{self, NextWord};
use crate::repl::input::words::Word;
use crate::text::quote;

/// The longest line for which quotes are tried, in bytes, and the most ends of a value.
const MAX_LINE: usize = 4096;
const MAX_ENDS: usize = 64;

/// The longest line that a hint shows.
const MAX_SHOWN: usize = 160;

/// The error with the quotes that would mend the line. `is_command` is whether a line is one.
pub(crate) fn with_quotes(
    error: CommandError,
    line: &str,
    words: &[Word],
    is_command: impl Fn(&str) -> bool,
) -> CommandError {
    match quoted(line, words, is_command) {
        Some(quoted) => error.with_hint(format!("a value with spaces needs quotes: `{quoted}`")),
        None => error,
    }
}

/// The line with quotes around one of its values, or that value if the line is long.
fn quoted(line: &str, words: &[Word], is_command: impl Fn(&str) -> bool) -> Option<String> {
    if line.len() > MAX_LINE || line.contains('\n') {
        return None;
    }
    let end = words.last()?.span.end;
    let starts = (1..words.len()).rev().filter(|at| takes_spaces(words, *at));
    let mut spans = starts.flat_map(|at| longer(&line[..end], &words[at].span));
    spans.find_map(|span| {
        let value = quote(&line[span.clone()]);
        let quoted = [&line[..span.start], &value, &line[span.end..]].concat();
        is_command(&quoted).then(|| match quoted.len() {
            ..=MAX_SHOWN => quoted.trim().to_owned(),
            _ => value.into_owned(),
        })
    })
}

/// Whether the word at this place is the value of a flag, or a positional argument that may have spaces.
fn takes_spaces(words: &[Word], at: usize) -> bool {
    // Another command may stand before the name of this one.
    let outer = usize::from(grammar::takes_command(&words[0].text));
    let Some(entry) = words.get(outer).and_then(|name| grammar::entry(&name.text)) else {
        return false;
    };
    at > outer
        && match grammar::next(entry, &words[outer + 1..at]) {
            NextWord::Value(arg) => !grammar::is_name(arg),
            NextWord::Positional(arg) => {
                !words[at].text.starts_with("--") && grammar::takes_spaces(arg)
            }
            // A further value.
            NextWord::End => {
                let last = entry.get_positionals().last();
                let last = last.filter(|_| !words[at].text.starts_with("--"));
                last.is_some_and(|arg| grammar::is_repeatable(arg) && grammar::takes_spaces(arg))
            }
        }
}

/// The spans that begin with this one and end with a later word, up to the next flag.
fn longer(line: &str, span: &Range<usize>) -> Vec<Range<usize>> {
    let behind = &line[span.end..];
    let end = behind.find(" --").unwrap_or(behind.trim_end().len());
    let gaps = behind[..end].match_indices(char::is_whitespace);
    let ends = gaps.map(|(at, _)| at).filter(|at| *at > 0).chain([end]);
    let ends = ends.filter(|end| !behind[..*end].ends_with(char::is_whitespace) && *end > 0);
    ends.take(MAX_ENDS)
        .map(|end| span.start..span.end + end)
        .collect()
}
