//! The time of the local service.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::protocol::EpochMillis;

/// How the clock of the local service moves. It dates jobs and executions, and drives their timeouts, schedules and rollouts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockMode {
    /// It shows the time of the operating system, and can be moved ahead of it.
    #[default]
    System,
    /// It stands still at the time of the start, and moves only on request. The limits of a connection, such as its
    /// keep-alive, are kept in real time.
    Manual,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    mode: ClockMode,
    /// How far it is ahead of the system's clock, or its time if it stands still.
    shift: Duration,
    /// The same at the start.
    first: Duration,
}

impl Clock {
    /// A clock that now shows the system's time.
    pub(crate) fn new(mode: ClockMode) -> Self {
        let shift = match mode {
            ClockMode::System => Duration::ZERO,
            ClockMode::Manual => system(),
        };
        Self {
            mode,
            shift,
            first: shift,
        }
    }

    pub(crate) fn now(&self) -> EpochMillis {
        let now = match self.mode {
            ClockMode::System => system().saturating_add(self.shift),
            ClockMode::Manual => self.shift,
        };
        EpochMillis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.shift = self.shift.saturating_add(by);
    }

    /// Resets the clock: to the system's time, or to the time at which it first stood still.
    pub(crate) fn reset(&mut self) {
        self.shift = self.first;
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }
}

fn system() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_takes_back_what_it_was_moved() {
        const DAY: Duration = Duration::from_hours(24);
        for mode in [ClockMode::System, ClockMode::Manual] {
            let mut clock = Clock::new(mode);
            let before = clock.now();
            clock.advance(DAY);
            assert!(clock.now().0 >= before.0 + 24 * 3_600_000, "{mode:?}");
            clock.reset();
            // A test does not take an hour.
            assert!(clock.now().0 < before.0 + 3_600_000, "{mode:?}");
        }
    }
}
