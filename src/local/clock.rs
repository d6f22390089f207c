//! The time of the local service.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::protocol::EpochMillis;

/// Who moves the clock of the local service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClockMode {
    /// Time goes by, and can be made to jump ahead.
    #[default]
    System,
    /// Time stands still from the start on, and moves only when it is told to. Keep-alives and the like, which belong to
    /// sockets and not to the service, go on in real time.
    Manual,
}

/// The clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    mode: ClockMode,
    /// By how much the system's clock is surpassed, or, if it stands still, what it shows.
    shift: Duration,
}

impl Clock {
    /// A clock that shows the system's time now.
    pub(crate) fn new(mode: ClockMode) -> Self {
        let shift = match mode {
            ClockMode::System => Duration::ZERO,
            ClockMode::Manual => system(),
        };
        Self { mode, shift }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> EpochMillis {
        let now = match self.mode {
            ClockMode::System => system().saturating_add(self.shift),
            ClockMode::Manual => self.shift,
        };
        EpochMillis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }

    /// Moves it ahead.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.shift = self.shift.saturating_add(by);
    }

    /// Who moves it.
    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }
}

fn system() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
