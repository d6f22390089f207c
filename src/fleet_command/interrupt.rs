//! Ctrl-C: it ends the rehearsal, and the report so far is printed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
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
            let (ready, is_ready) = mpsc::channel::<()>();
            thread::spawn(move || {
                runtime.block_on(async {
                    let mut ctrl_c = std::pin::pin!(tokio::signal::ctrl_c());
                    // It is watched for from when it is polled first.
                    let pressed = tokio::select! {
                        biased;
                        pressed = &mut ctrl_c => pressed,
                        () = std::future::ready(()) => {
                            drop(ready);
                            ctrl_c.await
                        }
                    };
                    noticed.0.store(pressed.is_ok(), Ordering::Relaxed);
                });
            });
            // Ends with the sender.
            let _ = is_ready.recv();
        }
        interrupt
    }

    pub(crate) fn is_due(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
