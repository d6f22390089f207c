//! Input lines and output texts: on a terminal with line editing, or as plain lines. [`Editor`] covers both.
//!
//! | file | what it holds |
//! |---|---|
//! | `options`, `input` | how an editor is opened; the result of reading a line |
//! | `terminal` | lines from a terminal, with rustyline |
//! | `assistant`, `keys` | the helper of rustyline while a line is typed; keys |
//! | `tab`, `shared`, `files` | Tab, the candidates that are known, and names of files |
//! | `left` | how a line was left other than by Enter |
//! | `extent`, `painter` | the place of the line on the screen, also after resizing |
//! | `history`, `history_file`, `past` | the file of the history, the thread that writes it; searching it |
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

/// The source of lines and the output, for the thread of the loop.
pub struct Editor {
    source: LineSource,
    printer: Printer,
    output: Arc<StandardOutput>,
    screen: Screen,
    pager: Pager,
    is_interactive: bool,
    /// The name in the prompt.
    name: String,
    /// The prompt.
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
        let name = options.name.clone();
        let prompt = format!("{name}> ");
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
            name,
            prompt,
        })
    }

    /// Waits for the next command. Shows events only while it waits.
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

    /// Puts a word behind the name in the prompt, or takes it away.
    pub fn mark_prompt(&mut self, mark: Option<&str>) {
        let gap = if mark.is_some() { " " } else { "" };
        self.prompt = format!("{}{gap}{}> ", self.name, mark.unwrap_or_default());
        match &mut self.source {
            LineSource::Terminal(terminal) => terminal.set_prompt(&self.prompt),
            LineSource::Plain(lines) => lines.set_prompt(&self.prompt),
        }
    }

    /// Shows a line as if the user had typed it.
    pub fn show_typed(&self, line: &str) {
        if self.is_interactive {
            let sign = if self.is_terminal() { "● " } else { "" };
            let line = text::sanitize_lines(line);
            self.output
                .write_only(&format!("{sign}{}{line}\n", self.prompt));
        }
        self.output.keep_typed(&self.prompt, line);
    }

    /// Adds to the transcript a text that was shown by other means.
    pub fn keep(&self, text: &str) {
        self.output.keep(text);
    }

    /// Lets the user edit a text with the user's editor, in a file of this name; only on a terminal with line editing.
    /// Waiting texts are shown afterwards.
    pub fn compose(&mut self, name: &str, text: &str) -> Result<String, ComposeError> {
        match &mut self.source {
            LineSource::Terminal(terminal) => terminal.compose(name, text),
            LineSource::Plain(_) => Err(ComposeError::NoEditor),
        }
    }

    /// Asks the user; only `y` and `yes` confirm. Shows events until the answer.
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

    /// Puts a line at the next prompt for the user to continue. Does nothing without line editing.
    pub fn offer(&mut self, line: String) {
        if let LineSource::Terminal(terminal) = &mut self.source {
            terminal.offer(line);
        }
    }

    /// Adds a line to the history that was not typed in this form.
    pub fn remember(&mut self, line: &str) {
        if let LineSource::Terminal(terminal) = &mut self.source {
            terminal.remember(line);
        }
    }

    /// Shows the reply to a command before the waiting events. The final newline is added.
    pub fn print_reply(&self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        self.output.write(&[text, end].concat());
    }

    /// Shows the reply to a command after the first `events` events, and before those behind them. An empty reply is not
    /// shown.
    pub fn print_reply_after(&self, text: &str, events: u64) {
        self.flush_events_until(events);
        if !text.is_empty() {
            self.print_reply(text);
        }
    }

    /// Shows the program's own text through the user's pager, and adds it to the transcript. Returns whether it did: not in
    /// a script, nor if the text fits the screen. Waiting texts are shown afterwards.
    pub fn page(&self, text: &str) -> bool {
        let is_shown = self.is_interactive && self.pager.show(text);
        if is_shown {
            self.output.keep(text);
        }
        // A pager that was killed may have left the terminal in another mode.
        self.screen.reset();
        is_shown
    }

    /// Shows an error if standard output is only for payloads.
    pub fn print_error(&self, text: &str) {
        self.output.keep(text);
        // Without standard error the text is lost.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Ends the line on which the terminal has echoed `^C`.
    pub fn end_line(&self) {
        self.output.write("\n");
    }

    /// Shows those of the first `events` events that are still waiting.
    pub fn flush_events_until(&self, events: u64) {
        self.output.write(&self.printer.queue.take_until(events));
    }

    /// Shows the waiting events, in the middle of a long command.
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

    /// Whether a user types, even on a terminal without line editing.
    pub fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    /// Shows the waiting texts and ends. Returns an error if the output has failed: some texts were not shown, and commands
    /// may not have been carried out.
    pub fn close(self) -> Result<(), std::io::Error> {
        let output = Arc::clone(&self.output);
        drop(self);
        output.take_failure().map_or(Ok(()), Err)
    }

    /// A handle for stopping and continuing the program; `None` without line editing.
    pub fn resumption(&self) -> Option<Resumption> {
        match &self.source {
            LineSource::Terminal(terminal) => Some(terminal.resumption()),
            LineSource::Plain(_) => None,
        }
    }

    /// A handle that restores the terminal, for signals and panics in other threads.
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

/// Whether rustyline can edit on this terminal: it excludes three types that cannot move the cursor.
fn can_edit() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    !["dumb", "cons25", "emacs"]
        .iter()
        .any(|unable| term.eq_ignore_ascii_case(unable))
}
