//! Whether a request is being sent: information for a caller that gives it up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared between the caller of a request and its sender.
///
/// The sender sets the mark before it checks whether the caller still waits. So if the mark is not set after the caller has
/// given up, the request is never sent.
#[derive(Debug, Clone, Default)]
pub struct Underway(Arc<AtomicBool>);

impl Underway {
    /// From now on the request may reach the service.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// The request has ended, and the caller knows the result.
    pub(crate) fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether the service may carry out a request whose result the caller does not know.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
