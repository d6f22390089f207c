//! Lines from a terminal, with rustyline.
//!
//! Rustyline's external printer shows a text above the line being typed, but it has two traps: it blocks while no line is
//! being read, and it writes straight to the terminal, ahead of waiting texts, while the terminal is not in raw mode. So one
//! thread owns the only printer, and it prints only while the gate of the queue is open. The gate is opened in
//! `Hinter::hint`, which is first called when the terminal is in raw mode , and closed in `Validator::validate`, before the
//! line is accepted.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::Arc;

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, CompletionType, Config, ExternalPrinter, GraphemeClusterMode};

use crate::redact;
use crate::repl::editor::assistant::{Asks, Assistant, CONNECTED, Checked};
use crate::repl::editor::compose::{self, ComposeError, compose};
use crate::repl::editor::history_file::HistoryFile;
use crate::repl::editor::input::{EditorError, EditorInput, Unreadable};
use crate::repl::editor::keys::bind_keys;
use crate::repl::editor::left::{HowLeft, LeftBy, TallLines};
use crate::repl::editor::options::EditorOptions;
use crate::repl::editor::output::StandardOutput;
use crate::repl::editor::painter::Painter;
use crate::repl::editor::past::Past;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::resumption::Resumption;
use crate::repl::editor::screen::Screen;
use crate::repl::input::command::Joined;
use crate::text;

/// The most lines that the history keeps.
const MAX_HISTORY_LINES: usize = 1000;

/// The longest line that goes into the history, in bytes.
const MAX_HISTORY_LINE_BYTES: usize = 16 * 1024;

/// The name of the file that holds a line while another program edits it.
const LINE_FILE: &str = "line";

/// How many characters of a line the question about it shows.
const MAX_SHOWN_CHARS: usize = 30;

pub(crate) struct Terminal {
    editor: rustyline::Editor<Assistant, DefaultHistory>,
    prompt: String,
    printer: Printer,
    history: Option<HistoryFile>,
    /// The user's editor.
    program: Option<OsString>,
    screen: Screen,
    left: HowLeft,
    asks: Asks,
    checked: Checked,
    painter: Painter,
    past: Past,
    /// A line that is taller than the screen; the user must be asked about it.
    unseen: Option<String>,
    /// The text at the next prompt, before and behind the cursor.
    offered: (String, String),
    /// Commands of one paste that have not been returned yet.
    ready: VecDeque<EditorInput>,
    commands: usize,
}

impl Terminal {
    /// Takes over the terminal and starts the thread that shows the texts of `printer`. A history that cannot be read or
    /// written is kept in memory only, which [`Terminal::news`] reports.
    pub(crate) fn open(
        options: EditorOptions,
        printer: &Printer,
        output: Arc<StandardOutput>,
        screen: Screen,
    ) -> Result<Self, EditorError> {
        let config = config().map_err(from_readline)?;
        let mut editor = rustyline::Editor::with_config(config.clone()).map_err(from_readline)?;
        let (left, asks, checked) = (HowLeft::default(), Asks::default(), Checked::default());
        let (on_screen, tall) = (Painter::default(), TallLines::new(left.clone()));
        let past = Past::default();
        let assistant = Assistant {
            printer: printer.clone(),
            color: options.color,
            name_color: options.name_color,
            widths: GraphemeClusterMode::from_env(),
            asks: asks.clone(),
            checked: checked.clone(),
            painter: on_screen.clone(),
            past: past.clone(),
            tall,
            screen: screen.clone(),
        };
        bind_keys(&mut editor, printer, &left, &assistant);
        editor.set_helper(Some(assistant));
        let history = options.history.map(|path| HistoryFile::open(path, config));
        let history = history.transpose().map_err(EditorError::Io)?;
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
            painter: on_screen,
            past,
            unseen: None,
            offered: Default::default(),
            ready: VecDeque::new(),
            commands: 0,
        })
    }

    /// What stands behind the sign from the next line on.
    pub(crate) fn set_prompt(&mut self, prompt: &str) {
        self.prompt = format!("{CONNECTED} {prompt}");
    }

    /// The next command, Ctrl-C or Ctrl-D. The commands of a paste are returned one by one.
    pub(crate) fn read(&mut self) -> EditorInput {
        loop {
            if let Some(input) = self.ready.pop_front() {
                return input;
            }
            if let Some(line) = self.unseen.take() {
                self.ask_about(&line);
                continue;
            }
            self.learn_history();
            let (before, behind) = std::mem::take(&mut self.offered);
            let line = self.read_line((&before, &behind));
            match (line, self.left.take()) {
                (Ok(text), None | Some(LeftBy::Pasted(_))) => {
                    self.accept(&text);
                }
                (_, Some(LeftBy::Tall(text) | LeftBy::Pasted(text))) => {
                    return self.edit_tall(text);
                }
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

    /// Lets rustyline read a line, with this text before and behind the cursor.
    fn read_line(&mut self, initial: (&str, &str)) -> rustyline::Result<String> {
        self.painter.begin(&self.prompt);
        self.past.begin(self.editor.history().iter());
        let prompt = self.prompt.as_str();
        let line = self.editor.readline_with_initial(prompt, initial);
        self.end_line();
        line
    }

    fn end_line(&self) {
        self.printer.queue.close();
        self.painter.end();
        self.screen.end_typing();
    }

    /// Opens the user's editor on a line that is taller than the screen. If the edited line fits, it is put at the next
    /// prompt. Otherwise, or without an editor, the user is asked about it.
    fn edit_tall(&mut self, text: String) -> EditorInput {
        let program = self.program.clone().or_else(compose::usual_program);
        let composed = match &program {
            Some(program) => compose(Some(program), LINE_FILE, &text),
            None => Err(ComposeError::TooTall),
        };
        self.screen.reset();
        match composed {
            Ok(edited) => {
                let (extent, rows) = self.painter.look(&edited, edited.len());
                if extent.is_taller_than(rows) {
                    self.unseen = Some(edited);
                } else {
                    self.offer(edited);
                }
                EditorInput::Edited
            }
            Err(error) => {
                self.unseen = Some(text);
                EditorInput::Failed(EditorError::Compose(error))
            }
        }
    }

    /// Carries out a line that is taller than the screen, if the user confirms.
    fn ask_about(&mut self, line: &str) {
        let begin = line.lines().next().unwrap_or_default();
        let begin = text::shorten(&text::sanitize(begin), MAX_SHOWN_CHARS);
        let more = line.lines().count().saturating_sub(1);
        let question = format!("`{begin}` and {more} more lines: send? y/N ");
        let answer = self.ask(&question).unwrap_or_default();
        if ["y", "yes"]
            .iter()
            .any(|yes| answer.trim().eq_ignore_ascii_case(yes))
        {
            self.accept(line);
        } else {
            // The line is not lost, and a history in memory cannot fail.
            let _ = self.editor.add_history_entry(line);
        }
    }

    /// The typed answer to a question; `None` after Ctrl-C or Ctrl-D, or if the terminal is gone.
    pub(crate) fn ask(&mut self, question: &str) -> Option<String> {
        self.asks.set(true);
        let prompt = format!("{CONNECTED} {question}");
        self.painter.begin(&prompt);
        let answer = self.editor.readline(&prompt);
        self.end_line();
        self.asks.set(false);
        answer.ok().filter(|_| self.left.take().is_none())
    }

    /// Puts the line as changed in the user's editor at the next prompt; on failure, the unchanged line.
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

    /// Opens the user's editor on a text, in a file of this name. The editor uses the terminal until it exits.
    pub(crate) fn compose(&mut self, name: &str, text: &str) -> Result<String, ComposeError> {
        let composed = compose(self.program.as_deref(), name, text);
        self.screen.reset();
        composed
    }

    /// A handle that restores the line after the program was stopped.
    pub(crate) fn resumption(&self) -> Resumption {
        Resumption {
            screen: self.screen.clone(),
            painter: self.painter.clone(),
            printer: self.printer.clone(),
        }
    }

    /// Puts a line at the next prompt for the user to continue.
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
                Joined::TooLong { text, .. } => {
                    EditorInput::Failed(EditorError::line(number, &text, Unreadable::TooLong))
                }
                Joined::More => {
                    EditorInput::Failed(EditorError::line(number, text, Unreadable::Unfinished))
                }
            };
            self.ready.push_back(input);
        }
    }

    /// Adds a line to the history.
    pub(crate) fn remember(&mut self, line: &str) {
        // A presigned URL, which a document may contain, gives access to everyone who reads it.
        if line.len() > MAX_HISTORY_LINE_BYTES || redact::holds_signature(line) {
            return;
        }
        let added = self.editor.add_history_entry(line);
        if let (Ok(true), Some(file)) = (added, &mut self.history) {
            file.keep(line);
        }
    }

    /// Inserts the lines of earlier sessions before those of this one, once they have been read.
    fn learn_history(&mut self) {
        let Some(earlier) = self.history.as_mut().and_then(HistoryFile::take_loaded) else {
            return;
        };
        let typed: Vec<String> = self.editor.history().iter().cloned().collect();
        // A history in memory cannot fail.
        let _ = self.editor.clear_history();
        for line in earlier.into_iter().chain(typed) {
            let _ = self.editor.add_history_entry(line);
        }
    }

    /// Why the history is not kept, reported once.
    pub(crate) fn news(&mut self) -> Option<String> {
        self.history.as_mut()?.news()
    }
}

fn config() -> rustyline::Result<Config> {
    Ok(Config::builder()
        .max_history_size(MAX_HISTORY_LINES)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .bracketed_paste(true)
        .completion_type(CompletionType::List)
        // The highlighter changes the sign of the prompt, with or without colours.
        .color_mode(ColorMode::Forced)
        .build())
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
                // Rustyline repaints the line below the printed text; after an empty text, in the same place.
                let shown = if text.is_empty() {
                    "\x1b[A\n".to_owned()
                } else {
                    text.clone()
                };
                match external.print(shown) {
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

fn from_readline(error: ReadlineError) -> EditorError {
    EditorError::Io(match error {
        ReadlineError::Io(error) => error,
        #[cfg(unix)]
        ReadlineError::Errno(error) => error.into(),
        error => std::io::Error::other(error.to_string()),
    })
}
