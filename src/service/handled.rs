//! What an input of the service brings about.

/// A message for every subscriber of its topic that may receive it (QoS 1, not retained).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMessage {
    /// Where it is published.
    pub topic: String,
    pub payload: Vec<u8>,
}

/// What one input brings about. The reply always goes out before the notifications that it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled<R> {
    /// For the requester alone.
    pub reply: R,
    /// For the subscribers, in this order.
    pub notifications: Vec<ServiceMessage>,
}
