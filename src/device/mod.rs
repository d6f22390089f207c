//! The device's side of AWS IoT Jobs: one MQTT 5 connection that repairs itself, four operations, a stream of events.
//!
//! Read down: [`Client`] is what a caller holds; `link` owns the connection and decides what happens when; `connection` makes
//! one TCP, TLS and MQTT connection with its subscriptions; `pending` (pure) knows which reply ends which request; `retry`
//! (pure) knows when to try again. It cannot tell AWS from the local service, and does not try to.

mod client;
mod connection;
mod diagnose;
mod error;
mod event;
mod flight;
mod link;
mod pending;
mod reason;
mod retry;

#[cfg(test)]
mod tests;

pub use client::{Attempt, Client, ConnectOptions, Reply};
pub use error::{ConnectError, LossReason, RequestError, SilentStage};
pub use event::{ConnectionState, Event, EventStream, Unexpected};
pub use reason::Reason;
