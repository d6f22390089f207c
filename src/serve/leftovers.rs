//! Temporary folders of programs that had no time to remove theirs.

use std::path::{Path, PathBuf};

/// The file that is locked while the program that uses the folder runs, however it ends.
pub(crate) const LOCK_FILE: &str = "serve.lock";

/// The prefix of a temporary folder's name; a UUID follows.
const PREFIX: &str = "jobs-sandbox-";

/// A path for a new temporary folder.
pub(crate) fn fresh_path() -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}{}", uuid::Uuid::new_v4()))
}

/// Removes folders that were left beside `own`, the folder of this program: those of the same kind and the same user whose
/// lock is free. Folders that cannot be read or removed stay.
#[cfg(unix)]
pub(crate) fn sweep(own: &Path) {
    let (Some(beside), Ok(metadata)) = (own.parent(), own.symlink_metadata()) else {
        return;
    };
    let user = std::os::unix::fs::MetadataExt::uid(&metadata);
    let entries = beside.read_dir().into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path != own && is_ours(&path, user) {
            remove_if_dead(&path);
        }
    }
}

/// On other platforms, a lock and its owner cannot be trusted.
#[cfg(not(unix))]
pub(crate) fn sweep(_own: &Path) {}

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
