//! Why a state file cannot be used, and what to do.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::local::state_file::read::{FORMAT, Flaw};
use crate::service::RestoreError;
use crate::text;

/// Why the file of [`Options::state`](crate::local::Options::state) cannot be used. It is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// Another local service uses it.
    #[error(
        "another local service uses the state file `{}`\nstop that one, or give another file",
        shown(.0)
    )]
    InUse(PathBuf),
    /// It is a folder, a pipe or a device.
    #[error("the state file `{}` is not a regular file\ngive another file", shown(.0))]
    NotRegular(PathBuf),
    /// It does not begin as a state file does.
    #[error(
        "`{}` is not a state file of jobs-sandbox, and stays as it is\ngive another file",
        shown(.0)
    )]
    Foreign(PathBuf),
    /// A newer program has written it.
    #[error(
        "the state file `{}` has format {format}, and this program reads format {FORMAT}; it stays as it is\nupdate jobs-sandbox, or give another file",
        shown(path)
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// It was changed by something else, or the disk has lost a part of it.
    #[error(
        "the state file `{}` is damaged in line {line}, at byte {byte}; it is not used, and stays as it is\nreplace it by a copy, or move it away to start with an empty state",
        shown(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// Where the line begins.
        byte: u64,
    },
    /// It ends too early.
    #[error(
        "the state file `{}` ends in the middle of its snapshot; it is not used, and stays as it is\nreplace it by a copy, or move it away to start with an empty state",
        shown(.0)
    )]
    Cut(PathBuf),
    /// It is the state of another account, or its records do not fit together.
    #[error(
        "the state file `{}` cannot be used: {reason}\n{}",
        shown(path),
        next(reason)
    )]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: RestoreError,
    },
    /// It cannot be read or written.
    #[error(
        "cannot {action} the state file `{}`: {source}\n{}",
        shown(path),
        next_of(source)
    )]
    File {
        /// What failed.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
}

impl StateFileError {
    /// What is wrong with a file that was read.
    pub(crate) fn of(path: &Path, flaw: Flaw) -> Self {
        let path = path.to_owned();
        match flaw {
            Flaw::Foreign => Self::Foreign(path),
            Flaw::Newer(format) => Self::Newer { path, format },
            Flaw::Damaged { line, byte } => Self::Damaged { path, line, byte },
            Flaw::Cut => Self::Cut(path),
            Flaw::Unread(source) => failed("read", &path)(source),
        }
    }
}

pub(crate) fn failed(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> StateFileError + use<> {
    let path = path.to_owned();
    move |source| StateFileError::File {
        action,
        path,
        source,
    }
}

/// A path as messages show it.
pub(crate) fn shown(path: &Path) -> String {
    text::sanitize(&path.to_string_lossy()).into_owned()
}

fn next(reason: &RestoreError) -> &'static str {
    match reason {
        RestoreError::OtherAccount { .. } => {
            "give the account and the region of that state, or another file"
        }
        RestoreError::UnknownKind(_) => "update jobs-sandbox, or give another file",
        RestoreError::Record { .. } => {
            "replace it by a copy, or move it away to start with an empty state; it stays as it is"
        }
    }
}

fn next_of(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or give another file"
        }
        _ => "give a file that can be read and written, in a folder that exists",
    }
}
