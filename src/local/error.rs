//! Why there is no local service, or no device certificate of it.

use std::net::{IpAddr, SocketAddr};

use crate::local::pki::PkiError;
use crate::policy::PolicyDocumentError;
use crate::protocol::NameError;

/// Why the local service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It is not made to be reached from elsewhere.
    #[error("cannot listen on `{0}`: it is not a loopback address\nuse 127.0.0.1 or ::1")]
    NotLoopback(IpAddr),
    /// A port is taken, or the address is not there.
    #[error(
        "cannot listen on `{address}`: {source}\nend the program that uses the port, or take another port"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A socket listens, but the system does not let the service use it.
    #[error("cannot use the socket that listens on `{address}`: {source}")]
    Socket {
        /// Where it listens.
        address: SocketAddr,
        /// Why it cannot be used.
        source: std::io::Error,
    },
    /// The certificates could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The system gave no thread, or no event queue.
    #[error("cannot start the thread of the local service: {0}")]
    Thread(std::io::Error),
    /// A thing was refused; the answer of the service follows.
    #[error("cannot register the thing `{thing}`: {answer}")]
    Thing {
        /// Its name.
        thing: String,
        /// What the service answered.
        answer: String,
    },
}

/// Why there is no device certificate.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The certificate could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A policy cannot be read.
    #[error("cannot use the policy `{name}`: {source}")]
    Policy {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: PolicyDocumentError,
    },
    /// A thing cannot have this name.
    #[error("cannot attach the thing `{thing}`: its name {error}")]
    Thing {
        /// Its name.
        thing: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// The service does not take the device.
    #[error("cannot register the device: {0}")]
    Refused(String),
    /// The service has ended.
    #[error("cannot register the device: the local service has stopped")]
    Stopped,
}
