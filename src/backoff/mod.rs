//! Pauses between attempts, the same for every connection and both planes.
//!
//! [`Backoff`] (pure) computes each pause; [`while_throttled`] sends a request until it is not throttled any more.

mod dice;
mod pauses;
mod throttle;

pub(crate) use dice::dice;
pub(crate) use pauses::Backoff;
pub(crate) use throttle::while_throttled;
