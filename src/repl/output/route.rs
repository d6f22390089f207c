//! Where a response goes: through a query, and to the screen, into a file, or to a command of the shell.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cause::Cause;
use crate::repl::input::query::Query;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::form;
use crate::text;

/// The way of one response.
#[derive(Default)]
pub(crate) struct Route {
    pub(crate) query: Option<Query>,
    /// The screen if `None`.
    pub(crate) to: Option<Target>,
}

pub(crate) enum Target {
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
        "cannot write to `{path}`: {source}\nthe command was not sent\nhint: give another file"
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
    #[error("`{0}` did not stop at Ctrl-C and was killed")]
    Killed(String),
}

/// The exit statuses of a shell for a command that does not exist or cannot be run.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02>
const NOT_RUN: [i32; 2] = [126, 127];

/// What a query selects from an answer, if there is one and it is a response. If it fails, the answer as it was, and why.
pub(crate) fn selected(query: Option<Query>, answer: Answer) -> Result<Answer, Vec<Outcome>> {
    let (Some(query), Answer::Response { operation, payload }) = (query, &answer) else {
        return Ok(answer);
    };
    match query.select(payload.text()) {
        Ok(selected) => Ok(Answer::Selected {
            operation,
            payload: selected.into(),
        }),
        // What the service has done is done: all of its answer is shown.
        Err(error) => Err(vec![Ok(answer), Err(Failure::new(Cause::Refused, &error))]),
    }
}

impl Target {
    /// Opens a file, before anything is sent: a response that can go nowhere is lost. What is in it stays until there is a
    /// response. Blocks if the file does.
    pub(crate) fn open(path: String, append: bool) -> Result<Self, Failure> {
        match open(&path, append) {
            Ok(file) => Ok(Self::File { file, path, append }),
            Err(source) => {
                let error = RouteError::Unwritable { path, source };
                Err(Failure::new(Cause::Setup, &error))
            }
        }
    }
}

impl Route {
    /// Sends an answer on its way: what is to be done with it. `lend` is called with the text before it goes to a file or a
    /// command, which may use the screen.
    pub(crate) fn deliver(self, answer: Answer, lend: impl FnOnce(&str)) -> Delivery {
        let answer = match selected(self.query, answer) {
            Ok(answer) => answer,
            Err(outcomes) => return Delivery::Show(outcomes),
        };
        let Some(to) = self.to else {
            return Delivery::Show(vec![Ok(answer)]);
        };
        let text = form::payload_alone(&answer);
        lend(&text);
        let text = if text.is_empty() { text } else { text + "\n" };
        match to {
            Target::File { file, path, append } => Delivery::Write(Writing {
                file,
                path,
                append,
                text,
                answer,
            }),
            Target::Shell(command) => Delivery::Feed(Feeding {
                command,
                text,
                answer,
            }),
        }
    }
}

/// What is to be done with an answer. What is left to be shown comes back: the answer itself if it went nowhere else, or could
/// not, and what went wrong.
pub(crate) enum Delivery {
    Show(Vec<Outcome>),
    Write(Writing),
    Feed(Feeding),
}

/// A response on its way into a file.
pub(crate) struct Writing {
    file: File,
    path: String,
    append: bool,
    text: String,
    answer: Answer,
}

impl Writing {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Writes it. Blocks if the file does.
    pub(crate) fn write(self) -> Vec<Outcome> {
        match write(self.file, self.append, &self.text) {
            Ok(()) => vec![Ok(Answer::Nothing)],
            Err(source) => {
                let path = self.path;
                let error = RouteError::NotWritten { path, source };
                vec![Ok(self.answer), Err(Failure::new(Cause::Setup, &error))]
            }
        }
    }
}

/// A response on its way to a command of the shell.
pub(crate) struct Feeding {
    command: String,
    text: String,
    answer: Answer,
}

impl Feeding {
    /// Runs the command until it ends. It is killed once `stop` ends.
    pub(crate) async fn feed(self, stop: impl Future<Output = ()>) -> Vec<Outcome> {
        let Self {
            command,
            text,
            answer,
        } = self;
        match feed(&command, text, stop).await {
            Ok(Some(status)) if status.success() => vec![Ok(Answer::Nothing)],
            Ok(Some(status)) => {
                let cause = cause(status);
                let failure = Failure::new(cause, &RouteError::Ended { command, status });
                match status.code() {
                    // It was never read.
                    Some(code) if NOT_RUN.contains(&code) => vec![Ok(answer), Err(failure)],
                    _ => vec![Err(failure)],
                }
            }
            Ok(None) => {
                let error = RouteError::Killed(command);
                vec![Err(Failure::new(Cause::Interrupted, &error))]
            }
            Err(error) => {
                let failure = Failure::new(Cause::Setup, &RouteError::NoShell(command, error));
                vec![Ok(answer), Err(failure)]
            }
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
    options.open(text::in_home(Path::new(path), std::env::home_dir))
}

fn write(mut file: File, append: bool, text: &str) -> io::Result<()> {
    // A device or a pipe has no length.
    if !append && file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(text.as_bytes())
}

/// Runs a command of the shell with this on its standard input; its output goes where this program's does. Whether it reads all
/// of it is its own business. `None` if it was killed, since `stop` has ended.
async fn feed(
    command: &str,
    text: String,
    stop: impl Future<Output = ()>,
) -> io::Result<Option<ExitStatus>> {
    let mut child = shell(command).stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    // Not awaited: a program that it has left behind may hold its standard input.
    let feeding = tokio::spawn(async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(text.as_bytes()).await;
        }
    });
    let ended = tokio::select! {
        status = child.wait() => status.map(Some),
        () = stop => child.kill().await.map(|()| None),
    };
    feeding.abort();
    ended
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
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
