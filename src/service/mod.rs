//! The job service: the one authority on things, jobs and job executions. Pure: it takes the time and returns messages.

use crate::protocol::EpochMillis;

/// A message for every subscriber of its topic that may receive it (QoS 1, not retained).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub topic: String,
    /// Compact JSON.
    pub payload: Vec<u8>,
}

/// What one input brings about. The reply always goes out before the notifications that it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<R> {
    /// For the requester alone.
    pub reply: R,
    /// For the subscribers, in this order.
    pub notifications: Vec<Message>,
}

/// A request of the control plane as HTTP carried it; authenticated, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRequest {
    /// `GET`, `PUT`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// What stands behind the `?`, still percent-encoded; empty if nothing does.
    pub query: String,
    /// The body as sent.
    pub body: Vec<u8>,
}

/// The answer of the control plane, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlResponse {
    /// The HTTP status.
    pub status: u16,
    /// Of an error: the exception's name, for the `x-amzn-ErrorType` header.
    pub error: Option<&'static str>,
    /// JSON, or empty.
    pub body: Vec<u8>,
}

/// The service and all its state.
#[derive(Debug)]
pub struct Service {}

impl Service {
    /// A PUBLISH of a device to any topic below `$aws/things/THING/jobs`. The reply is for the publisher alone, whether it
    /// subscribed or not; `None` where AWS stays silent.
    pub fn handle_device(
        &mut self,
        now: EpochMillis,
        topic: &str,
        payload: &[u8],
    ) -> Outcome<Option<Message>> {
        let _ = (now, topic, payload);
        Outcome {
            reply: None,
            notifications: Vec::new(),
        }
    }

    /// A request of the control plane.
    pub fn handle_control(
        &mut self,
        now: EpochMillis,
        request: &ControlRequest,
    ) -> Outcome<ControlResponse> {
        let _ = (now, request);
        Outcome {
            reply: ControlResponse {
                status: 500,
                error: None,
                body: Vec::new(),
            },
            notifications: Vec::new(),
        }
    }

    /// When [`Service::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        None
    }

    /// Lets every timer that is due by `now` run out.
    pub fn handle_timeout(&mut self, now: EpochMillis) -> Vec<Message> {
        let _ = now;
        Vec::new()
    }
}
