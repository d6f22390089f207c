//! Errors of starting the local service and of creating a device.

use std::io::ErrorKind;
use std::net::SocketAddr;

use serde_json::Value;

use crate::local::hosts::NotAHost;
use crate::local::pki::PkiError;
use crate::local::state_file::error::StateFileError;
use crate::policy::PolicyDocumentError;
use crate::protocol::{NameError, ThingName};

/// Why the local service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One of [`Options::names`](crate::local::Options::names) is not a host.
    #[error(
        "`{0}` is not a host name or an address that clients can use\ngive one such as box.example or 192.168.1.5, without a port and without `*`"
    )]
    Name(String),
    /// A port is in use, or this machine does not have the address.
    #[error("cannot listen on `{address}`: {source}\n{}", next_step(.source.kind()))]
    Listen {
        /// The address and port that were asked for.
        address: SocketAddr,
        /// What the operating system reported.
        source: std::io::Error,
    },
    /// The operating system does not let the service use a socket that it has opened.
    #[error("cannot use the socket that listens on `{address}`: {source}")]
    Socket {
        /// The address that the socket listens on.
        address: SocketAddr,
        /// What the operating system reported.
        source: std::io::Error,
    },
    /// The file of [`Options::state`](crate::local::Options::state) cannot be used.
    #[error(transparent)]
    State(#[from] StateFileError),
    /// The certificates of the CA and the server cannot be made or used.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The operating system does not provide a thread or an event queue.
    #[error("cannot start the thread of the local service: {0}")]
    Thread(std::io::Error),
    /// `CreateThing` refused one of [`Options::things`](crate::local::Options::things), most often for its name.
    #[error("cannot register the thing `{thing}`: {answer}\n{}", ThingName::RULE)]
    Thing {
        /// The name of the thing.
        thing: String,
        /// The message of the response of `CreateThing`.
        answer: String,
    },
}

/// The message of the response to a request that was refused.
pub(crate) fn message(response: &Value) -> String {
    response["message"].as_str().unwrap_or_default().to_owned()
}

impl From<NotAHost> for StartError {
    fn from(NotAHost(text): NotAHost) -> Self {
        Self::Name(text)
    }
}

/// What helps if a port cannot be opened.
fn next_step(error: ErrorKind) -> &'static str {
    match error {
        ErrorKind::AddrInUse => "stop the program that uses the port, or choose another port",
        ErrorKind::AddrNotAvailable => {
            "this machine does not have the address: choose one that it has, or 0.0.0.0 for all"
        }
        ErrorKind::PermissionDenied => "choose a port above 1023",
        _ => "choose another address or port",
    }
}

/// Why the local service did not create a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The certificate cannot be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A policy document is not valid.
    #[error("cannot use the policy `{name}`: {source}")]
    Policy {
        /// The name of the policy.
        name: String,
        /// What is wrong with the document, and where.
        source: PolicyDocumentError,
    },
    /// The name of a thing is not valid.
    #[error("cannot attach the thing `{thing}`: its name {error}")]
    Thing {
        /// The name as given.
        thing: String,
        /// What is wrong with the name.
        error: NameError,
    },
    /// The service refuses the device; the text gives the reason.
    #[error("cannot register the device: {0}")]
    Refused(String),
    /// The service has stopped.
    #[error("cannot register the device: the local service has stopped")]
    Stopped,
}
