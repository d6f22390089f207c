//! Pauses between attempts, the same for every connection and both planes.
//!
//! [`Backoff`] (pure) computes each pause; [`while_throttled`] retries a request until it is no longer throttled.

mod dice;
mod pauses;
mod throttle;

pub use dice::dice;
pub use pauses::Backoff;
pub use throttle::while_throttled;
