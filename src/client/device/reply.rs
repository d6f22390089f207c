//! The result of a request.

use std::time::Duration;

use crate::device::error::RequestError;
use crate::protocol::{Operation, Payload, ReplyHead, Verdict};

/// The service's answer to one request, accepted or rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The operation, from the topic of the reply.
    pub operation: Operation,
    /// Whether the service accepted it.
    pub verdict: Verdict,
    /// As the service sent it.
    pub payload: Payload,
    /// The members that matter to a client.
    pub head: ReplyHead,
    /// How many events this client had reported when the reply arrived, so that a caller can show them before the reply.
    pub after_events: u64,
}

/// A request that was sent once, and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The sent payload, with its client token.
    pub payload: String,
    /// The time from before it was sent to its end.
    pub round_trip: Duration,
    pub end: Result<Reply, RequestError>,
}
