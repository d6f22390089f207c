//! Standard output: the one place that writes to it, apart from the line editor.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Standard output, and whether it still takes anything.
#[derive(Debug, Default)]
pub(crate) struct Output {
    failure: Mutex<Option<io::Error>>,
}

impl Output {
    /// Writes a text at once. After a failure (a closed pipe, a full disk) nothing is written any more.
    pub(crate) fn write(&self, text: &str) {
        if text.is_empty() || self.is_closed() {
            return;
        }
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        if let Err(error) = written {
            *self.failure() = Some(error);
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<io::Error>> {
        // One assignment: a panic elsewhere leaves nothing half done.
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing is written any more, if that is so.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.failure().take()
    }

    /// Whether writing has failed: nobody reads what the program says, so it should end.
    pub(crate) fn is_closed(&self) -> bool {
        self.failure().is_some()
    }
}
