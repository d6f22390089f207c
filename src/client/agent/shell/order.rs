//! What is asked of a device at work, and what it shows.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::device;
use crate::executor::core::{Decision, Status};
use crate::protocol::{DeviceRequest, Operation, Payload};

/// How many orders wait at most; a device takes microseconds for one.
const WAITING: usize = 1_024;

/// Something for a device at work.
#[derive(Debug)]
pub(crate) enum Order {
    /// The client has reported it.
    Event {
        event: device::Event,
        /// Its number on the connection, if the events are counted.
        number: Option<u64>,
    },
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
pub struct Handle {
    orders: mpsc::Sender<Order>,
    requests: watch::Receiver<Requests>,
}

/// How many requests a device has made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Requests {
    pub(crate) sent: u64,
    /// How many have ended, with everything that the device does about it.
    pub(crate) ended: u64,
    /// A reply waits for the events up to this number.
    pub(crate) awaits: u64,
}

/// Where the orders arrive.
pub(crate) type Orders = mpsc::Receiver<Order>;

/// Both ends; the requests are counted behind the last.
pub(crate) fn channel() -> (Handle, Orders, watch::Sender<Requests>) {
    let (orders, receiver) = mpsc::channel(WAITING);
    let (counting, requests) = watch::channel(Requests::default());
    (Handle { orders, requests }, receiver, counting)
}

impl Handle {
    /// The client has reported something. Never waits: a device that does not follow asks once more what is pending.
    pub fn event(&self, event: &device::Event) {
        self.give(Order::Event {
            event: event.clone(),
            number: None,
        });
    }

    /// The same where events are counted, from 1: a reply is handled after the events that came before it.
    pub fn numbered_event(&self, event: &device::Event, number: u64) {
        self.give(Order::Event {
            event: event.clone(),
            number: Some(number),
        });
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
        self.orders.send(Order::Status(sender)).await.ok()?;
        status.await.ok()
    }

    /// How many requests the device has sent.
    pub fn requests_sent(&self) -> u64 {
        self.requests.borrow().sent
    }

    /// Waits until the requests that were sent so far have ended, with everything that the device does about it; not for a reply
    /// that came after the event of this number.
    pub async fn answered(&self, number: u64) {
        let mut requests = self.requests.clone();
        let sent = requests.borrow().sent;
        // A device that has stopped has none.
        let _ = requests
            .wait_for(|it| it.ended >= sent || it.awaits >= number)
            .await;
    }

    /// Whether the device is at work.
    pub fn is_at_work(&self) -> bool {
        !self.orders.is_closed()
    }

    fn give(&self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.orders.try_send(order) {
            tracing::warn!("the agent does not follow");
        }
    }
}
