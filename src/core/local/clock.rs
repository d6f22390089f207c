//! The time of the local service.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

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

/// Where a clock was, for the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClockPosition {
    at: EpochMillis,
    /// How far it was ahead of the system's clock.
    ahead_ms: u64,
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

    /// A clock that goes on from where it was. It is never behind that. One that runs has also run meanwhile, and is as far
    /// ahead of the system's clock as it was; one that stands still has not.
    pub(crate) fn resume(mode: ClockMode, position: ClockPosition) -> Self {
        let at = Duration::from_millis(position.at.0);
        let shift = match mode {
            ClockMode::System => {
                Duration::from_millis(position.ahead_ms).max(at.saturating_sub(system()))
            }
            ClockMode::Manual => at,
        };
        let first = match mode {
            ClockMode::System => Duration::ZERO,
            ClockMode::Manual => shift,
        };
        Self { mode, shift, first }
    }

    pub(crate) fn position(&self) -> ClockPosition {
        let ahead = match self.mode {
            ClockMode::System => self.shift,
            ClockMode::Manual => self.shift.saturating_sub(system()),
        };
        ClockPosition {
            at: self.now(),
            ahead_ms: u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX),
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
    fn a_clock_goes_on_from_where_it_was() {
        const HOUR_MS: u64 = 3_600_000;
        let now = Clock::new(ClockMode::System).now().0;
        let (past, future) = (now - 5 * HOUR_MS, now + 5 * HOUR_MS);
        for (mode, at, ahead_ms, expected) in [
            (ClockMode::System, past, 0, now),
            (ClockMode::System, past, HOUR_MS, now + HOUR_MS),
            // Such as after the system's clock was set back.
            (ClockMode::System, future, HOUR_MS, future),
            (ClockMode::Manual, past, HOUR_MS, past),
            (ClockMode::Manual, future, 0, future),
        ] {
            let at = EpochMillis(at);
            let clock = Clock::resume(mode, ClockPosition { at, ahead_ms });
            // A test does not take an hour.
            let late = clock.now().0.saturating_sub(expected);
            assert!(
                clock.now() >= at && late < HOUR_MS,
                "{mode:?} {at:?} {ahead_ms}"
            );
            let again = Clock::resume(mode, clock.position());
            assert!(again.now() >= clock.position().at, "{mode:?}");
        }
    }

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
