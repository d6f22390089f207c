//! The pager, for texts that are taller than the terminal: the one that `PAGER` names, or else `less`.

use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, Stdio};

use terminal_size::terminal_size_of;

use crate::repl::columns::columns_of;

/// The exit status of a shell for a command that does not exist.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02>
const NOT_FOUND: i32 = 127;

/// How long texts are shown on a terminal.
#[derive(Debug, Clone, Default)]
pub struct Pager(Option<OsString>);

impl Pager {
    /// By the value of `PAGER`: a command with its arguments, or no pager if it is empty.
    pub fn new(variable: Option<OsString>) -> Self {
        Self(variable)
    }

    /// Shows a text on the terminal of standard output, and waits until the user quits the pager. Returns false if the text
    /// fits the screen, or if no pager was found.
    pub fn show(&self, text: &str) -> bool {
        let Some((width, height)) = terminal_size_of(std::io::stdout()) else {
            return false;
        };
        let screen = (usize::from(width.0), usize::from(height.0));
        if rows(text, screen.0) < screen.1 {
            return false;
        }
        let Some(mut command) = self.command() else {
            return false;
        };
        // The texts are UTF-8 whatever the locale.
        let child = command
            .env("LESSCHARSET", "utf-8")
            .stdin(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            return false;
        };
        if let Some(mut stdin) = child.stdin.take() {
            // The user may quit before the whole text is read.
            let _ = stdin.write_all(text.as_bytes());
        }
        child
            .wait()
            .is_ok_and(|status| status.code() != Some(NOT_FOUND))
    }

    fn command(&self) -> Option<Command> {
        match &self.0 {
            Some(program) if program.is_empty() => None,
            Some(program) => Some(named(program)),
            None => {
                let mut less = Command::new("less");
                // Quits at once if the text fits, keeps colours, and leaves the text on the screen.
                less.arg("-FRX");
                Some(less)
            }
        }
    }
}

/// As in git: the shell reads the variable, so it can contain arguments and quotes.
#[cfg(unix)]
fn named(program: &OsString) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(program);
    command
}

/// A program and its arguments, separated by spaces.
#[cfg(not(unix))]
fn named(program: &OsString) -> Command {
    let program = program.to_string_lossy();
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// How many rows a text takes on a terminal of this width, with the row of the prompt below it.
fn rows(text: &str, width: usize) -> usize {
    let width = width.max(1);
    text.lines()
        .map(|line| columns_of(line).div_ceil(width).max(1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_take_several_rows() {
        for (text, width, expected) in [
            ("", 10, 0),
            ("a\n\nb\n", 10, 3),
            ("0123456789\n", 10, 1),
            ("01234567890\n", 10, 2),
            ("a", 0, 1),
        ] {
            assert_eq!(rows(text, width), expected, "{text:?} in {width}");
        }
    }
}
