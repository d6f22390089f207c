//! The inputs of the hub: from the sockets, and from the program that started the service.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

use crate::broker::{ClientIdentity, Connect, ConnectionId, Delivery, Publish, SubscribeFilter};
use crate::faults::Fault;
use crate::local::outputs::OutputSender;
use crate::service::{
    Extras, HttpRequest, HttpResponse, ObjectRequest, ObjectResponse, Registration,
};

/// An event at a socket that concerns the state.
#[derive(Debug)]
pub(crate) enum HubInput {
    /// A CONNECT on a connection that TLS has accepted.
    Connect {
        id: ConnectionId,
        connect: Box<Connect>,
        /// The sender of its outputs. The hub holds the only one: when it is dropped, the connection ends.
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
    /// A message that is larger than the client accepts.
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
        /// How long the session lasts from now on, in seconds, if the DISCONNECT specifies it.
        session_expiry_s: Option<u32>,
        /// Why the connection itself ended it, for the log.
        why: Option<Box<str>>,
    },
    /// A line for the log: what happened before a client had a session.
    Log(String),
    Http {
        plane: HttpPlane,
        request: HttpRequest,
        extras: Extras,
        /// The response, which is sent before the notifications.
        answer: oneshot::Sender<HttpResponse>,
    },
    /// A request of a device over HTTPS.
    Device {
        /// It has no client id.
        peer: Arc<ClientIdentity>,
        request: HttpRequest,
        /// Likewise.
        answer: oneshot::Sender<HttpResponse>,
    },
    Objects {
        request: ObjectRequest,
        answer: oneshot::Sender<ObjectResponse>,
    },
    Admin {
        request: AdminRequest,
        answer: oneshot::Sender<AdminAnswer>,
    },
}

/// The AWS service that a request over HTTP is for; their paths overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpPlane {
    /// `iot`: jobs, things, groups.
    Control,
    /// `iot-jobs-data`: the operations of a device.
    JobsData,
}

/// Requests to the hub that AWS does not have.
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

/// Orders of the program that owns the local service, from any thread. They do not wait for room in a queue.
#[derive(Debug)]
pub(crate) enum HubOrder {
    /// Sets up a device: an active certificate with its policies and things.
    RegisterDevice {
        registration: Arc<Registration>,
        /// Another record to keep: its key, and JSON.
        record: Option<(&'static str, Box<str>)>,
        answer: SyncSender<Result<(), String>>,
    },
    Admin {
        request: AdminRequest,
        answer: SyncSender<AdminAnswer>,
    },
    /// A request without HTTP.
    Http {
        plane: HttpPlane,
        request: HttpRequest,
        extras: Extras,
        answer: SyncSender<HttpResponse>,
    },
    #[cfg(test)]
    Panic,
}
