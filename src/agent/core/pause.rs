//! Pauses after requests that failed.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::protocol::EpochMillis;

const FIRST: Duration = Duration::from_secs(1);

const LONGEST: Duration = Duration::from_mins(1);

/// When the next request may be sent.
#[derive(Debug)]
pub(crate) struct Pause {
    backoff: Backoff,
    due: Option<EpochMillis>,
    random: fastrand::Rng,
}

impl Pause {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            backoff: Backoff::new(FIRST, LONGEST),
            due: None,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// A request has failed. Returns how long the pause is.
    pub(crate) fn failed(&mut self, now: EpochMillis) -> Duration {
        let pause = self.backoff.pause(self.random.u64(..));
        self.due = Some(now.plus(pause));
        pause
    }

    pub(crate) fn reset(&mut self) {
        self.backoff.reset();
        self.due = None;
    }

    pub(crate) fn is_running(&self) -> bool {
        self.due.is_some()
    }

    pub(crate) fn due(&self) -> Option<EpochMillis> {
        self.due
    }

    pub(crate) fn handle_timeout(&mut self, now: EpochMillis) {
        self.due = self.due.filter(|due| *due > now);
    }
}
