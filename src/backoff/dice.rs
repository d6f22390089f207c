//! Randomness for a jitter.

use uuid::Uuid;

/// The random bits of a version 4 UUID are random enough for a jitter.
pub(crate) fn dice() -> u64 {
    Uuid::new_v4().as_u64_pair().0
}
