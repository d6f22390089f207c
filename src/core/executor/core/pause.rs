//! Pauses after requests that failed.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use crate::backoff::Backoff;
use crate::executor::core::moves::Move;
use crate::protocol::{EpochMillis, ThingName};

const FIRST: Duration = Duration::from_secs(1);

const LONGEST: Duration = Duration::from_mins(1);

/// When the next request may be sent.
#[derive(Debug)]
pub struct Pause {
    backoff: Backoff,
    due: Option<EpochMillis>,
    /// What failed last.
    failed: Option<Discriminant<Move>>,
    random: fastrand::Rng,
}

impl Pause {
    /// Pauses of this thing: a thousand things do not retry at the same time.
    pub fn new(seed: u64, thing: &ThingName) -> Self {
        let bytes = thing.as_str().bytes().map(u64::from);
        let seed = bytes.fold(seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte));
        Self {
            backoff: Backoff::new(FIRST, LONGEST),
            due: None,
            failed: None,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// A request has failed. Returns how long the pause is.
    pub fn failed(&mut self, now: EpochMillis, made: &Move) -> Duration {
        self.failed = Some(discriminant(made));
        let pause = self.backoff.pause(self.random.u64(..));
        self.due = Some(now.plus(pause));
        pause
    }

    /// A request has succeeded. The next pause is short, unless requests of another kind fail.
    pub fn succeeded(&mut self, made: &Move) {
        if self.failed == Some(discriminant(made)) {
            self.reset();
        }
    }

    /// There is a new connection.
    pub fn reset(&mut self) {
        self.backoff.reset();
        self.failed = None;
        self.due = None;
    }

    pub fn is_running(&self) -> bool {
        self.due.is_some()
    }

    pub fn due(&self) -> Option<EpochMillis> {
        self.due
    }

    pub fn handle_timeout(&mut self, now: EpochMillis) {
        self.due = self.due.filter(|due| *due > now);
    }
}
