//! What is asked of a device at work, and what it shows.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::agent::core::{Decision, Status};
use crate::device;
use crate::protocol::{DeviceRequest, Operation, Payload};

/// How many orders wait at most; a device takes microseconds for one.
const WAITING: usize = 1_024;

/// Something for a device at work.
#[derive(Debug)]
pub(crate) enum Order {
    /// The client has reported it.
    Event(device::Event),
    /// The user of the session has got a reply.
    Foreign {
        operation: Operation,
        request: Box<DeviceRequest>,
        payload: Payload,
    },
    Stop {
        patience: Duration,
    },
    /// Whether each move waits for [`Order::Go`].
    ByStep(bool),
    Go,
    Status(oneshot::Sender<Status>),
}

/// What a device at work shows.
#[derive(Debug, Clone)]
pub enum News {
    Decision(Decision),
    /// A request was sent, and this became of it.
    Exchange(Operation, device::Attempt),
}

/// Takes what is shown. Must not wait.
pub type Audience = Box<dyn Fn(News) + Send>;

/// A hand on a device at work. Clones share it; the device stops when it has ended, or is asked to.
#[derive(Debug, Clone)]
pub struct Handle(mpsc::Sender<Order>);

/// Where the orders arrive.
pub(crate) type Orders = mpsc::Receiver<Order>;

/// Both ends.
pub(crate) fn channel() -> (Handle, Orders) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Handle(sender), receiver)
}

impl Handle {
    /// The client has reported something. Never waits: a device that does not follow asks once more what is pending.
    pub fn event(&self, event: &device::Event) {
        self.give(Order::Event(event.clone()));
    }

    /// The user of the session has got a reply to a request of this thing.
    pub fn foreign(&self, request: &DeviceRequest, payload: &Payload) {
        self.give(Order::Foreign {
            operation: request.operation(),
            request: Box::new(request.clone()),
            payload: payload.clone(),
        });
    }

    /// No further job; what runs may take so long to end.
    pub fn stop(&self, patience: Duration) {
        self.give(Order::Stop { patience });
    }

    /// Whether each move waits for the user.
    pub fn by_step(&self, on: bool) {
        self.give(Order::ByStep(on));
    }

    /// Lets the device make the move that it has announced.
    pub fn go(&self) {
        self.give(Order::Go);
    }

    /// What the device knows and does; `None` if it has ended.
    pub async fn status(&self) -> Option<Status> {
        let (sender, status) = oneshot::channel();
        self.0.send(Order::Status(sender)).await.ok()?;
        status.await.ok()
    }

    /// Whether the device is at work.
    pub fn is_at_work(&self) -> bool {
        !self.0.is_closed()
    }

    fn give(&self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.0.try_send(order) {
            tracing::warn!("the agent does not follow");
        }
    }
}
