//! What comes in.

use std::time::Duration;

use crate::executor::step::{Progress, StepEnd};
use crate::protocol::{DeviceRequest, EventMessage, Operation, Payload};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// There is a connection, and both streams are subscribed to.
    Connected,
    Disconnected,
    Event(EventMessage),
    /// What became of the request with this number.
    Answer {
        request: u64,
        answer: Answer,
    },
    /// Another client of the thing, or the user of the session, was answered.
    Foreign {
        operation: Operation,
        /// What was asked, if it is known.
        request: Option<DeviceRequest>,
        payload: Payload,
    },
    Progress(Progress),
    Ended(StepEnd),
    /// No further job: what runs may take so long to end, and is then interrupted.
    Stop {
        patience: Duration,
    },
    /// The user lets the device make the move that it has announced.
    Go,
}

/// What became of a request.
#[derive(Debug, Clone)]
pub enum Answer {
    Accepted(Payload),
    Rejected(Payload),
    /// No reply came. The text shows why.
    Failed(String),
}
