//! Folders of programs that run, and of those that had no time to remove theirs.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};

/// The file that is locked while the program that uses the folder runs, however it ends.
pub(crate) const LOCK_FILE: &str = "serve.lock";

/// The prefix of a temporary folder's name; a UUID follows.
const PREFIX: &str = "jobs-sandbox-";

/// A path for a new folder: in the runtime folder of the user, or else among temporary files.
/// <https://specifications.freedesktop.org/basedir-spec/latest/#variables>
pub(crate) fn fresh_path() -> PathBuf {
    let place = runtime_folder().unwrap_or_else(std::env::temp_dir);
    place.join(format!("{PREFIX}{}", uuid::Uuid::new_v4()))
}

fn runtime_folder() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.filter(|path| path.is_absolute() && path.is_dir())
}

/// The folders of other programs of the same kind and the same user that run.
pub(crate) fn living(own: &Path) -> Vec<PathBuf> {
    let mut folders = others(own);
    folders.retain(|folder| is_locked(&folder.join(LOCK_FILE)));
    folders
}

/// Whether a program holds the lock. To find out, it is taken for a moment, and shared with others that do the same.
fn is_locked(lock: &Path) -> bool {
    let file = std::fs::File::open(lock);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Removes folders that were left by others than `own`, the folder of this program: those of the same kind and the same user
/// whose lock is free. Folders that cannot be read or removed stay.
#[cfg(unix)]
pub(crate) fn sweep(own: &Path) {
    for path in others(own) {
        remove_if_dead(&path);
    }
}

/// On other platforms, a lock and its owner cannot be trusted.
#[cfg(not(unix))]
pub(crate) fn sweep(_own: &Path) {}

/// The folders of the same kind and the same user, except `own`. Programs of one user may differ in whether they have a
/// runtime folder.
#[cfg(unix)]
fn others(own: &Path) -> Vec<PathBuf> {
    let Ok(metadata) = own.symlink_metadata() else {
        return Vec::new();
    };
    let user = std::os::unix::fs::MetadataExt::uid(&metadata);
    let places = runtime_folder().into_iter().chain([std::env::temp_dir()]);
    let entries = places.filter_map(|place| place.read_dir().ok()).flatten();
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .filter(|path| path != own && is_ours(path, user))
        .collect()
}

#[cfg(not(unix))]
fn others(_own: &Path) -> Vec<PathBuf> {
    Vec::new()
}

/// Whether `serve` made this folder for this user, and only this user can read it.
#[cfg(unix)]
fn is_ours(path: &Path, user: u32) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let name = path.file_name().and_then(|name| name.to_str());
    let id = name.and_then(|name| name.strip_prefix(PREFIX));
    id.is_some_and(|id| id.len() == 36 && uuid::Uuid::try_parse(id).is_ok())
        && path.symlink_metadata().is_ok_and(|metadata| {
            metadata.is_dir() && metadata.uid() == user && metadata.mode() & 0o777 == 0o700
        })
}

/// Removes a folder whose lock is free and that has more than the lock: until its own folder is locked, a program has written
/// nothing else to it.
#[cfg(unix)]
fn remove_if_dead(folder: &Path) {
    let lock = folder.join(LOCK_FILE);
    if !lock.symlink_metadata().is_ok_and(|lock| lock.is_file()) {
        return;
    }
    let Ok(file) = std::fs::File::open(&lock) else {
        return;
    };
    let has_more = || folder.read_dir().is_ok_and(|entries| entries.count() > 1);
    if file.try_lock().is_ok() && has_more() {
        let _ = std::fs::remove_dir_all(folder);
    }
}
