//! Lines from a terminal, with rustyline.
//!
//! Rustyline's external printer shows a text above the line being typed, but it has two traps: it blocks while no line is being
//! read, and it writes straight to the terminal, ahead of what already waits, while the terminal is not in raw mode. So one
//! thread owns the only printer, and it prints only while the gate of the queue is open. The gate is opened in
//! [`Hinter::hint`], which is first called when the terminal is in raw mode for certain, and closed in [`Validator::validate`],
//! before the line is accepted.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hint, Hinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, ConditionalEventHandler, Config, Event, EventContext, EventHandler,
    ExternalPrinter, Helper, KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use crate::repl::editor::output::Output;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::{EditorError, Input, files, history};
use crate::repl::words::{Joined, Joiner, MAX_LINE_BYTES};
use crate::repl::{command, complete};

/// How many lines the history keeps.
const MAX_HISTORY_LINES: usize = 1000;

/// The longest line that goes into the history, in bytes.
const MAX_HISTORY_LINE_BYTES: usize = 16 * 1024;

/// How many candidates of a completion are listed.
const MAX_LISTED: usize = 100;

/// Signs of the prompt, of the same width: rustyline has measured the first.
const CONNECTED: &str = "●";
const DISCONNECTED: &str = "○";

/// The line editor.
pub(crate) struct Terminal {
    editor: rustyline::Editor<Assistant, DefaultHistory>,
    prompt: String,
    printer: Printer,
    history: Option<PathBuf>,
    /// Commands of one paste that were not handed out yet.
    ready: VecDeque<Input>,
    commands: usize,
}

impl Terminal {
    /// Takes the terminal over and starts the thread that shows what `printer` is given. A history that cannot be read or
    /// written is kept in memory only.
    pub(crate) fn open(
        name: &str,
        history: Option<PathBuf>,
        color: bool,
        printer: &Printer,
        output: Arc<Output>,
    ) -> Result<Self, EditorError> {
        let config = Config::builder()
            .max_history_size(MAX_HISTORY_LINES)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(from_readline)?
            .history_ignore_space(true)
            .bracketed_paste(true)
            // The prompt changes its sign by the highlighter, with or without colors.
            .color_mode(ColorMode::Forced)
            .build();
        let mut editor = rustyline::Editor::with_config(config).map_err(from_readline)?;
        editor.set_helper(Some(Assistant {
            printer: printer.clone(),
            color,
        }));
        bind_keys(&mut editor, printer);
        let history = history.filter(|path| {
            history::prepare(path).is_ok() && editor.load_history(path.as_path()).is_ok()
        });
        let external = editor.create_external_printer().map_err(from_readline)?;
        show_from_queue(external, printer, output)?;
        Ok(Self {
            editor,
            prompt: format!("{CONNECTED} {name}> "),
            printer: printer.clone(),
            history,
            ready: VecDeque::new(),
            commands: 0,
        })
    }

    /// The next command, Ctrl-C or Ctrl-D. A paste of several commands is handed out one by one.
    pub(crate) fn read(&mut self) -> Input {
        loop {
            if let Some(input) = self.ready.pop_front() {
                return input;
            }
            let line = self.editor.readline(self.prompt.as_str());
            self.printer.queue.close();
            match line {
                Ok(text) => self.accept(&text),
                Err(ReadlineError::Eof) => return Input::End,
                Err(ReadlineError::Interrupted) => return Input::Interrupted,
                Err(ReadlineError::Signal(_)) => {}
                Err(error) => {
                    self.ready.push_back(Input::End);
                    return Input::Failed(from_readline(error));
                }
            }
        }
    }

    fn accept(&mut self, text: &str) {
        for joined in commands(text) {
            self.commands += 1;
            let number = self.commands;
            let input = match joined {
                Joined::Command { text, .. } => {
                    self.remember(&text);
                    Input::Line { number, text }
                }
                Joined::TooLong { .. } => Input::Failed(EditorError::TooLong { number }),
                Joined::More => Input::Failed(EditorError::Unfinished { number }),
            };
            self.ready.push_back(input);
        }
    }

    fn remember(&mut self, line: &str) {
        if line.len() > MAX_HISTORY_LINE_BYTES {
            return;
        }
        let added = self.editor.add_history_entry(line);
        if let (Ok(true), Some(path)) = (added, &self.history)
            && self.editor.append_history(path).is_err()
        {
            self.history = None;
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
            joiner.push(at + 1, line, command::finished)
        })
        .filter(|joined| *joined != Joined::More)
        .collect();
    if joiner.end().is_some() {
        commands.push(Joined::More);
    }
    commands
}

fn show_from_queue(
    mut external: impl ExternalPrinter + Send + 'static,
    printer: &Printer,
    output: Arc<Output>,
) -> Result<(), EditorError> {
    let queue = Arc::clone(&printer.queue);
    std::thread::Builder::new()
        .name("printer".into())
        .spawn(move || {
            while let Some(text) = queue.next() {
                match external.print(text.clone()) {
                    Ok(()) => output.keep(&text),
                    // The line editor is gone.
                    Err(_) => output.write(&text),
                }
                queue.shown();
            }
        })
        .map(drop)
        .map_err(EditorError::Io)
}

fn bind_keys(editor: &mut rustyline::Editor<Assistant, DefaultHistory>, printer: &Printer) {
    let mut bind = |key: KeyEvent, handler: Box<dyn ConditionalEventHandler>| {
        editor.bind_sequence(key, EventHandler::Conditional(handler));
    };
    let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
    bind(tab, Box::new(Complete(printer.clone())));
    bind(KeyEvent::ctrl('C'), Box::new(Leave(printer.clone())));
    bind(KeyEvent::ctrl('D'), Box::new(Leave(printer.clone())));
}

fn from_readline(error: ReadlineError) -> EditorError {
    EditorError::Io(match error {
        ReadlineError::Io(error) => error,
        #[cfg(unix)]
        ReadlineError::Errno(error) => error.into(),
        error => std::io::Error::other(error.to_string()),
    })
}

/// Tab: completes what is certain, or lists what is possible above the line. Rustyline's own completion stops the external
/// printer until the next key, and in 19.0.0 erases its list when the line is wrapped.
struct Complete(Printer);

impl ConditionalEventHandler for Complete {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let (line, pos) = (context.line(), context.pos());
        let mut completion = complete::complete(line, pos, &self.0.shared.jobs());
        let typed = line.get(completion.start..pos).unwrap_or_default();
        if let Some(file) = &completion.file {
            let sign = typed.strip_suffix(file.as_str()).unwrap_or_default();
            let files = files::beginning_with(file);
            completion.candidates = files
                .into_iter()
                .map(|path| [sign, &path].concat())
                .collect();
        }
        let rest = completion.common_prefix().strip_prefix(typed);
        let rest = rest.unwrap_or_default().to_owned();
        Some(match completion.candidates.as_slice() {
            [_] if line[pos..].starts_with(char::is_whitespace) => Cmd::Insert(1, rest),
            [folder] if completion.file.is_some() && folder.ends_with('/') => Cmd::Insert(1, rest),
            [_] => Cmd::Insert(1, rest + " "),
            [_, ..] if !rest.is_empty() => Cmd::Insert(1, rest),
            [] => Cmd::Noop,
            candidates => {
                self.0.print(list(candidates));
                Cmd::Noop
            }
        })
    }
}

fn list(candidates: &[String]) -> String {
    let shown = &candidates[..candidates.len().min(MAX_LISTED)];
    match candidates.len() - shown.len() {
        0 => shown.join("  "),
        more => format!("{}  … {more} more", shown.join("  ")),
    }
}

/// Ctrl-C and Ctrl-D: no event may be shown between the end of the line and what the loop does about it.
struct Leave(Printer);

impl ConditionalEventHandler for Leave {
    fn handle(
        &self,
        event: &Event,
        _: RepeatCount,
        _: bool,
        context: &EventContext,
    ) -> Option<Cmd> {
        let deletes = event.get(0) == Some(&KeyEvent::ctrl('D')) && !context.line().is_empty();
        if !deletes {
            self.0.queue.close();
        }
        None
    }
}

/// What rustyline asks while a line is typed.
struct Assistant {
    printer: Printer,
    color: bool,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = String;
}

/// Shown in grey, never inserted.
struct Missing(String);

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
        // Without color a hint could not be told from what is typed.
        (self.color && pos == line.len())
            .then(|| complete::hint(line).map(Missing))
            .flatten()
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        if text.len() <= MAX_LINE_BYTES && commands(text).last() == Some(&Joined::More) {
            return Ok(ValidationResult::Incomplete);
        }
        self.printer.queue.close();
        Ok(ValidationResult::Valid(None))
    }
}

impl Highlighter for Assistant {
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

    #[test]
    fn a_long_list_is_cut() {
        let candidates: Vec<String> = (0..MAX_LISTED + 5).map(|n| format!("Job{n}")).collect();
        assert!(list(&candidates).ends_with("Job99  … 5 more"));
        assert_eq!(list(&candidates[..2]), "Job0  Job1");
    }
}
