//! Memory for the bodies of requests for objects: only so many are read at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::service::OBJECT_BYTES_MAX;

/// The largest body: of an object whose chunks are signed, each of which has some bytes of its own.
pub(crate) const BODY_MAX: usize = OBJECT_BYTES_MAX + OBJECT_BYTES_MAX / 8;

/// How much all bodies may need at a time, in KiB.
const ALL_KIB: usize = 2 * BODY_MAX / 1024;

#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_KIB)))
    }
}

impl Room {
    /// Room for a body of so many bytes at most; `None` if others have needed all of it for that long.
    pub(crate) async fn take(
        &self,
        bytes: u64,
        patience: Duration,
    ) -> Option<OwnedSemaphorePermit> {
        let kib = bytes.min(BODY_MAX as u64).div_ceil(1024);
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.0).acquire_many_owned(kib);
        timeout(patience, taken).await.ok()?.ok()
    }
}
