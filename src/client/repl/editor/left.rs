//! How a line was left other than by Enter.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Set by the key and taken by the loop.
#[derive(Clone, Default)]
pub(crate) struct HowLeft(Arc<Mutex<Option<LeftBy>>>);

pub(crate) enum LeftBy {
    Interrupt,
    /// Ctrl-X Ctrl-E, with the cursor at this byte.
    Edit {
        pos: usize,
    },
    /// The line is taller than the screen.
    Tall(String),
    /// The line is taller than the screen after a paste that did not end with Enter.
    Pasted(String),
}

impl HowLeft {
    pub(crate) fn take(&self) -> Option<LeftBy> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn set(&self, by: LeftBy) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(by);
    }
}

/// Lines that are taller than the screen, on terminals where these cannot be edited.
#[derive(Clone, Default)]
pub(crate) struct TallLines {
    left: HowLeft,
    is_pasted: Arc<AtomicBool>,
}

impl TallLines {
    pub(crate) fn new(left: HowLeft) -> Self {
        Self {
            left,
            ..Self::default()
        }
    }

    /// A paste begins.
    pub(crate) fn note_paste(&self) {
        self.is_pasted.store(true, Ordering::Relaxed);
    }

    /// Whether a paste has begun since the last call.
    pub(crate) fn take_paste(&self) -> bool {
        self.is_pasted.swap(false, Ordering::Relaxed)
    }

    /// Leaves this line, called from a key.
    pub(crate) fn leave(&self, line: String) {
        self.left.set(LeftBy::Tall(line));
    }

    /// Leaves this line, called while it is painted. Rustyline leaves a line only for a key or a signal, so this uses the
    /// signal of Ctrl-C.
    pub(crate) fn leave_by_signal(&self, line: &str) {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, raise};
            self.left.set(LeftBy::Pasted(line.to_owned()));
            if raise(Signal::SIGINT).is_err() {
                self.left.take();
            }
        }
        #[cfg(not(unix))]
        let _ = line;
    }
}
