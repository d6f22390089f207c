//! The file of the history: `$XDG_STATE_HOME/jobs-sandbox/history`, readable only by its owner.
//! <https://specifications.freedesktop.org/basedir-spec/latest/>

use std::ffi::OsStr;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::own_file;

/// The file of the history, from the values of `XDG_STATE_HOME` and `HOME`; `None` if neither is an absolute path.
pub fn path(state_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    own_file::state_folder(state_home, home).map(|folder| folder.join("history"))
}

/// Creates the file, readable only by its owner, unless it exists; also its folder, which only the owner can enter.
pub(crate) fn prepare(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    let mut file = OpenOptions::new();
    file.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        folder.create(parent)?;
    }
    file.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_in_the_state_folder() {
        for (state_home, home, expected) in [
            (Some("/s"), Some("/h"), Some("/s/jobs-sandbox/history")),
            (
                None,
                Some("/h"),
                Some("/h/.local/state/jobs-sandbox/history"),
            ),
            (
                Some(""),
                Some("/h"),
                Some("/h/.local/state/jobs-sandbox/history"),
            ),
            (Some("relative"), None, None),
            (None, None, None),
        ] {
            let path = path(state_home.map(OsStr::new), home.map(OsStr::new));
            assert_eq!(path, expected.map(PathBuf::from), "{state_home:?} {home:?}");
        }
    }
}
