//! Where lines come from and where texts go: a terminal with line editing, or plain lines. Both behind [`Editor`].

use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

mod compose;
mod files;
mod history;
mod lines;
mod output;
mod printer;
mod screen;
mod terminal;

pub use compose::{ComposeError, program as editor_program};
pub use history::path as history_path;
pub use printer::Printer;
pub use screen::Screen;

use crate::repl::input::words::MAX_LINE_BYTES;
use crate::repl::output::transcript::Transcript;

/// How to open an [`Editor`].
#[derive(Debug, Default)]
pub struct EditorOptions {
    /// The name in the prompt: `thing-1` gives `● thing-1> `.
    pub name: String,
    /// Where the lines come from.
    pub source: Source,
    /// The file of the history on a terminal; in memory only if `None`. See [`history_path`].
    pub history: Option<PathBuf>,
    /// Whether to use color: on a terminal, and not with `NO_COLOR`.
    pub color: bool,
    /// Who keeps what is typed and shown.
    pub transcript: Option<Arc<Transcript>>,
    /// The editor that Ctrl-X Ctrl-E opens, if one is named. See [`editor_program`].
    pub program: Option<OsString>,
}

/// Where lines come from.
#[derive(Default)]
pub enum Source {
    /// Standard input: with line editing if it and standard output are a terminal that can do it (`TERM` is not `dumb`).
    #[default]
    Stdin,
    /// A file, or commands from the command line.
    Reader(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stdin => "Stdin",
            Self::Reader(_) => "Reader",
        })
    }
}

/// What [`Editor::read`] brings.
#[derive(Debug)]
pub enum Input {
    /// One command, blank lines and comments included.
    Line {
        /// The number of its first line in the input, or of the command on a terminal; from 1.
        number: usize,
        /// Its lines, joined by newlines.
        text: String,
    },
    /// Ctrl-C: the line that was being typed is dropped.
    Interrupted {
        /// Whether there was none.
        was_empty: bool,
    },
    /// Ctrl-X Ctrl-E: what the person's own editor made of the line stands at the next prompt.
    Edited,
    /// Ctrl-D on an empty line, the end of the input, or nobody reads the output any more. Not to be read on.
    End,
    /// A line could not be read. The next may be fine.
    Failed(EditorError),
}

/// Why a line could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// Longer than [`MAX_LINE_BYTES`], continuation lines included; skipped.
    #[error(
        "line {number} is longer than {MAX_LINE_BYTES} bytes\nhint: AWS takes documents of at most 32768"
    )]
    TooLong {
        /// The number of the line, from 1.
        number: usize,
    },
    /// Not UTF-8; skipped.
    #[error("line {number} is not UTF-8\nhint: save the script as UTF-8")]
    NotUtf8 {
        /// The number of the line, from 1.
        number: usize,
    },
    /// The input ended within a quote or a JSON value.
    #[error(
        "line {number} begins a command that does not end\nhint: a quote or a bracket is open; `help quoting` shows how lines are read"
    )]
    Unfinished {
        /// The number of its first line, from 1.
        number: usize,
    },
    /// The person's own editor brought nothing. The line stands at the next prompt.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The terminal or the input failed; the end follows.
    #[error("cannot read the next line: {0}")]
    Io(#[source] std::io::Error),
}

/// The source of lines and the way to the screen, for the thread of the loop.
pub struct Editor {
    source: Lines,
    printer: Printer,
    output: Arc<output::Output>,
    screen: Screen,
    is_interactive: bool,
    /// What stands before each line that is typed.
    prompt: String,
}

enum Lines {
    Terminal(Box<terminal::Terminal>),
    Plain(lines::Lines),
}

impl Editor {
    /// Opens the terminal or the source of plain lines.
    pub fn open(mut options: EditorOptions) -> Result<Self, EditorError> {
        let screen = Screen::save();
        let printer = Printer::new();
        let output = Arc::new(output::Output::new(options.transcript.take()));
        let prompt = format!("{}> ", options.name);
        let is_stdin = matches!(options.source, Source::Stdin);
        let are_terminals = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let source = if is_stdin && are_terminals && can_edit() {
            let output = Arc::clone(&output);
            let terminal = terminal::Terminal::open(options, &printer, output, screen.clone())?;
            Lines::Terminal(Box::new(terminal))
        } else {
            let prompt = (is_stdin && are_terminals).then(|| prompt.clone());
            let source = match options.source {
                Source::Stdin => Box::new(std::io::stdin()),
                Source::Reader(reader) => reader,
            };
            let output = Arc::clone(&output);
            let lines =
                lines::Lines::open(source, prompt, &printer, output).map_err(EditorError::Io)?;
            Lines::Plain(lines)
        };
        Ok(Self {
            source,
            printer,
            output,
            screen,
            is_interactive: is_stdin && are_terminals,
            prompt,
        })
    }

    /// Waits for the next command. Meanwhile events are shown; not before and not after.
    pub fn read(&mut self) -> Input {
        if self.output.is_closed() {
            return Input::End;
        }
        self.tell_news();
        let input = match &mut self.source {
            Lines::Terminal(terminal) => terminal.read(),
            Lines::Plain(lines) => lines.read(&self.printer),
        };
        if let Input::Line { text, .. } = &input {
            self.output.keep_typed(&self.prompt, text);
        }
        input
    }

    fn tell_news(&self) {
        match self.output.news() {
            Some(news) if self.is_terminal() => self.printer.print(news),
            Some(news) => self.print_error(&news),
            None => {}
        }
    }

    /// Keeps what is shown in another way than by this editor.
    pub fn keep(&self, text: &str) {
        self.output.keep(text);
    }

    /// Lets a person change a text, in a file of this name, in an editor of their own; only where lines are edited. What waits to be
    /// shown goes on waiting.
    pub fn compose(&mut self, name: &str, text: &str) -> Result<String, ComposeError> {
        match &mut self.source {
            Lines::Terminal(terminal) => terminal.compose(name, text),
            Lines::Plain(_) => Err(ComposeError::NoEditor),
        }
    }

    /// Asks a person; anything but `y` or `yes` is a no. Events are shown meanwhile.
    pub fn confirm(&mut self, question: &str) -> bool {
        let question = format!("{question} y/N ");
        let answer = match &mut self.source {
            Lines::Terminal(terminal) => terminal.ask(&question),
            Lines::Plain(lines) => lines.ask(question.clone(), &self.printer),
        };
        let answer = answer.unwrap_or_default();
        self.output.keep_typed(&question, &answer);
        let answer = answer.trim();
        ["y", "yes"]
            .iter()
            .any(|yes| answer.eq_ignore_ascii_case(yes))
    }

    /// Puts a line at the next prompt, to be gone on with. Nothing where lines are not edited.
    pub fn offer(&mut self, line: String) {
        if let Lines::Terminal(terminal) = &mut self.source {
            terminal.offer(line);
        }
    }

    /// Keeps a line in the history that was not typed as it is.
    pub fn remember(&mut self, line: &str) {
        if let Lines::Terminal(terminal) = &mut self.source {
            terminal.remember(line);
        }
    }

    /// Shows the answer to a command, ahead of the events that wait. The final newline is added.
    pub fn print_reply(&self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.output.write(&[text, end].concat());
    }

    /// Shows the answer to a command, after the first `events` events and ahead of those that wait behind them. An empty answer
    /// shows nothing.
    pub fn print_reply_after(&self, text: &str, events: u64) {
        self.output.write(&self.printer.queue.take_until(events));
        if !text.is_empty() {
            self.print_reply(text);
        }
    }

    /// Shows an error where standard output is for payloads alone.
    pub fn print_error(&self, text: &str) {
        self.output.keep(text);
        // Without standard error there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Shows the events that wait, in the middle of a long command.
    pub fn flush_events(&self) {
        self.output.write(&self.printer.queue.take_all());
    }

    /// A handle for events, for any thread.
    pub fn printer(&self) -> Printer {
        self.printer.clone()
    }

    /// Whether lines are edited on a terminal.
    pub fn is_terminal(&self) -> bool {
        matches!(self.source, Lines::Terminal(_))
    }

    /// Whether a person types, be it on a terminal that cannot edit lines.
    pub fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Shows what waits and ends. An error if the output has failed: not everything was shown, and perhaps not every command
    /// was carried out.
    pub fn close(self) -> Result<(), std::io::Error> {
        let output = Arc::clone(&self.output);
        drop(self);
        output.take_failure().map_or(Ok(()), Err)
    }

    /// A handle that puts the terminal back as it was, for signals and panics in other threads.
    pub fn screen(&self) -> Screen {
        self.screen.clone()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.printer.queue.close();
        self.tell_news();
        self.flush_events();
        self.printer.queue.end();
    }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor")
            .field("is_terminal", &self.is_terminal())
            .field("printer", &self.printer)
            .finish_non_exhaustive()
    }
}

/// Whether rustyline can edit on the terminal: it knows three that cannot move the cursor.
fn can_edit() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    !["dumb", "cons25", "emacs"]
        .iter()
        .any(|unable| term.eq_ignore_ascii_case(unable))
}
