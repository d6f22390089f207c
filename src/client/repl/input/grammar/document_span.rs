//! The document in a line of `create-job`. Pure.

use std::ops::Range;

use crate::repl::input::grammar::args::{
    excludes, is_document, is_json_document, known_flag, takes_value,
};
use crate::repl::input::grammar::progress::{NextWord, TypedWords};
use crate::repl::input::grammar::split::{BeforeDocument, inner_at, split};
use crate::repl::input::grammar::table::entry;
use crate::repl::input::words;

/// The span of the document in a line, in bytes; to the end of the line if it is not complete.
pub fn document_span(line: &str) -> Option<Range<usize>> {
    let begin = inner_at(line).unwrap_or_default();
    let (line, end) = (&line[begin..], line.len());
    let (mut before, mut document) = (BeforeDocument::default(), None);
    let words = words::split(line, |words, rest| {
        let is_next = before.is_over(words, rest);
        if is_next {
            document = Some(line.len() - rest.len());
        }
        is_next
    });
    let at = document?;
    let words = words.unwrap_or_default();
    let word = words.into_iter().find(|word| word.span.start == at);
    Some(begin + at..word.map_or(end, |word| begin + word.span.end))
}

/// The document among the words of a command, if it has to be JSON.
pub fn document_among<'a>(words: &[&'a str]) -> Option<&'a str> {
    let entry = words.first().and_then(|name| entry(name))?;
    let mut typed = TypedWords::new(entry);
    words.iter().skip(1).copied().find(|word| {
        let is_document = match typed.progress().next() {
            NextWord::Positional(arg) => {
                is_json_document(arg) && !word.starts_with("--") && !typed.is_further_value(word)
            }
            NextWord::Value(arg) => is_json_document(arg),
            NextWord::End => false,
        };
        typed.add_text(word);
        is_document
    })
}

/// The line of a command with `--edit`, with this document typed in place of the flag.
pub fn with_document(line: &str, document: &str) -> String {
    let words = split(line).unwrap_or_default();
    let Some(entry) = words.first().and_then(|word| entry(&word.text)) else {
        return line.to_owned();
    };
    let argument = entry.get_positionals().find(|arg| is_document(arg));
    let stands_for_document =
        |flag: &&clap::Arg| argument.is_some_and(|document| excludes(entry, flag, document));
    // A redirection follows the words.
    let end = words.last().map_or(line.len(), |word| word.span.end);
    // The flags that name another source of the document are removed.
    let (mut kept, mut at, mut is_value) = (String::new(), 0, false);
    for word in &words {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.text.as_str(), None),
        };
        let flag = known_flag(entry, name).filter(stands_for_document);
        if is_value || flag.is_some() {
            kept.push_str(line[at..word.span.start].trim_end());
            at = word.span.end;
        }
        is_value = value.is_none() && flag.is_some_and(takes_value);
    }
    kept.push_str(&line[at..end]);
    [document, &line[end..]]
        .map(str::trim)
        .into_iter()
        .filter(|part| !part.is_empty())
        .fold(kept, |line, part| [&line, " ", part].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_found_in_a_line() {
        for (line, document) in [
            ("create-job J {\"a\": 1} ", Some("{\"a\": 1}")),
            ("create-job J {\"a\": 1} --timeout 5", Some("{\"a\": 1}")),
            ("create-job --timeout 5 J [1,\n2", Some("[1,\n2")),
            ("create-job J {\"a", Some("{\"a")),
            ("create-job J 'x", Some("'x")),
            ("explain  create-job J {} ", Some("{}")),
            ("create-job J --edit", None),
            ("create-job {", None),
            ("done {}", None),
            ("", None),
        ] {
            let found = document_span(line).map(|span| &line[span]);
            assert_eq!(found, document, "{line:?}");
        }
    }

    #[test]
    fn a_document_takes_the_place_of_the_editor() {
        for (line, expected) in [
            ("create-job J --edit", "create-job J {}"),
            (" create-job --edit J ", " create-job J {}"),
            (
                "create J --target 'a b' --edit --timeout 5",
                "create J --target 'a b' --timeout 5 {}",
            ),
            (
                "create-job J --edit --timeout 5 | jq .",
                "create-job J --timeout 5 {} | jq .",
            ),
            (
                "create J --from I  --continuous --edit",
                "create J  --continuous {}",
            ),
            ("create J --edit --from=I | jq", "create J {} | jq"),
            ("create-job J --edit > 'a b'", "create-job J {} > 'a b'"),
            ("create J --edit | jq '.a'", "create J {} | jq '.a'"),
            (
                "create-job-template t --from J --edit --description d",
                "create-job-template t --description d {}",
            ),
            (
                "create-policy p --edit --tags a=b",
                "create-policy p --tags a=b {}",
            ),
        ] {
            let line = with_document(line, "{}");
            assert_eq!(line, expected);
            let parsed = crate::repl::input::command::parse(&line);
            assert!(matches!(parsed, Ok(Some(_))), "{parsed:?}");
        }
    }
}
