//! New files for parts of a response, such as a private key, which is shown nowhere.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cause::Cause;
use crate::control::NewFile;
use crate::redact;
use crate::repl::output::answer::Failure;
use crate::text;

/// Why a part of a response is not in its file.
#[derive(Debug, thiserror::Error)]
enum NewFileError {
    #[error(
        "`{0}` already exists, and is not overwritten\nhint: choose another path, or move the file away"
    )]
    Exists(String),
    #[error(
        "cannot create `{0}`: {1}\nhint: check the path, which is relative to where the sandbox was started, and the permissions"
    )]
    NotCreated(String, io::Error),
    #[error(
        "two parts of the response cannot go to the one file `{0}`\nhint: choose a path for each"
    )]
    Twice(String),
    #[error(
        "cannot write `{path}`: {source}\nthe certificate {id} was made, but its files are not complete\nhint: delete it (`update-certificate {id} INACTIVE`, `delete-certificate {id}`), and make another"
    )]
    NotWritten {
        path: String,
        source: io::Error,
        id: String,
    },
}

/// Files that were created before anything is sent, so that what is received is not lost. They are removed unless they are
/// written.
#[derive(Debug)]
pub(crate) struct NewFiles(Vec<Created>);

#[derive(Debug)]
struct Created {
    file: File,
    path: PathBuf,
    /// As it was typed.
    typed: String,
    at: &'static str,
}

impl NewFiles {
    /// Creates the files; only their owner can read them. May block.
    pub(crate) fn create(files: &[(String, &'static str)]) -> Result<Self, Failure> {
        let mut created = Self(Vec::new());
        for (typed, at) in files {
            let path = text::in_home(Path::new(typed), std::env::home_dir);
            let file = match create(&path) {
                Ok(file) => file,
                Err(error) => return Err(created.not_created(typed, &path, error)),
            };
            created.0.push(Created {
                file,
                path,
                typed: typed.clone(),
                at,
            });
        }
        Ok(created)
    }

    fn not_created(&self, typed: &str, path: &Path, error: io::Error) -> Failure {
        let typed = typed.to_owned();
        let is_own = self.0.iter().any(|created| created.path == path);
        let error = match error.kind() {
            io::ErrorKind::AlreadyExists if is_own => NewFileError::Twice(typed),
            io::ErrorKind::AlreadyExists => NewFileError::Exists(typed),
            _ => NewFileError::NotCreated(typed, error),
        };
        Failure::new(Cause::Setup, &error)
    }

    /// Writes the parts of a response. May block.
    pub(crate) fn write(mut self, body: &str) -> Result<(), Failure> {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        for created in &mut self.0 {
            let part = body.pointer(created.at).and_then(Value::as_str);
            let part = part.ok_or_else(|| io::Error::other("the response does not contain it"));
            let written = part.and_then(|part| {
                created.file.write_all(part.as_bytes())?;
                created.file.sync_all()
            });
            if let Err(source) = written {
                let id = body["certificateId"].as_str().unwrap_or("?");
                let error = NewFileError::NotWritten {
                    path: created.typed.clone(),
                    source,
                    id: text::sanitize(id).into_owned(),
                };
                return Err(Failure::new(Cause::Setup, &error));
            }
        }
        self.0.clear();
        Ok(())
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        for created in &self.0 {
            // What is left behind is empty, or a part of what the user is told to replace.
            let _ = std::fs::remove_file(&created.path);
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// The files that an operation writes, as it was typed.
pub(crate) fn typed(files: &[NewFile<'_>]) -> Vec<(String, &'static str)> {
    let files = files.iter();
    files.map(|file| (file.path.to_owned(), file.at)).collect()
}

/// A response without its private keys.
pub(crate) fn without_keys(body: &str) -> String {
    redact::private_keys(body).into_owned()
}
