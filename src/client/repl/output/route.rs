//! The route of a response: through a query, and to the screen, a file, or a shell command.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use futures_util::FutureExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::cause::Cause;
use crate::repl::input::query::Query;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::form;
use crate::text;

/// The route of one response.
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

/// What a query selects from an answer, if there is a query and the answer is a response. If it fails, returns the original
/// answer, and the failure.
pub(crate) fn selected(query: Option<Query>, answer: Answer) -> Result<Answer, Vec<Outcome>> {
    let (Some(query), Answer::Response { operation, payload }) = (query, &answer) else {
        return Ok(answer);
    };
    match query.select(payload.text()) {
        Ok(selected) => Ok(Answer::Selected {
            operation,
            payload: selected.into(),
        }),
        // The service has carried out the request, so the whole answer is shown.
        Err(error) => Err(vec![Ok(answer), Err(Failure::new(Cause::Refused, &error))]),
    }
}

impl Target {
    /// Opens a file before anything is sent, so that the response is not lost. The old content is kept until the response
    /// arrives. May block.
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
    /// Delivers an answer: returns what is left to do with it. `lend` is called with the text before it goes to a file or a
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

/// What is left to do with an answer. Outcomes that are still to be shown are returned: the answer itself if it did not go
/// elsewhere, and failures.
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

    /// Writes it. May block.
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
                    // The command never ran.
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

/// Readable only by its owner if it is new.
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
    // A device or a pipe cannot be truncated.
    if !append && file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(text.as_bytes())
}

/// Runs a shell command with this text on its standard input; its output goes where this program's does. The command may
/// ignore its input. `None` if it was killed because `stop` has ended.
async fn feed(
    command: &str,
    text: String,
    stop: impl Future<Output = ()>,
) -> io::Result<Option<ExitStatus>> {
    let mut child = shell(command).stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    // Not awaited: a program that the command has left behind may hold its standard input.
    let feeding = async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(text.as_bytes()).await;
        }
    };
    let feeding = tokio::spawn(feeding.boxed());
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
