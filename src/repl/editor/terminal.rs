//! Lines from a terminal, with rustyline.
//!
//! Rustyline's external printer shows a text above the line being typed, but it has two traps: it blocks while no line is being
//! read, and it writes straight to the terminal, ahead of what already waits, while the terminal is not in raw mode. So one
//! thread owns the only printer, and it prints only while the gate of the queue is open. The gate is opened in
//! [`Hinter::hint`], which is first called when the terminal is in raw mode for certain, and closed in [`Validator::validate`],
//! before the line is accepted.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, ConditionalEventHandler, Config, Event, EventContext, EventHandler,
    ExternalPrinter, Helper, KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use crate::redact;
use crate::repl::editor::compose::{ComposeError, compose};
use crate::repl::editor::input::{EditorError, EditorInput};
use crate::repl::editor::options::EditorOptions;
use crate::repl::editor::output::StandardOutput;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::screen::Screen;
use crate::repl::editor::{files, history};
use crate::repl::input::words::{Joined, Joiner, MAX_LINE_BYTES};
use crate::repl::input::{command, complete, grammar};
use crate::repl::output::json_text;

/// How many lines the history keeps.
const MAX_HISTORY_LINES: usize = 1000;

/// The longest line that goes into the history, in bytes.
const MAX_HISTORY_LINE_BYTES: usize = 16 * 1024;

/// The longest line whose JSON is coloured while it is typed, in bytes: with colours, every key paints the whole line.
const MAX_COLORED_BYTES: usize = 2048;

/// The name of the file that holds a line while another program edits it.
const LINE_FILE: &str = "line";

/// How many candidates of a completion are listed.
const MAX_LISTED: usize = 100;

/// Signs of the prompt, of the same width: rustyline has measured the first.
const CONNECTED: &str = "●";
const DISCONNECTED: &str = "○";

pub(crate) struct Terminal {
    editor: rustyline::Editor<Assistant, DefaultHistory>,
    prompt: String,
    printer: Printer,
    history: Option<PathBuf>,
    /// The person's own editor.
    program: Option<OsString>,
    screen: Screen,
    left: HowLeft,
    asks: Asks,
    checked: Checked,
    /// What stands at the next prompt, before and behind the cursor.
    offered: (String, String),
    /// Commands of one paste that were not handed out yet.
    ready: VecDeque<EditorInput>,
    commands: usize,
}

impl Terminal {
    /// Takes the terminal over and starts the thread that shows what `printer` is given. A history that cannot be read or
    /// written is kept in memory only.
    pub(crate) fn open(
        options: EditorOptions,
        printer: &Printer,
        output: Arc<StandardOutput>,
        screen: Screen,
    ) -> Result<Self, EditorError> {
        let mut editor = configured().map_err(from_readline)?;
        let (left, asks, checked) = (HowLeft::default(), Asks::default(), Checked::default());
        editor.set_helper(Some(Assistant {
            printer: printer.clone(),
            color: options.color,
            asks: asks.clone(),
            checked: checked.clone(),
        }));
        bind_keys(&mut editor, printer, &left, &asks);
        let history = options.history.filter(|path| {
            history::prepare(path).is_ok() && editor.load_history(path.as_path()).is_ok()
        });
        let external = editor.create_external_printer().map_err(from_readline)?;
        show_from_queue(external, printer, output)?;
        Ok(Self {
            editor,
            prompt: format!("{CONNECTED} {}> ", options.name),
            printer: printer.clone(),
            history,
            program: options.program,
            screen,
            left,
            asks,
            checked,
            offered: Default::default(),
            ready: VecDeque::new(),
            commands: 0,
        })
    }

    /// The next command, Ctrl-C or Ctrl-D. A paste of several commands is handed out one by one.
    pub(crate) fn read(&mut self) -> EditorInput {
        loop {
            if let Some(input) = self.ready.pop_front() {
                return input;
            }
            let (before, behind) = std::mem::take(&mut self.offered);
            let prompt = self.prompt.as_str();
            let line = self
                .editor
                .readline_with_initial(prompt, (&before, &behind));
            self.printer.queue.close();
            match (line, self.left.take()) {
                (Ok(text), None) => self.accept(&text),
                (Ok(text), Some(LeftBy::Interrupt)) => {
                    let was_empty = text.is_empty();
                    return EditorInput::Interrupted { was_empty };
                }
                (Ok(text), Some(LeftBy::Edit { pos })) => {
                    return match self.edit(text, pos) {
                        Ok(()) => EditorInput::Edited,
                        Err(error) => EditorInput::Failed(EditorError::Compose(error)),
                    };
                }
                (Err(ReadlineError::Eof), _) => return EditorInput::End,
                (Err(ReadlineError::Interrupted), _) => {
                    return EditorInput::Interrupted { was_empty: false };
                }
                (Err(ReadlineError::Signal(_)), _) => {}
                (Err(error), _) => {
                    self.ready.push_back(EditorInput::End);
                    return EditorInput::Failed(from_readline(error));
                }
            }
        }
    }

    /// The answer to a question, typed; `None` with Ctrl-C, Ctrl-D, or without a terminal any more.
    pub(crate) fn ask(&mut self, question: &str) -> Option<String> {
        self.asks.0.store(true, Ordering::Relaxed);
        let answer = self.editor.readline(&format!("{CONNECTED} {question}"));
        self.printer.queue.close();
        self.asks.0.store(false, Ordering::Relaxed);
        answer.ok().filter(|_| self.left.take().is_none())
    }

    /// Puts what the person's own editor makes of a line at the next prompt; if it makes nothing, the line as it was.
    fn edit(&mut self, mut text: String, pos: usize) -> Result<(), ComposeError> {
        match self.compose(LINE_FILE, &text) {
            Ok(text) => {
                self.offer(text);
                Ok(())
            }
            Err(error) => {
                let behind = text.split_off(text.floor_char_boundary(pos));
                self.offered = (text, behind);
                Err(error)
            }
        }
    }

    /// Opens the person's own editor on a text, in a file of this name. The terminal is the editor's meanwhile.
    pub(crate) fn compose(&mut self, name: &str, text: &str) -> Result<String, ComposeError> {
        let composed = compose(self.program.as_deref(), name, text);
        self.screen.reset();
        composed
    }

    /// Puts a line at the next prompt, to be gone on with.
    pub(crate) fn offer(&mut self, line: String) {
        self.offered = (line, String::new());
    }

    fn accept(&mut self, text: &str) {
        for joined in self.checked.take(text) {
            self.commands += 1;
            let number = self.commands;
            let input = match joined {
                Joined::Command { text, words, .. } => {
                    self.remember(&text);
                    EditorInput::Line {
                        number,
                        text,
                        words,
                    }
                }
                Joined::TooLong { .. } => EditorInput::Failed(EditorError::TooLong { number }),
                Joined::More => EditorInput::Failed(EditorError::Unfinished { number }),
            };
            self.ready.push_back(input);
        }
    }

    /// Keeps a line in the history.
    pub(crate) fn remember(&mut self, line: &str) {
        // A presigned URL, as a document may hold it, gives access to whoever reads it.
        if line.len() > MAX_HISTORY_LINE_BYTES || redact::holds_signature(line) {
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

fn configured() -> rustyline::Result<rustyline::Editor<Assistant, DefaultHistory>> {
    let config = Config::builder()
        .max_history_size(MAX_HISTORY_LINES)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .bracketed_paste(true)
        // The prompt changes its sign by the highlighter, with or without colors.
        .color_mode(ColorMode::Forced)
        .build();
    rustyline::Editor::with_config(config)
}

/// Splits what was typed or pasted into commands; [`Joined::More`] stands for one at the end that is not finished.
fn commands(text: &str) -> Vec<Joined> {
    let mut joiner = Joiner::default();
    let lines = text.split('\n').enumerate();
    let mut commands: Vec<Joined> = lines
        .map(|(at, line)| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            joiner.push(at + 1, line, command::words)
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
    output: Arc<StandardOutput>,
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

fn bind_keys(
    editor: &mut rustyline::Editor<Assistant, DefaultHistory>,
    printer: &Printer,
    left: &HowLeft,
    asks: &Asks,
) {
    let mut bind = |keys: &[KeyEvent], handler: Box<dyn ConditionalEventHandler>| {
        let keys = Event::KeySeq(keys.to_vec());
        editor.bind_sequence(keys, EventHandler::Conditional(handler));
    };
    let leave = |by| {
        let (printer, left) = (printer.clone(), left.clone());
        Box::new(Leave { by, printer, left })
    };
    let tab = KeyEvent(KeyCode::Tab, Modifiers::NONE);
    bind(&[tab], Box::new(Complete(printer.clone(), asks.clone())));
    bind(&[KeyEvent::ctrl('C')], leave(Key::Interrupt));
    bind(&[KeyEvent::ctrl('D')], leave(Key::End));
    let edit = [KeyEvent::ctrl('X'), KeyEvent::ctrl('E')];
    bind(&edit, leave(Key::Edit));
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
struct Complete(Printer, Asks);

impl ConditionalEventHandler for Complete {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        if self.1.is_asked() {
            return Some(Cmd::Noop);
        }
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

/// Whether what is typed is the answer to a question, and no command.
#[derive(Clone, Default)]
struct Asks(Arc<AtomicBool>);

impl Asks {
    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The commands in a text that is complete, split once: by the validator, and taken by the loop.
#[derive(Clone, Default)]
struct Checked(Arc<Mutex<Option<CheckedText>>>);

/// A text, and the commands in it.
type CheckedText = (String, Vec<Joined>);

impl Checked {
    fn keep(&self, text: &str, commands: Vec<Joined>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((text.to_owned(), commands));
    }

    fn take(&self, text: &str) -> Vec<Joined> {
        let checked = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match checked {
            Some((of, commands)) if of == text => commands,
            // A key such as Ctrl-C leaves the line unchecked.
            _ => commands(text),
        }
    }
}

/// How a line was left other than by Enter, set by the key and taken by the loop.
#[derive(Clone, Default)]
struct HowLeft(Arc<Mutex<Option<LeftBy>>>);

enum LeftBy {
    Interrupt,
    /// With the cursor at this byte.
    Edit {
        pos: usize,
    },
}

impl HowLeft {
    fn take(&self) -> Option<LeftBy> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, by: LeftBy) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(by);
    }
}

/// A key that leaves the line.
struct Leave {
    by: Key,
    printer: Printer,
    left: HowLeft,
}

enum Key {
    Interrupt,
    End,
    Edit,
}

impl ConditionalEventHandler for Leave {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let by = match self.by {
            Key::Interrupt => Some(LeftBy::Interrupt),
            Key::Edit => Some(LeftBy::Edit { pos: context.pos() }),
            // It deletes what is under the cursor.
            Key::End if !context.line().is_empty() => return None,
            Key::End => None,
        };
        // No event may be shown between the end of the line and what the loop does about it.
        self.printer.queue.close();
        let by = by?;
        self.left.set(by);
        // Rustyline keeps what was typed behind the key only if the line is accepted.
        Some(Cmd::AcceptLine)
    }
}

/// What rustyline asks while a line is typed.
struct Assistant {
    printer: Printer,
    color: bool,
    asks: Asks,
    checked: Checked,
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
    fn json(&self, line: &str) -> Option<std::ops::Range<usize>> {
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
