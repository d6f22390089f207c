//! A folder for a private key and what belongs to it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::serve::error::ServeError;

/// A folder that only its owner can look into. A temporary one is removed when this is dropped; another one stays, with its
/// files.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    path: PathBuf,
    is_temporary: bool,
}

impl PrivateFolder {
    /// The folder at `path`, created (mode 0700) if it is missing and left as it is otherwise; a new temporary one if `path`
    /// is not given.
    pub(crate) fn create(path: Option<&Path>) -> Result<Self, ServeError> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let is_temporary = path.is_none();
        // A temporary folder must not be there yet: someone else could have made it.
        builder.recursive(!is_temporary);
        let path = path.map_or_else(temporary_path, Path::to_owned);
        let path = match std::path::absolute(&path) {
            Ok(path) => path,
            Err(source) => return Err(ServeError::Write { path, source }),
        };
        match builder.create(&path) {
            Ok(()) => Ok(Self { path, is_temporary }),
            Err(source) => Err(ServeError::Write { path, source }),
        }
    }

    /// Writes a file that only its owner can read (mode 0600), in place of one that is there; returns its absolute path.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, ServeError> {
        let path = self.path.join(name);
        match write_new(&path, text) {
            Ok(()) => Ok(path),
            Err(source) => Err(ServeError::Write { path, source }),
        }
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be removed does no harm: the service that knew its keys has ended.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn temporary_path() -> PathBuf {
    std::env::temp_dir().join(format!("jobs-sandbox-{}", uuid::Uuid::new_v4()))
}

/// The file is made anew, so that neither the mode of an older one nor a link in its place counts.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
