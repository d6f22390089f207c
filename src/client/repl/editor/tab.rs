//! Tab: completes what is unique, or lists the candidates above the line. Rustyline's own completion stops the external
//! printer until the next key, and 19.0.0 erases its list when the line is wrapped.

use std::sync::{Mutex, PoisonError};

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, RepeatCount};

use crate::repl::columns::columns_of;
use crate::repl::editor::assistant::Asks;
use crate::repl::editor::files;
use crate::repl::editor::printer::Printer;
use crate::repl::input::complete::{self, Completion, common_prefix};
use crate::text;

/// The most candidates that are listed.
const MAX_LISTED: usize = 100;

/// The columns between two candidates.
const GAP: usize = 2;

/// The width of a terminal that does not report it.
const USUAL_WIDTH: usize = 80;

/// The handler of Tab.
pub(crate) struct Complete {
    printer: Printer,
    asks: Asks,
    listed: Mutex<Option<Listed>>,
}

/// The last list.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    candidates: Vec<String>,
    /// The showings at that time, see [`crate::repl::editor::printer::Queue::showings`].
    showings: u64,
}

impl Complete {
    pub(crate) fn new(printer: &Printer, asks: &Asks) -> Self {
        Self {
            printer: printer.clone(),
            asks: asks.clone(),
            listed: Mutex::default(),
        }
    }

    /// What can stand at the cursor; asks the service for what only it knows.
    fn complete(&self, line: &str, pos: usize) -> Completion {
        let shared = &self.printer.shared;
        let completion = complete::complete(line, pos, &shared.known());
        if completion.needs.is_empty() {
            return completion;
        }
        shared.ask(&completion.needs);
        complete::complete(line, pos, &shared.known())
    }

    /// Lists candidates, unless the same list is still above the line.
    fn list(&self, candidates: &[String]) {
        let queue = &self.printer.queue;
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_seen = listed
            .as_ref()
            .is_some_and(|it| it.candidates == candidates && it.showings == queue.showings());
        if is_seen {
            return;
        }
        let size = terminal_size::terminal_size_of(std::io::stdout());
        let width = size.map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0));
        self.printer.print(list(candidates, width));
        *listed = Some(Listed {
            candidates: candidates.to_vec(),
            showings: queue.showings(),
        });
    }
}

impl ConditionalEventHandler for Complete {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        if self.asks.is_asked() {
            return Some(Cmd::Noop);
        }
        let (line, pos) = (context.line(), context.pos());
        let completion = self.complete(line, pos);
        let (candidates, rest, end) = if let Some(begun) = &completion.file {
            let files = files::beginning_with(&begun.said);
            let rest = common_prefix(&files).strip_prefix(begun.said.as_str());
            let rest = begun.typed(rest.unwrap_or_default());
            (files, rest, begun.end() + " ")
        } else {
            let typed = line.get(completion.start..pos).unwrap_or_default();
            let rest = common_prefix(&completion.candidates).strip_prefix(typed);
            let rest = rest.unwrap_or_default().to_owned();
            let is_whole = !completion.candidates.iter().any(|it| complete::goes_on(it));
            let end = if is_whole { " " } else { "" };
            (completion.candidates, rest, end.to_owned())
        };
        Some(match candidates.as_slice() {
            [folder] if folder.ends_with('/') => Cmd::Insert(1, rest),
            [_] if line[pos..].starts_with(char::is_whitespace) => {
                Cmd::Insert(1, rest + end.trim_end())
            }
            [_] => Cmd::Insert(1, rest + &end),
            [_, ..] if !rest.is_empty() => Cmd::Insert(1, rest),
            [] => Cmd::Noop,
            candidates => {
                self.list(candidates);
                Cmd::Noop
            }
        })
    }
}

/// Candidates in columns, sorted downwards, in as many columns as fit.
fn list(candidates: &[String], width: usize) -> String {
    let shown = &candidates[..candidates.len().min(MAX_LISTED)];
    let shown: Vec<_> = shown.iter().map(|it| text::sanitize(it)).collect();
    // The last column of the terminal stays free, because some terminals wrap there.
    let width = width.saturating_sub(1);
    let fitting = (1..=shown.len()).rev().find_map(|columns| {
        let rows = shown.len().div_ceil(columns);
        let widths = shown.chunks(rows);
        let widths: Vec<usize> = widths
            .map(|column| column.iter().map(|it| columns_of(it)).max().unwrap_or(0))
            .collect();
        let all = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
        (all <= width || columns == 1).then_some((rows, widths))
    });
    let (rows, widths) = fitting.unwrap_or_default();
    let mut lines: Vec<String> = (0..rows)
        .map(|row| {
            let row = shown
                .chunks(rows.max(1))
                .zip(&widths)
                .map(|(column, width)| {
                    let word = column.get(row).map_or("", |it| it.as_ref());
                    [word, &" ".repeat(width + GAP - columns_of(word))].concat()
                });
            row.collect::<String>().trim_end().to_owned()
        })
        .collect();
    if candidates.len() > shown.len() {
        lines.push(format!("… {} more", candidates.len() - shown.len()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_listed_in_columns_that_fit() {
        for (candidates, width, expected) in [
            ("a b c", 80, "a  b  c"),
            ("a b c", 7, "a  c\nb"),
            ("a bb c", 5, "a\nbb\nc"),
            ("aaaa bb c dd e", 12, "aaaa  c   e\nbb    dd"),
            ("作業 b c", 9, "作業  c\nb"),
            ("longer-than-this b", 5, "longer-than-this\nb"),
        ] {
            let candidates: Vec<String> = candidates.split(' ').map(ToOwned::to_owned).collect();
            assert_eq!(list(&candidates, width), expected, "{candidates:?} {width}");
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let candidates: Vec<String> = (0..MAX_LISTED + 5).map(|n| format!("Job{n}")).collect();
        let shown = list(&candidates, 80);
        assert!(shown.ends_with("\n… 5 more"), "{shown}");
        assert!(shown.lines().all(|line| line.len() < 80), "{shown}");
        assert!(shown.contains("Job99") && !shown.contains("Job100"));
    }
}
