//! The device's side of AWS IoT Jobs: one MQTT 5 connection that is re-established when lost, four operations, a stream of
//! events.
//!
//! Read down: [`Client`] is the caller's handle; `link` owns the connection and decides when to act; `subscribed_connection`
//! makes one TCP, TLS and MQTT connection with its subscriptions; `requests` ends every request, and `waiting_requests`
//! (pure) finds the request of a reply; `retry` (pure) decides when to reconnect. The client cannot distinguish AWS from the
//! local service, and does not try to.

mod client;
mod diagnose;
mod error;
mod event;
mod flight;
mod link;
mod options;
mod outgoing;
mod peer;
mod reason;
mod reply;
mod requests;
mod retry;
mod subscribed_connection;
mod waiting_requests;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use error::{ConnectError, LossReason, RequestError, SilentStage};
pub use event::{ConnectionState, Event, EventStream, Unexpected};
pub use options::ConnectOptions;
pub use peer::Peer;
pub use reason::Reason;
pub use reply::{Attempt, Reply};
