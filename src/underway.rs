//! Whether a request is on its way: what a caller wants to know that gives it up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between the caller of a request and what sends it.
///
/// The sender sets it before it looks whether the caller still waits. So after the caller has given up, an unset mark stays
/// unset, and the request is never sent.
#[derive(Debug, Clone, Default)]
pub struct Underway(Arc<AtomicBool>);

impl Underway {
    /// From now on the request may reach the service.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// The request has ended, and the caller knows how.
    pub(crate) fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether the service may carry out something whose end the caller does not know.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
