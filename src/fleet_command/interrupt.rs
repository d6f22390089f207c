//! Ctrl-C: it ends the rehearsal, and the report so far is printed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether the user has pressed Ctrl-C.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches for it from now on. If the system does not let us, Ctrl-C ends the program as usual.
    pub(crate) fn watch() -> Self {
        let interrupt = Self::default();
        let noticed = interrupt.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            thread::spawn(move || {
                if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                    noticed.0.store(true, Ordering::Relaxed);
                }
            });
        }
        interrupt
    }

    pub(crate) fn is_due(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
