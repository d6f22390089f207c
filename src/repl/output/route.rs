//! Where a response goes: through a query, and to the screen, into a file, or to a command of the shell.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};

use crate::cause::Cause;
use crate::repl::input::query::Query;
use crate::repl::input::redirect::Redirect;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::form::Style;

/// The way of one response.
#[derive(Default)]
pub(crate) struct Route {
    query: Option<Query>,
    to: Option<Target>,
}

enum Target {
    File {
        file: File,
        path: String,
        append: bool,
    },
    Shell(String),
}

/// Why a response did not arrive, or was not wanted.
#[derive(Debug, thiserror::Error)]
enum RouteError {
    #[error(
        "cannot write to `{path}`: {source}\nthe command was not sent\nhint: name another file"
    )]
    Unwritable { path: String, source: io::Error },
    #[error(
        "cannot write to `{path}`: {source}\nhint: the command was carried out; this is its response"
    )]
    NotWritten { path: String, source: io::Error },
    #[error("cannot start a shell for `{0}`: {1}")]
    NoShell(String, io::Error),
    #[error("`{command}` ended with {}", how(*status))]
    Ended { command: String, status: ExitStatus },
}

/// The exit statuses of a shell for a command that does not exist or cannot be run.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02>
const NOT_RUN: [i32; 2] = [126, 127];

impl Route {
    /// The way that a line names. A file is opened here, before anything is sent: a response that can go nowhere is lost. What is
    /// in it stays until there is a response.
    pub(crate) fn open(query: Option<Query>, to: Option<Redirect>) -> Result<Self, Failure> {
        let to = match to {
            None => None,
            Some(Redirect::Shell(command)) => Some(Target::Shell(command)),
            Some(Redirect::File { path, append }) => match open(&path, append) {
                Ok(file) => Some(Target::File { file, path, append }),
                Err(source) => {
                    let error = RouteError::Unwritable { path, source };
                    return Err(Failure::new(Cause::Setup, &error));
                }
            },
        };
        Ok(Self { query, to })
    }

    /// Sends an answer on its way. What is left to be shown comes back: the answer itself if it went nowhere else, or could not,
    /// and what went wrong. `lend` is called with the text before it goes to a file or a command, which may use the screen.
    /// Blocks until that has ended.
    pub(crate) fn deliver(
        self,
        answer: Answer,
        style: Style,
        lend: impl FnOnce(&str),
    ) -> Vec<Outcome> {
        let answer = match (self.query, answer) {
            (Some(query), Answer::Response { operation, payload }) => {
                match query.select(payload.text()) {
                    Ok(selected) => Answer::Selected {
                        operation,
                        payload: selected.into(),
                    },
                    // What the service has done is done: all of its answer is shown.
                    Err(error) => {
                        let failure = Failure::new(Cause::Refused, &error);
                        return vec![Ok(Answer::Response { operation, payload }), Err(failure)];
                    }
                }
            }
            (_, answer) => answer,
        };
        let Some(to) = self.to else {
            return vec![Ok(answer)];
        };
        let text = style.payload_alone(&answer);
        lend(&text);
        let text = if text.is_empty() { text } else { text + "\n" };
        match to {
            Target::File { file, path, append } => match write(file, append, &text) {
                Ok(()) => vec![Ok(Answer::Nothing)],
                Err(source) => {
                    let error = RouteError::NotWritten { path, source };
                    vec![Ok(answer), Err(Failure::new(Cause::Setup, &error))]
                }
            },
            Target::Shell(command) => match feed(&command, &text) {
                Ok(status) if status.success() => vec![Ok(Answer::Nothing)],
                Ok(status) => {
                    let cause = cause(status);
                    let failure = Failure::new(cause, &RouteError::Ended { command, status });
                    match status.code() {
                        // Nobody has read it.
                        Some(code) if NOT_RUN.contains(&code) => vec![Ok(answer), Err(failure)],
                        _ => vec![Err(failure)],
                    }
                }
                Err(error) => {
                    let failure = Failure::new(Cause::Setup, &RouteError::NoShell(command, error));
                    vec![Ok(answer), Err(failure)]
                }
            },
        }
    }
}

/// For its owner alone if it is new.
fn open(path: &str, append: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(append);
    if !append {
        options.write(true).truncate(false);
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(mut file: File, append: bool, text: &str) -> io::Result<()> {
    // A device or a pipe has no length.
    if !append && file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(text.as_bytes())
}

/// Runs a command of the shell with this on its standard input; its output goes where this program's does. Whether it reads all
/// of it is its own business.
fn feed(command: &str, text: &str) -> io::Result<ExitStatus> {
    let mut child = shell(command).stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
        child.wait()
    })
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut shell = Command::new("cmd");
    shell.arg("/C").raw_arg(command);
    shell
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

fn cause(status: ExitStatus) -> Cause {
    const INTERRUPTED: i32 = 130;
    #[cfg(unix)]
    let is_signal = std::os::unix::process::ExitStatusExt::signal(&status) == Some(2);
    #[cfg(not(unix))]
    let is_signal = false;
    if is_signal || status.code() == Some(INTERRUPTED) {
        Cause::Interrupted
    } else {
        Cause::Refused
    }
}
