//! How many connections each port may have at a time: a share of the files that the process may have open. So a port cannot
//! use up the files of another, and some are left for the rest of the program.

/// The connections of each port at a time; more wait to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capacity {
    pub(crate) mqtt: usize,
    pub(crate) http: usize,
    /// Without those that speak MQTT.
    pub(crate) https: usize,
    pub(crate) admin: usize,
}

/// The most connections, however many files are allowed.
const MAX: Capacity = Capacity {
    mqtt: 10_000,
    http: 256,
    https: 256,
    admin: 32,
};

/// Files for everything but connections.
const OTHER_FILES_MAX: usize = 64;

impl Capacity {
    /// The capacity within the current limit of open files.
    pub(crate) fn of_this_process() -> Self {
        Self::of(open_files_max())
    }

    /// Every port gets at least one connection.
    fn of(files: usize) -> Self {
        let files = files - OTHER_FILES_MAX.min(files / 4);
        let http = MAX.http.min(files / 16 * 3).max(1);
        let https = MAX.https.min(files / 16).max(1);
        let admin = MAX.admin.min(files / 16).max(1);
        Self {
            mqtt: MAX
                .mqtt
                .min(files.saturating_sub(http + https + admin))
                .max(1),
            http,
            https,
            admin,
        }
    }
}

/// How many files the process may have open.
#[cfg(unix)]
fn open_files_max() -> usize {
    use nix::sys::resource::{Resource, getrlimit};

    // A limit that is unknown, or too large to represent, does not apply.
    getrlimit(Resource::RLIMIT_NOFILE)
        .ok()
        .and_then(|(soft, _)| usize::try_from(soft).ok())
        .unwrap_or(usize::MAX)
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn open_files_max() -> usize {
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_has_its_share_of_the_files() {
        for (files, mqtt, http, https, admin) in [
            (0, 1, 1, 1, 1),
            (64, 33, 9, 3, 3),
            (256, 132, 36, 12, 12),
            (1024, 688, 180, 60, 32),
            (usize::MAX, 10_000, 256, 256, 32),
        ] {
            let expected = Capacity {
                mqtt,
                http,
                https,
                admin,
            };
            assert_eq!(Capacity::of(files), expected, "{files}");
            assert!(files < 64 || mqtt + http + https + admin < files, "{files}");
        }
    }
}
