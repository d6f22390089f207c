//! Why an exam cannot be held, or does not end.

use std::io;
use std::path::PathBuf;

use crate::not_json::NotJson;
use crate::serve::ServeError;
use crate::text::{self, NotText};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExamError {
    #[error("`{}` is not a scenario\n`jobs-sandbox exam --list` lists them", text::sanitize(.0))]
    NoScenario(String),
    #[error("cannot read the job document `{path}`: {source}\ncheck the path and the permissions")]
    Document { path: PathBuf, source: io::Error },
    #[error("the job document `{path}` {source}\nsave it as UTF-8")]
    DocumentNotText { path: PathBuf, source: NotText },
    #[error(
        "with its placeholders filled in, the job document is not JSON: {}\nhint: {}; `help exam` lists the placeholders",
        .0.what, .0.hint
    )]
    NotJson(NotJson),
    #[error("cannot start `{}`: {reason}\ncheck the path of the program", text::sanitize(.program))]
    Program { program: String, reason: String },
    /// Something of this machine is missing.
    #[error("the exam cannot be held: {0}")]
    Setup(String),
    #[error(transparent)]
    Folder(#[from] ServeError),
    #[error("cannot write `{path}`: {source}\ngive another path with --junit")]
    Report { path: PathBuf, source: io::Error },
    /// The signals that end the exam cannot be handled, or its threads cannot be started.
    #[error("cannot start the exam: {0}")]
    Start(io::Error),
    #[error("the exam was interrupted\nthe marks are those of the scenarios that had ended")]
    Interrupted {
        /// The number of the signal; absent if another error has stopped the scenario.
        signal: Option<i32>,
    },
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl ExamError {
    /// Whether the command line is at fault, and not a file or the machine.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::NoScenario(_) | Self::NotJson(_))
    }
}
