//! How long things take that no device can change.

use std::time::Duration;

/// Seconds of work that ends soon.
pub(crate) const SHORT: u64 = 1;

/// Seconds of work in the middle of which something happens.
pub(crate) const LONG: u64 = 4;

/// How much later than planned work may end.
pub(crate) const DELAY: Duration = Duration::from_millis(1500);

/// How long a device may take to end in good order while it works: the work may be given time to end.
pub(crate) const LEAVING: Duration = Duration::from_secs(40);
