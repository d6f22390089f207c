//! The helper of rustyline while a line is typed: the grey hint, the colours, and whether the line is complete.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, GraphemeClusterMode, Helper};

use crate::repl::editor::left::TallLines;
use crate::repl::editor::painter::Painter;
use crate::repl::editor::past::Past;
use crate::repl::editor::printer::Printer;
use crate::repl::editor::screen::Screen;
use crate::repl::input::command::{self, Joined, Joiner};
use crate::repl::input::words::{MAX_LINE_BYTES, Unfinished};
use crate::repl::input::{complete, grammar};
use crate::repl::output::json_text;
use crate::text;

/// The longest line whose JSON is coloured while it is typed, in bytes: with colours, every key repaints the whole line.
const MAX_COLORED_BYTES: usize = 2048;

/// Signs of the prompt, of the same width, because rustyline measures only the first.
pub(crate) const CONNECTED: &str = "●";
const DISCONNECTED: &str = "○";

/// The helper of rustyline while a line is typed.
pub(crate) struct Assistant {
    pub(crate) printer: Printer,
    pub(crate) color: bool,
    /// The color of the name in the prompt, as a parameter of ECMA-48.
    pub(crate) name_color: Option<u8>,
    /// How rustyline measures text.
    pub(crate) widths: GraphemeClusterMode,
    pub(crate) asks: Asks,
    pub(crate) checked: Checked,
    pub(crate) painter: Painter,
    pub(crate) past: Past,
    pub(crate) tall: TallLines,
    pub(crate) screen: Screen,
}

impl Helper for Assistant {}

/// Tab has its own handler. Completion only replaces the line by one of the history.
impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        _: &str,
        _: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((0, self.past.take().into_iter().collect()))
    }

    fn update(&self, line: &mut LineBuffer, _: usize, elected: &str, changes: &mut Changeset) {
        line.update(elected, elected.len(), changes);
    }
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
        self.screen.note_typing();
        let hint = self.missing(line, pos);
        let shown = hint.as_deref().unwrap_or_default();
        self.painter.paint(line, pos, shown);
        if self.tall.take_paste() && !self.asks.is_asked() {
            let (extent, rows) = self.painter.look(line, pos);
            if extent.is_taller_than(rows) {
                self.tall.leave_by_signal(line);
            }
        }
        hint.map(Missing)
    }
}

impl Assistant {
    fn missing(&self, line: &str, pos: usize) -> Option<String> {
        if pos < line.len() || self.asks.is_asked() {
            return None;
        }
        // Without colour, a hint would look like typed text, except for a sign that is alone in its row.
        match (line.ends_with('\n'), self.color) {
            (true, true) => open(line).map(|closing| match closing {
                "" => format!("{GOES_ON} Ctrl-C drops it"),
                closing => format!("{GOES_ON} {closing} ends it, Ctrl-C drops it"),
            }),
            (true, false) => open(line).map(|_| GOES_ON.to_owned()),
            (false, true) => complete::hint(line),
            (false, false) => None,
        }
    }
}

/// Marks the next row of an incomplete command.
const GOES_ON: &str = "…";

/// The character that closes the command at the end of a text, if one is enough; `None` if the command is complete.
fn open(text: &str) -> Option<&'static str> {
    let mut joiner = Joiner::default();
    for line in text.strip_suffix('\n')?.split('\n') {
        joiner.push(1, line);
    }
    let (_, begun) = joiner.end()?;
    Some(match command::words(&begun).err()? {
        Unfinished::Quote { quote: '"', .. } => "\"",
        Unfinished::Quote { .. } => "'",
        Unfinished::Json { at } if begun[at..].starts_with('[') => "]",
        Unfinished::Json { .. } => "}",
        Unfinished::Backslash => "",
    })
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
    /// The JSON to colour in a line, in bytes.
    fn json(&self, line: &str) -> Option<Range<usize>> {
        if !self.color || line.len() > MAX_COLORED_BYTES || line.contains(drives_terminal) {
            return None;
        }
        grammar::document_span(line).filter(|span| line[span.clone()].starts_with(['{', '[']))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match self.json(line) {
            None => painted(line, self.widths),
            Some(span) => {
                let json = json_text::colored(&line[span.clone()]);
                Cow::Owned([&line[..span.start], &json, &line[span.end..]].concat())
            }
        }
    }

    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        self.json(line).is_some() || line.contains(drives_terminal)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let connected = self.printer.shared.is_connected();
        let rest = prompt.strip_prefix(CONNECTED).unwrap_or(prompt);
        let is_colored = self.color && !self.asks.is_asked();
        let rest = match self.name_color.filter(|_| is_colored) {
            Some(color) => Cow::Owned(format!("\x1b[{color}m{rest}\x1b[0m")),
            None => Cow::Borrowed(rest),
        };
        Cow::Owned(match (connected, self.color) {
            (true, true) => format!("\x1b[32m{CONNECTED}\x1b[0m{rest}"),
            (false, true) => format!("\x1b[31m{DISCONNECTED}\x1b[0m{rest}"),
            (true, false) => format!("{CONNECTED}{rest}"),
            (false, false) => format!("{DISCONNECTED}{rest}"),
        })
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color {
            Cow::Owned(format!("\x1b[90m{hint}\x1b[0m"))
        } else {
            Cow::Borrowed(hint)
        }
    }
}

/// Whether a character of a line could control the terminal or reorder the text. Joining characters and line ends are
/// allowed.
fn drives_terminal(c: char) -> bool {
    text::is_hidden(c) && !matches!(c, '\n' | '\t' | '\u{200c}' | '\u{200d}')
}

/// A line, possibly from a paste or the history, without characters that could control the terminal. Its width is what
/// rustyline computes: rustyline counts an escape sequence as having no width.
fn painted(line: &str, widths: GraphemeClusterMode) -> Cow<'_, str> {
    if !line.contains(drives_terminal) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\x1b' {
            let is_parameter = |c: char| c == ';' || c.is_ascii_digit();
            if chars.next() == Some('[') {
                while chars.next().is_some_and(is_parameter) {}
            }
        } else if drives_terminal(c) {
            let width = widths.width(c.encode_utf8(&mut [0; 4]));
            shown.extend(std::iter::repeat_n('\u{fffd}', width.into()));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether the typed text answers a question, rather than being a command.
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

/// Splits typed or pasted text into commands; [`Joined::More`] stands for an incomplete one at the end.
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
    fn nothing_in_a_line_drives_the_terminal() {
        use GraphemeClusterMode::{Unicode, WcWidth};
        for (line, widths, expected) in [
            (
                "pending 作業 👩\u{200d}🚀\tb\n",
                WcWidth,
                "pending 作業 👩\u{200d}🚀\tb\n",
            ),
            ("a\x1b[31;1mb\x1b[2Jc\x1b]0;t\x07d", WcWidth, "abc0;td"),
            ("a\x1b[31;1mb\x1b]0;t\x07d", Unicode, "ab0;t\u{fffd}d"),
            ("a\x1b\x1b[2Jb\x1b[3", WcWidth, "a[2Jb"),
            ("a\u{9b}2J\u{202e}b\x08\r", WcWidth, "a2Jb"),
            ("a\x1b", Unicode, "a"),
        ] {
            assert_eq!(painted(line, widths), expected, "{line:?}");
        }
    }

    #[test]
    fn what_closes_an_open_command_is_found() {
        for (text, expected) in [
            ("create-job J {\n", Some("}")),
            ("create-job J [{\n", Some("]")),
            ("pending\ndone 'a\n", Some("'")),
            ("done \"a\nb\n", Some("\"")),
            ("done \\\n", Some("")),
            ("create-job J {", None),
            ("pending\n", None),
            ("\n", None),
        ] {
            assert_eq!(open(text), expected, "{text:?}");
        }
    }

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
