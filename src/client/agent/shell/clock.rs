//! The time for a core: it starts with the system's, and does not run backwards.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::protocol::EpochMillis;

/// A clock that started now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Instant,
    began: EpochMillis,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Instant::now(),
            began: EpochMillis(0).plus(since_epoch.unwrap_or_default()),
        }
    }

    pub(crate) fn now(&self) -> EpochMillis {
        self.began.plus(self.started.elapsed())
    }

    /// When it will be this time; now if it has been.
    pub(crate) fn instant(&self, time: EpochMillis) -> Instant {
        let after = time.0.saturating_sub(self.began.0);
        self.started + std::time::Duration::from_millis(after)
    }
}
