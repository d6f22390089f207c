//! What is run, or why nothing is, in words that may be shown and reported.

use std::path::PathBuf;

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// A full path.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// The user that it changes to; none if it stays the agent's.
    pub user: Option<String>,
}

/// Why nothing is run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("handlers run only on Unix-like systems")]
    NotUnix,
    #[error("the agent is root: start it as another user, or with --as-root")]
    Root,
    /// The rules do not permit it.
    #[error("`{what}` {problem}")]
    NotPermitted { what: String, problem: String },
    #[error("{path}: {error}")]
    Unreadable { path: String, error: String },
    #[error("{path} is not a folder")]
    NotFolder { path: String },
    #[error("{path} is not a regular file")]
    NotFile { path: String },
    #[error(
        "{path} cannot be executed by the agent's user: run `chmod u+x` on it, or change its owner"
    )]
    NotExecutable { path: String },
    #[error("{path} is a symbolic link that leads out of the folder, to {target}")]
    LeadsOut { path: String, target: String },
    #[error("{path} belongs to {owner}: it has to belong to the agent's user ({agent}) or to root")]
    Owner {
        path: String,
        owner: String,
        agent: String,
    },
    #[error("other users can write {path} (mode {mode:o}): run `chmod go-w` on it")]
    Writable { path: String, mode: u32 },
    #[error("the user `{0}` does not exist")]
    NoUser(String),
    #[error("`sudo` is not on the PATH, and the user `{0}` needs it")]
    NoSudo(String),
    #[error("`{0}` is not on the PATH")]
    NoCommand(String),
}
