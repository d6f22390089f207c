//! A line that a line with the wrong arguments may have meant: with quotes around a value, with a flag, or of another command.

use std::ops::Range;

use crate::repl::input::command::error::CommandError;
use crate::repl::input::grammar::{self, NextWord};
use crate::repl::input::words::Word;
use crate::text::quote;

/// The longest line that is mended, in bytes, the most words, and the most ends of a value.
const MAX_LINE: usize = 4096;
const MAX_WORDS: usize = 16;
const MAX_ENDS: usize = 64;

/// The longest line that a hint shows.
const MAX_SHOWN: usize = 160;

/// The error with the line that was meant. `is_command` is whether a line is one.
pub(crate) fn with_mended(
    error: CommandError,
    line: &str,
    words: &[Word],
    is_command: impl Fn(&str) -> bool,
) -> CommandError {
    let is_short = line.len() <= MAX_LINE && words.len() <= MAX_WORDS;
    if !is_short || words.is_empty() || line.contains('\n') {
        return error;
    }
    let is_word_too_many = matches!(error, CommandError::UnknownFlag { .. });
    let hint = quoted(line, words, &is_command)
        .map(|quoted| format!("a value with spaces needs quotes: `{quoted}`"))
        .or_else(|| {
            let others = is_word_too_many.then(|| others(line, words));
            let mut others = others.unwrap_or_default();
            others.retain(|line| line.len() <= MAX_SHOWN);
            let meant = others.into_iter().find(|line| is_command(line))?;
            Some(format!("did you mean `{}`?", meant.trim()))
        });
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The line with quotes around one of its values, or that value if the line is long.
fn quoted(line: &str, words: &[Word], is_command: impl Fn(&str) -> bool) -> Option<String> {
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

/// The line without a value for a flag that has none, with a flag before one of its words, and of a command with a longer name.
fn others(line: &str, words: &[Word]) -> Vec<String> {
    let name = &words[0];
    let Some(entry) = grammar::entry(&name.text) else {
        return Vec::new();
    };
    let mut others = Vec::new();
    for (word, before) in words.iter().skip(1).zip(words).rev() {
        let (start, end) = (word.span.start, word.span.end);
        if ["true", "false"].contains(&&*word.text) && before.text.starts_with("--") {
            others.push([&line[..before.span.end], &line[end..]].concat());
        }
        let flags = entry.get_arguments().filter(|arg| grammar::is_main(arg));
        let flags = flags.filter_map(grammar::flag);
        others.extend(flags.map(|flag| [&line[..start], &flag, " ", &line[start..]].concat()));
    }
    let longer = grammar::table()
        .get_subcommands()
        .map(clap::Command::get_name);
    let start = format!("{}-", entry.get_name());
    let longer = longer.filter(|name| name.starts_with(&start));
    others.extend(longer.map(|name| [name, &line[words[0].span.end..]].concat()));
    others
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
