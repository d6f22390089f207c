//! Where lines come from and where texts go: a terminal with line editing, or plain lines. Both behind [`Editor`].
//!
//! | file | what it holds |
//! |---|---|
//! | `options`, `input` | how an editor is opened; what reading a line returns |
//! | `terminal` | lines from a terminal, with rustyline |
//! | `assistant`, `keys` | what rustyline asks while a line is typed; keys |
//! | `tab`, `shared`, `files` | Tab, what is known for it, and names of files |
//! | `left` | how a line was left other than by Enter |
//! | `extent`, `painter` | where the line stands on the screen, also after that was resized |
//! | `history`, `history_file`, `past` | where the history of lines is kept, and by whom; the search in it |
//! | `compose`, `pager` | the user's own editor and pager |
//! | `lines` | lines from a pipe, a file, or a terminal without line editing |
//! | `printer`, `output` | texts that wait to be shown; standard output |
//! | `screen`, `resumption` | the state of the terminal, also while the program is stopped |

mod assistant;
mod compose;
mod extent;
mod files;
mod history;
mod history_file;
mod input;
mod keys;
mod left;
mod lines;
mod options;
mod output;
mod pager;
mod painter;
mod past;
mod printer;
mod resumption;
mod screen;
mod shared;
mod tab;
mod terminal;

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use crate::repl::editor::lines::PlainLines;
use crate::repl::editor::output::StandardOutput;
use crate::repl::editor::terminal::Terminal;
use crate::text;

pub use crate::repl::editor::compose::{ComposeError, program as editor_program};
pub use crate::repl::editor::history::path as history_path;
pub use crate::repl::editor::input::{EditorError, EditorInput};
pub use crate::repl::editor::options::{EditorOptions, Source};
pub use crate::repl::editor::pager::Pager;
pub use crate::repl::editor::printer::Printer;
pub use crate::repl::editor::resumption::Resumption;
pub use crate::repl::editor::screen::Screen;
pub use crate::repl::editor::shared::{Answers, Unanswered};

/// The source of lines and the way to the screen, for the thread of the loop.
pub struct Editor {
    source: LineSource,
    printer: Printer,
    output: Arc<StandardOutput>,
    screen: Screen,
    pager: Pager,
    is_interactive: bool,
    /// What stands before each line that is typed.
    prompt: String,
}

enum LineSource {
    Terminal(Box<Terminal>),
    Plain(PlainLines),
}

impl Editor {
    /// Opens the terminal or the source of plain lines.
    pub fn open(mut options: EditorOptions) -> Result<Self, EditorError> {
        let screen = Screen::save();
        let printer = Printer::new();
        let output = Arc::new(StandardOutput::new(options.transcript.take(), options.news));
        let prompt = format!("{}> ", options.name);
        let pager = std::mem::take(&mut options.pager);
        let is_stdin = matches!(options.source, Source::Stdin);
        let are_terminals = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let source = if is_stdin && are_terminals && can_edit() {
            let output = Arc::clone(&output);
            let terminal = Terminal::open(options, &printer, output, screen.clone())?;
            LineSource::Terminal(Box::new(terminal))
        } else {
            let prompt = (is_stdin && are_terminals).then(|| prompt.clone());
            let source = match options.source {
                Source::Stdin => Box::new(std::io::stdin()),
                Source::Reader(reader) => reader,
            };
            let output = Arc::clone(&output);
            let lines =
                PlainLines::open(source, prompt, &printer, output).map_err(EditorError::Io)?;
            LineSource::Plain(lines)
        };
        Ok(Self {
            source,
            printer,
            output,
            screen,
            pager,
            is_interactive: is_stdin && are_terminals,
            prompt,
        })
    }

    /// Waits for the next command. Shows events while it waits; not before and not after.
    pub fn read(&mut self) -> EditorInput {
        if self.output.is_closed() {
            return EditorInput::End;
        }
        self.tell_news();
        let input = match &mut self.source {
            LineSource::Terminal(terminal) => terminal.read(),
            LineSource::Plain(lines) => lines.read(&self.printer),
        };
        if let EditorInput::Line { text, .. } = &input {
            self.output.keep_typed(&self.prompt, text);
        }
        input
    }

    fn tell_news(&mut self) {
        match (self.output.news(), &mut self.source) {
            (news, LineSource::Terminal(terminal)) => {
                let news: Vec<String> = news.into_iter().chain(terminal.news()).collect();
                for news in &news {
                    self.print_reply(news);
                }
            }
            (Some(news), LineSource::Plain(_)) => self.print_error(&news),
            (None, LineSource::Plain(_)) => {}
        }
    }

    /// Keeps what is shown in another way than by this editor.
    pub fn keep(&self, text: &str) {
        self.output.keep(text);
    }

    /// Lets the user change a text in a file of this name, with the user's editor; only where lines are edited. What waits to be
    /// shown keeps waiting.
    pub fn compose(&mut self, name: &str, text: &str) -> Result<String, ComposeError> {
        match &mut self.source {
            LineSource::Terminal(terminal) => terminal.compose(name, text),
            LineSource::Plain(_) => Err(ComposeError::NoEditor),
        }
    }

    /// Asks the user; anything but `y` or `yes` is a no. Shows events until the answer.
    pub fn confirm(&mut self, question: &str) -> bool {
        let question = format!("{} y/N ", text::sanitize(question));
        let answer = match &mut self.source {
            LineSource::Terminal(terminal) => terminal.ask(&question),
            LineSource::Plain(lines) => lines.ask(question.clone(), &self.printer),
        };
        let answer = answer.unwrap_or_default();
        self.output.keep_typed(&question, &answer);
        let answer = answer.trim();
        ["y", "yes"]
            .iter()
            .any(|yes| answer.eq_ignore_ascii_case(yes))
    }

    /// Puts a line at the next prompt, to be continued. Does nothing where lines are not edited.
    pub fn offer(&mut self, line: String) {
        if let LineSource::Terminal(terminal) = &mut self.source {
            terminal.offer(line);
        }
    }

    /// Keeps a line in the history that was not typed as it is.
    pub fn remember(&mut self, line: &str) {
        if let LineSource::Terminal(terminal) = &mut self.source {
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
        self.flush_events_until(events);
        if !text.is_empty() {
            self.print_reply(text);
        }
    }

    /// Shows a text of our own through the user's pager, and keeps it. Returns whether it did: not in a script, nor if the text fits the
    /// screen. What waits to be shown keeps waiting.
    pub fn page(&self, text: &str) -> bool {
        let is_shown = self.is_interactive && self.pager.show(text);
        if is_shown {
            self.output.keep(text);
        }
        // A pager that was killed may have left the terminal in a state of its own.
        self.screen.reset();
        is_shown
    }

    /// Shows an error where standard output is for payloads alone.
    pub fn print_error(&self, text: &str) {
        self.output.keep(text);
        // Without standard error the text is lost.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Ends the line on which the terminal has echoed `^C`.
    pub fn end_line(&self) {
        self.output.write("\n");
    }

    /// Shows those of the first `events` events that still wait.
    pub fn flush_events_until(&self, events: u64) {
        self.output.write(&self.printer.queue.take_until(events));
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
        matches!(self.source, LineSource::Terminal(_))
    }

    /// Whether the user types, even if on a terminal that cannot edit lines.
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

    /// A handle for when the program is stopped and continued; `None` where lines are not edited.
    pub fn resumption(&self) -> Option<Resumption> {
        match &self.source {
            LineSource::Terminal(terminal) => Some(terminal.resumption()),
            LineSource::Plain(_) => None,
        }
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
