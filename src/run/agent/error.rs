//! Why an agent cannot be started.

use std::io;
use std::path::PathBuf;

use crate::agent::handlers::Refused;
use crate::agent::journal::JournalError;
use crate::agent::work::{NoProgram, NotEnded};
use crate::executor::plan::{PatternError, PlanError};
use crate::text::{self, NotText};

#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("--only `{}` {error}\ngive a pattern of job ids, such as Boot-*", text::sanitize(.typed))]
    Only { typed: String, error: PatternError },
    #[error("--exec: {error}{}", of_spaces(*.has_spaces))]
    Program { error: NoProgram, has_spaces: bool },
    #[error("--handlers: {0}")]
    Handlers(#[from] Refused),
    #[error("--handlers is missing\ngive the folder of the handlers")]
    NoHandlers,
    #[error(
        "the folder for the journal is not known: neither XDG_STATE_HOME nor HOME is set\ngive one with --state"
    )]
    NoStateFolder,
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Leftovers(#[from] NotEnded),
    #[error("cannot read the job document `{path}`: {source}\ncheck the path and the permissions")]
    Document { path: PathBuf, source: io::Error },
    #[error("the job document `{path}` {source}\nsave it as UTF-8")]
    DocumentNotText { path: PathBuf, source: NotText },
    /// The signals that end the agent cannot be handled.
    #[error("cannot wait for signals: {0}")]
    Signals(io::Error),
    /// Its one task has panicked, which was printed.
    #[error("the local service has failed and stopped\nrestart the agent")]
    LocalServiceEnded,
}

/// What to do where a line for a shell was typed.
fn of_spaces(has_spaces: bool) -> &'static str {
    if has_spaces {
        "\nits arguments follow `--`: --exec PROGRAM -- ARGUMENT"
    } else {
        ""
    }
}

impl AgentError {
    /// Whether the command line is at fault, and not a file or the machine.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Plan(_) | Self::Only { .. } | Self::NoHandlers)
    }
}
