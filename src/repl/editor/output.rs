//! Standard output: the one place that writes to it, apart from the line editor.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard output, and whether it still takes anything.
#[derive(Debug, Default)]
pub(crate) struct Output {
    closed: AtomicBool,
}

impl Output {
    /// Writes a text at once. After a failure (a closed pipe, a full disk) nothing is written any more.
    pub(crate) fn write(&self, text: &str) {
        if text.is_empty() || self.is_closed() {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        if written.is_err() {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether writing has failed: nobody reads what the program says, so it should end.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}
