//! A process group: whether any process of it is left, and its end.
//!
//! The number of a group is that of its first process. The system does not use it for another process as long as the group has
//! one, but it may once that has ended. On Linux a group is recognised by when its first process was started; elsewhere a group
//! that an earlier agent has left is not touched.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
use crate::agent::work::processes;

/// The pause between two looks at a group that is to end: its processes are not our children.
const PAUSE: Duration = Duration::from_millis(10);

/// How long after SIGKILL a group of an earlier agent may be there.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process group, to be recognised also by a later agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    leader: i32,
    /// Where the system says it.
    birth: Option<Birth>,
}

/// What distinguishes a group from a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Birth {
    machine: String,
    /// When the leader was started, on the clock of the machine.
    started: u64,
    session: i32,
}

/// Why a group of an earlier agent may still be there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEnded {
    #[error(
        "processes of an earlier agent may still run (process group {0}), and this system does not say whether they are the same\nend them (kill -9 -- -{0}), or wait until they have ended"
    )]
    Unknown(i32),
    #[error(
        "processes of an earlier agent still run (process group {0}), and cannot be ended\nend them (sudo kill -9 -- -{0}), or wait until they have ended"
    )]
    StillThere(i32),
}

/// Whether a group has processes.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "elsewhere the system does not say")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Gone,
    There,
    /// One with its number is there.
    Unknown,
}

/// How a group is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Request {
    Terminate,
    Kill,
}

impl Group {
    /// The group of a process that runs and leads one.
    #[cfg(target_os = "linux")]
    pub(crate) fn of_leader(leader: i32) -> Self {
        let birth = processes::find(leader).zip(processes::machine());
        let birth = birth.map(|(process, machine)| Birth {
            machine,
            started: process.started,
            session: process.session,
        });
        Self { leader, birth }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of_leader(leader: i32) -> Self {
        Self {
            leader,
            birth: None,
        }
    }

    /// Ends what an earlier agent has left of this group: SIGTERM and, after the grace, SIGKILL. Returns whether anything was
    /// left. Nothing may start before this has returned.
    pub async fn end(&self, grace: Duration) -> Result<bool, NotEnded> {
        match self.presence() {
            Presence::Gone => return Ok(false),
            Presence::Unknown => return Err(NotEnded::Unknown(self.leader)),
            Presence::There => {}
        }
        for (request, patience) in [(Request::Terminate, grace), (Request::Kill, PATIENCE)] {
            self.ask(request);
            if tokio::time::timeout(patience, self.gone()).await.is_ok() {
                return Ok(true);
            }
        }
        Err(NotEnded::StillThere(self.leader))
    }

    /// Returns when no process is left.
    pub(crate) async fn gone(&self) {
        while self.presence() != Presence::Gone {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends the signal. The group must be known to be there.
    #[cfg(unix)]
    pub(crate) fn ask(&self, request: Request) {
        use nix::sys::signal::{Signal, killpg};

        let leader = nix::unistd::Pid::from_raw(self.leader);
        // A stopped process does not act on SIGTERM.
        let signals: &[Signal] = match request {
            Request::Terminate => &[Signal::SIGTERM, Signal::SIGCONT],
            Request::Kill => &[Signal::SIGKILL],
        };
        for signal in signals {
            if let Err(error) = killpg(leader, *signal) {
                tracing::warn!(group = self.leader, %signal, %error, "a process group was not signalled");
            }
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn ask(&self, _: Request) {}

    /// The command that does the same for another user.
    pub(crate) fn command_to_ask(&self, request: Request) -> [String; 5] {
        let signal = match request {
            Request::Terminate => "TERM",
            Request::Kill => "KILL",
        };
        let group = format!("-{}", self.leader);
        ["kill", "-s", signal, "--", &group].map(str::to_owned)
    }

    #[cfg(unix)]
    pub(crate) fn presence(&self) -> Presence {
        let leader = nix::unistd::Pid::from_raw(self.leader);
        match nix::sys::signal::killpg(leader, None) {
            Err(nix::errno::Errno::ESRCH) => Presence::Gone,
            _ => self.presence_by_processes(),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn presence(&self) -> Presence {
        Presence::Unknown
    }

    /// The system also counts processes that are dead, and in a container these may stay for ever.
    #[cfg(target_os = "linux")]
    fn presence_by_processes(&self) -> Presence {
        let Some(birth) = &self.birth else {
            return Presence::Unknown;
        };
        let (Some(machine), Ok(all)) = (processes::machine(), processes::all()) else {
            return Presence::Unknown;
        };
        if machine != birth.machine {
            return Presence::Gone;
        }
        let leader = all.iter().find(|process| process.pid == self.leader);
        if leader.is_some_and(|leader| leader.started != birth.started) {
            return Presence::Gone;
        }
        let mut members = all
            .iter()
            .filter(|process| process.group == self.leader)
            .peekable();
        // Those of other users may be hidden.
        let is_hidden = members.peek().is_none();
        if is_hidden || members.any(|member| !member.is_dead && member.session == birth.session) {
            Presence::There
        } else {
            Presence::Gone
        }
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn presence_by_processes(&self) -> Presence {
        Presence::Unknown
    }
}
