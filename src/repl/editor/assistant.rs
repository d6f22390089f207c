//! What rustyline asks while a line is typed: the grey hint, the colours, and whether the line is complete.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::Helper;
use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};

use crate::repl::editor::printer::Printer;
use crate::repl::input::command::{Joined, Joiner};
use crate::repl::input::words::MAX_LINE_BYTES;
use crate::repl::input::{complete, grammar};
use crate::repl::output::json_text;

/// The longest line whose JSON is coloured while it is typed, in bytes: with colours, every key paints the whole line.
const MAX_COLORED_BYTES: usize = 2048;

/// Signs of the prompt, of the same width: rustyline has measured the first.
pub(crate) const CONNECTED: &str = "●";
const DISCONNECTED: &str = "○";

/// What rustyline asks while a line is typed.
pub(crate) struct Assistant {
    pub(crate) printer: Printer,
    pub(crate) color: bool,
    pub(crate) asks: Asks,
    pub(crate) checked: Checked,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = String;
}

/// Shown in grey, never inserted.
pub(crate) struct Missing(String);

impl Hint for Missing {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Assistant {
    type Hint = Missing;

    fn hint(&self, line: &str, pos: usize, _: &rustyline::Context<'_>) -> Option<Missing> {
        self.printer.queue.open();
        // Without color a hint would look like what is typed.
        (self.color && pos == line.len() && !self.asks.is_asked())
            .then(|| complete::hint(line).map(Missing))
            .flatten()
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_command = text.len() <= MAX_LINE_BYTES && !self.asks.is_asked();
        if is_command {
            let commands = commands(text);
            if commands.last() == Some(&Joined::More) {
                return Ok(ValidationResult::Incomplete);
            }
            self.checked.keep(text, commands);
        }
        self.printer.queue.close();
        Ok(ValidationResult::Valid(None))
    }
}

impl Assistant {
    /// Where JSON is to be coloured in a line, in bytes.
    fn json(&self, line: &str) -> Option<Range<usize>> {
        if !self.color || line.len() > MAX_COLORED_BYTES {
            return None;
        }
        grammar::document_span(line).filter(|span| line[span.clone()].starts_with(['{', '[']))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match self.json(line) {
            None => Cow::Borrowed(line),
            Some(span) => {
                let json = json_text::colored(&line[span.clone()]);
                Cow::Owned([&line[..span.start], &json, &line[span.end..]].concat())
            }
        }
    }

    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        self.json(line).is_some()
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let connected = self.printer.shared.is_connected();
        let rest = prompt.strip_prefix(CONNECTED).unwrap_or(prompt);
        Cow::Owned(match (connected, self.color) {
            (true, true) => format!("\x1b[32m{CONNECTED}\x1b[0m{rest}"),
            (false, true) => format!("\x1b[31m{DISCONNECTED}\x1b[0m{rest}"),
            (true, false) => format!("{CONNECTED}{rest}"),
            (false, false) => format!("{DISCONNECTED}{rest}"),
        })
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[90m{hint}\x1b[0m"))
    }
}

/// Whether what is typed is the answer to a question, and no command.
#[derive(Clone, Default)]
pub(crate) struct Asks(Arc<AtomicBool>);

impl Asks {
    pub(crate) fn set(&self, is_asked: bool) {
        self.0.store(is_asked, Ordering::Relaxed);
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The commands in a complete text. The validator splits it, and the loop takes the result.
#[derive(Clone, Default)]
pub(crate) struct Checked(Arc<Mutex<Option<CheckedText>>>);

/// A text, and the commands in it.
type CheckedText = (String, Vec<Joined>);

impl Checked {
    fn keep(&self, text: &str, commands: Vec<Joined>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((text.to_owned(), commands));
    }

    pub(crate) fn take(&self, text: &str) -> Vec<Joined> {
        let checked = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match checked {
            Some((of, commands)) if of == text => commands,
            // A key such as Ctrl-C leaves the line unchecked.
            _ => commands(text),
        }
    }
}

/// Splits what was typed or pasted into commands; [`Joined::More`] stands for one at the end that is not finished.
fn commands(text: &str) -> Vec<Joined> {
    let mut joiner = Joiner::default();
    let lines = text.split('\n').enumerate();
    let mut commands: Vec<Joined> = lines
        .map(|(at, line)| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            joiner.push(at + 1, line)
        })
        .filter(|joined| *joined != Joined::More)
        .collect();
    if joiner.end().is_some() {
        commands.push(Joined::More);
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_split_into_commands() {
        for (text, expected) in [
            ("pending", &["pending"][..]),
            (
                "create-job J {\"a\":1}\nget-pending-job-executions\r\n",
                &["create-job J {\"a\":1}", "get-pending-job-executions", ""],
            ),
            (
                "create-job J {\n\"a\":1\n}\nquit",
                &["create-job J {\n\"a\":1\n}", "quit"],
            ),
            ("pending\ncreate-job J {", &["pending", "…"]),
        ] {
            let commands: Vec<_> = commands(text)
                .into_iter()
                .map(|joined| match joined {
                    Joined::Command { text, .. } => text,
                    Joined::More | Joined::TooLong { .. } => "…".to_owned(),
                })
                .collect();
            assert_eq!(commands, expected, "{text:?}");
        }
    }
}
