//! Randomness for jitter.

use uuid::Uuid;

/// The bits of a version 4 UUID are random enough for jitter.
pub fn dice() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}
