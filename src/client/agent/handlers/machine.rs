//! Who the agent is, and where it finds programs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, Uid, User, access};

use crate::agent::handlers::resolved::Refused;
use crate::agent::work;
use crate::executor::document::shown;

/// What the agent has around it.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// The user that the agent is.
    pub(crate) user: Uid,
    search_path: OsString,
}

impl Machine {
    /// With this `PATH`. Relative folders of it are passed over: they depend on where the agent was started.
    pub(crate) fn new(user: Uid, search_path: &OsStr) -> Self {
        let folders = std::env::split_paths(search_path).filter(|folder| folder.is_absolute());
        Self {
            user,
            search_path: std::env::join_paths(folders).unwrap_or_default(),
        }
    }

    pub(crate) fn here() -> Self {
        let search_path = std::env::var_os("PATH").unwrap_or_default();
        Self::new(Uid::effective(), &search_path)
    }

    /// Whether this is the agent's own user. It is an error if this user does not exist.
    pub(crate) fn is_own_user(&self, name: &str) -> Result<bool, Refused> {
        let found = User::from_name(name).map_err(|error| Refused::Unreadable {
            path: format!("the user `{}`", shown(name)),
            error: error.desc().to_owned(),
        })?;
        let user = found.ok_or_else(|| Refused::NoUser(shown(name)))?;
        Ok(user.uid == self.user)
    }

    /// The program with this bare name on the `PATH`.
    pub(crate) fn find(&self, name: &str) -> Option<PathBuf> {
        work::find(Path::new(name), Some(&self.search_path)).ok()
    }

    pub(crate) fn sudo_for(&self, user: &str) -> Result<PathBuf, Refused> {
        let missing = || Refused::NoSudo(shown(user));
        self.find("sudo").ok_or_else(missing)
    }
}

/// Whether the agent's user may execute a file.
pub(crate) fn is_executable(path: &Path) -> bool {
    access(path, AccessFlags::X_OK).is_ok()
}

/// A user as people know it.
pub(crate) fn user_name(user: Uid) -> String {
    match User::from_uid(user) {
        Ok(Some(user)) => shown(&user.name),
        _ => format!("user {user}"),
    }
}
