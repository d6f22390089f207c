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

/// How full the port for MQTT is. Clients that wait for a place hear nothing, so the log says it.
#[derive(Debug)]
pub(crate) struct Crowd {
    most: usize,
    is_full: bool,
}

impl Crowd {
    pub(crate) const fn new(most: usize) -> Self {
        let is_full = false;
        Self { most, is_full }
    }

    /// A line for the log if the port is full now. It is said once while clients come and go at the limit.
    pub(crate) fn note(&mut self, connections: usize) -> Option<String> {
        let most = self.most;
        let was_full = self.is_full;
        self.is_full = connections >= most || (was_full && connections > most / 2);
        (self.is_full && !was_full).then(|| {
            let cause = if most < MAX.mqtt {
                "; the limit of open files (`ulimit -n`) allows no more"
            } else {
                ""
            };
            format!(
                "{most} clients are connected to the port for MQTT, and further ones wait{cause}"
            )
        })
    }
}

/// Raises the process's own limit of open files, as far as the system allows and the ports need. It is 1,024 on most
/// systems, which a small fleet reaches.
#[cfg(unix)]
pub fn allow_many_connections() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let needed = MAX.mqtt + MAX.http + MAX.https + MAX.admin + OTHER_FILES_MAX;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    let wanted = hard.min(needed as u64);
    if soft < wanted {
        // If this fails, fewer clients can connect at a time.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, wanted, hard);
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub fn allow_many_connections() {}

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
    fn a_full_port_is_mentioned_once() {
        let mut crowd = Crowd::new(4);
        let noted = [1, 4, 3, 4, 3, 2, 3, 4].map(|count| crowd.note(count).is_some());
        assert_eq!(
            noted,
            [false, true, false, false, false, false, false, true]
        );
    }

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
