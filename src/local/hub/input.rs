//! What comes to the hub: from the sockets, and from the program that started the service.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::broker::{Connect, ConnectionId, Delivery, Publish, SubscribeFilter};
use crate::local::faults::Fault;
use crate::local::outputs::OutputSender;
use crate::service::{Extras, HttpRequest, HttpResponse, Registration};

/// What happens at a socket and concerns the state.
#[derive(Debug)]
pub(crate) enum HubInput {
    /// A CONNECT on a connection that TLS has let in.
    Connect {
        id: ConnectionId,
        connect: Box<Connect>,
        /// Where its outputs go. The hub holds the only sender: when it is dropped, the connection ends.
        outputs: OutputSender,
    },
    Publish {
        id: ConnectionId,
        /// With its topic alias resolved.
        publish: Publish,
    },
    Puback {
        id: ConnectionId,
        packet_id: u16,
    },
    /// A message that is larger than the client takes.
    Discarded {
        id: ConnectionId,
        delivery: Delivery,
    },
    Subscribe {
        id: ConnectionId,
        packet_id: u16,
        filters: Vec<SubscribeFilter>,
    },
    Unsubscribe {
        id: ConnectionId,
        packet_id: u16,
        filters: Vec<String>,
    },
    /// The connection has ended.
    Gone {
        id: ConnectionId,
        /// Whether its will is published: it ended without a DISCONNECT.
        with_will: bool,
        /// How long the session lasts from here, in seconds, if the DISCONNECT says.
        session_expiry_s: Option<u32>,
    },
    Http {
        plane: HttpPlane,
        request: HttpRequest,
        extras: Extras,
        /// Where the answer goes, before the notifications.
        answer: oneshot::Sender<HttpResponse>,
    },
    Admin {
        request: AdminRequest,
        answer: oneshot::Sender<AdminAnswer>,
    },
}

/// Which of AWS's services a request over HTTP is for; their paths overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpPlane {
    /// `iot`: jobs, things, groups.
    Control,
    /// `iot-jobs-data`: what a device does.
    JobsData,
}

/// What can be asked of the hub besides what AWS offers.
#[derive(Debug, Clone)]
pub(crate) enum AdminRequest {
    State,
    Reset,
    /// Moves the clock ahead.
    Advance(Duration),
    AddFault(Fault),
    ClearFaults,
}

/// JSON, or why the request was refused.
pub(crate) type AdminAnswer = Result<Value, String>;

/// What the program that owns the local service asks of it, from any thread, without waiting for room in a queue.
#[derive(Debug)]
pub(crate) enum HubOrder {
    /// Sets up a device: an active certificate with its policies and things.
    RegisterDevice {
        registration: Arc<Registration>,
        answer: SyncSender<Result<(), String>>,
    },
    Admin {
        request: AdminRequest,
        answer: SyncSender<AdminAnswer>,
    },
    /// A request of the control plane without HTTP.
    Control {
        request: HttpRequest,
        extras: Extras,
        answer: SyncSender<HttpResponse>,
    },
    #[cfg(test)]
    Panic,
}
