//! A folder for a private key and related files.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::serve::error::ServeError;
use crate::serve::leftovers::{self, LOCK_FILE};

/// A folder that only its owner can read. A temporary one is removed when this is dropped; any other stays, with its files.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    is_temporary: bool,
    /// Unlocks the folder when it is closed.
    _lock: File,
}

impl PrivateFolder {
    /// The folder at `path`: created (mode 0700) if it does not exist, otherwise unchanged. Without `path`, a new temporary
    /// folder. A folder that another `serve` uses is refused.
    pub fn create(path: Option<&Path>) -> Result<Self, ServeError> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let is_temporary = path.is_none();
        // A temporary folder must not exist: another user could have made it.
        builder.recursive(!is_temporary);
        let path = path.map_or_else(leftovers::fresh_path, Path::to_owned);
        let path = match std::path::absolute(&path) {
            Ok(path) => path,
            Err(source) => return Err(ServeError::Write { path, source }),
        };
        if let Err(source) = builder.create(&path) {
            return Err(ServeError::Write { path, source });
        }
        let lock = lock(&path, is_temporary)?;
        if is_temporary {
            leftovers::sweep(&path);
        }
        Ok(Self {
            path,
            is_temporary,
            _lock: lock,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that only its owner can read (mode 0600), replacing an existing one; returns its absolute path.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, ServeError> {
        self.write_all(&[(name, text)])?;
        Ok(self.path.join(name))
    }

    /// The same for files that belong together: if one cannot be written, all that were there stay.
    pub(crate) fn write_all(&self, files: &[(&str, &str)]) -> Result<(), ServeError> {
        let new = |name: &str| self.path.join(format!("{name}.jobs-sandbox-new"));
        let failed = |name: &str, source| {
            for (name, _) in files {
                // It may not be there.
                let _ = fs::remove_file(new(name));
            }
            let path = self.path.join(name);
            Err(ServeError::Write { path, source })
        };
        for (name, text) in files {
            if let Err(source) = write_new(&new(name), text) {
                return failed(name, source);
            }
        }
        for (name, _) in files {
            if let Err(source) = fs::rename(new(name), self.path.join(name)) {
                return failed(name, source);
            }
        }
        Ok(())
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            // A file that cannot be removed is harmless: the service that accepted its keys has ended.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Locks a folder until the file is closed. The lock of a new folder can be taken only by another program that checks
/// whether it is a leftover, which is brief.
fn lock(folder: &Path, is_new: bool) -> Result<File, ServeError> {
    let path = folder.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = match options.open(&path) {
        Ok(file) => file,
        Err(source) => return Err(ServeError::Write { path, source }),
    };
    let locked = if is_new {
        file.lock().map_err(TryLockError::Error)
    } else {
        file.try_lock()
    };
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServeError::InUse(folder.to_owned())),
        // Some file systems do not support locks. There the folder is used without one.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(source)) => Err(ServeError::Write { path, source }),
    }
}

/// The file is created anew, so that the mode of an older file, or a link in its place, does not matter.
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
