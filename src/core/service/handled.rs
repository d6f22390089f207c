//! The result of an input of the service.

/// A message for all subscribers of its topic that may receive it (QoS 1, not retained).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMessage {
    /// The topic on which it is published.
    pub topic: String,
    pub payload: Vec<u8>,
}

/// The result of one input. The reply always goes out before the notifications that the input causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled<R> {
    /// Only for the requester.
    pub reply: R,
    /// For the subscribers, in this order.
    pub notifications: Vec<ServiceMessage>,
}
