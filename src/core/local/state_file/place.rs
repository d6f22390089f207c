//! The path of a state file: it is opened, locked, and only its owner may read it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::local::state_file::error::{StateFileError, failed};

/// What is appended to the name of the file for that of a snapshot that is being written.
const SNAPSHOT_ENDING: &str = ".jobs-sandbox-new";

/// An open file, and where it is.
#[derive(Debug)]
pub(crate) struct Place {
    /// Not through a link: a snapshot takes the place of the file itself.
    pub(crate) path: PathBuf,
    /// Locked until it is closed. What is written is appended.
    pub(crate) file: File,
}

impl Place {
    /// Opens the file, which is created if it does not exist.
    pub(crate) fn open(given: &Path) -> Result<Self, StateFileError> {
        let path = resolved(given).map_err(failed("find", given))?;
        match path.metadata() {
            Ok(metadata) if !metadata.is_file() => return Err(StateFileError::NotRegular(path)),
            _ => {}
        }
        let file = open(&path, false).map_err(failed("open", &path))?;
        lock(&file, &path)?;
        let place = Self { path, file };
        // A snapshot of the program that had the lock before may have taken its place meanwhile.
        if !place.is_there().unwrap_or(true) {
            return Err(StateFileError::InUse(place.path));
        }
        // It is left over if there is one: only the owner of the lock writes it. If it stays, it is replaced later.
        let _ = std::fs::remove_file(place.snapshot_path());
        Ok(place)
    }

    /// The file of a new snapshot, empty and locked. One that was left over is removed.
    pub(crate) fn begin_snapshot(path: &Path) -> Result<Self, StateFileError> {
        let path = path.to_owned();
        let _ = std::fs::remove_file(&path);
        let file = open(&path, true).map_err(failed("write", &path))?;
        lock(&file, &path)?;
        Ok(Self { path, file })
    }

    pub(crate) fn snapshot_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(SNAPSHOT_ENDING);
        path.into()
    }

    /// Whether this file is the one at its path; `None` if that has none.
    pub(crate) fn is_there(&self) -> Option<bool> {
        let there = self.path.symlink_metadata().ok()?;
        let own = self.file.metadata().ok()?;
        Some(is_same(&there, &own))
    }

    /// Lets only the owner read it, for it contains private keys. A file system may not support that.
    pub(crate) fn make_private(&self) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let _ = self
                .file
                .set_permissions(std::fs::Permissions::from_mode(0o600));
        }
    }
}

/// The path without links, also if the file does not exist yet.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    let path = std::path::absolute(path)?;
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok(folder.canonicalize()?.join(name)),
        _ => Ok(path),
    }
}

fn open(path: &Path, is_new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    // A new file is not one that a link leads to.
    options.create(!is_new).create_new(is_new);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe that takes the place of the file just now would block.
        let nonblocking = nix::fcntl::OFlag::O_NONBLOCK.bits();
        options.mode(0o600).custom_flags(nonblocking);
    }
    options.open(path)
}

fn lock(file: &File, path: &Path) -> Result<(), StateFileError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StateFileError::InUse(path.to_owned())),
        // Some file systems do not support locks. There the file is used without one.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}

#[cfg(unix)]
fn is_same(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// There a file that is open cannot be replaced by another program.
#[cfg(not(unix))]
fn is_same(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}
