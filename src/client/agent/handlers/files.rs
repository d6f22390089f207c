//! Whether other users could replace a handler.
//!
//! Between these checks and the start of the handler, only its owner, the owners of the folders above it, and root can change
//! what is run: the agent's user or root in each case. So no race with other users is left. An access control list that lets
//! others write shows in the mode.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::agent::handlers::machine::{is_executable, user_name};
use crate::agent::handlers::resolved::Refused;
use crate::executor::document::safe;

/// The most characters of a path in a text. Longer ones are cut.
const PATH_CHARACTERS: usize = 256;

/// The bits of a mode by which others than the owner may write.
const WRITABLE: u32 = 0o022;

/// The bit of a folder in which only the owner of an entry may rename or remove it.
const STICKY: u32 = 0o1000;

/// A folder of handlers, without symbolic links, if other users cannot change what is in it.
pub(crate) fn folder(typed: &Path, user: Uid) -> Result<PathBuf, Refused> {
    let (folder, metadata) = found(typed)?;
    if !metadata.is_dir() {
        return Err(Refused::NotFolder {
            path: written(&folder),
        });
    }
    check_way(&folder, &folder, user)?;
    Ok(folder)
}

/// A handler in such a folder. Its own name is kept where it is a symbolic link: a program may go by the name that it is
/// started by.
pub(crate) fn handler(folder: &Path, name: &str, user: Uid) -> Result<PathBuf, Refused> {
    let path = folder.join(name);
    let (target, _) = found(&path)?;
    if !target.starts_with(folder) {
        return Err(Refused::LeadsOut {
            path: written(&path),
            target: written(&target),
        });
    }
    check_way(&target, folder, user)?;
    check_program(&target)?;
    Ok(path)
}

/// That a file can be started.
pub(crate) fn check_program(path: &Path) -> Result<(), Refused> {
    let (path, metadata) = found(path)?;
    if !metadata.is_file() {
        return Err(Refused::NotFile {
            path: written(&path),
        });
    }
    if !is_executable(&path) {
        return Err(Refused::NotExecutable {
            path: written(&path),
        });
    }
    Ok(())
}

/// Where a path leads, and what is there.
fn found(path: &Path) -> Result<(PathBuf, Metadata), Refused> {
    let target = path.canonicalize();
    target
        .and_then(|target| target.metadata().map(|metadata| (target, metadata)))
        .map_err(|error| unreadable(path, &error))
}

/// That others can change neither this, nor a folder on the way to it. Above the folder of handlers, others may write a folder
/// that is sticky, such as `/tmp`.
fn check_way(target: &Path, folder: &Path, user: Uid) -> Result<(), Refused> {
    for place in target.ancestors() {
        let metadata = place
            .symlink_metadata()
            .map_err(|error| unreadable(place, &error))?;
        let owner = Uid::from_raw(metadata.uid());
        if owner != user && !owner.is_root() {
            return Err(Refused::Owner {
                path: written(place),
                owner: user_name(owner),
                agent: user_name(user),
            });
        }
        let is_sticky = !place.starts_with(folder) && metadata.mode() & STICKY != 0;
        if metadata.mode() & WRITABLE != 0 && !is_sticky {
            return Err(Refused::Writable {
                path: written(place),
                mode: metadata.mode() & 0o7777,
            });
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Refused {
    Refused::Unreadable {
        path: written(path),
        error: error.to_string(),
    }
}

fn written(path: &Path) -> String {
    safe(&path.to_string_lossy(), PATH_CHARACTERS)
}
