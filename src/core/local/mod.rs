//! The local service: a stand-in for AWS IoT Core and its job service, on loopback unless told otherwise, for tests and for
//! experiments.
//!
//! It speaks real MQTT over mutual TLS and real HTTP, and runs on one thread. Unless [`Options::state`] is given, it forgets
//! everything when it is dropped, and its certificates are new at every start.
//!
//! | where | what it holds |
//! |---|---|
//! | `local_service`, `options`, `error` | the service as a program starts and uses it |
//! | `server`, `stop` | its thread, and how that ends |
//! | `mqtt`, `http`, `admin` | the ports |
//! | `handshake`, `socket` | TLS with a client, and what it speaks; acknowledges segments at once if no answer follows |
//! | `hosts` | the names and addresses by which clients reach the service |
//! | `accept`, `capacity`, `room` | how ports accept connections, how many, and how many large bodies |
//! | `xml` | refusals for clients of services that speak XML |
//! | `outputs` | the way from the hub to one MQTT connection |
//! | `hub` | the one task that owns the state |
//! | `clock`, `log` | the time, the log of refused and dropped messages |
//! | `onlooker` | the owner of the service, who sees each message of the job service |
//! | `pki`, `identity` | the certificates; those that were made before |
//! | `certificates`, `without_ca` | those that requests want; those that were registered without a CA |
//! | `state_file` | the file that keeps the state between two runs |
//! | `kept`, `before` | what is in it beside the account; what a service begins with |

#![warn(missing_docs)]

mod accept;
mod admin;
mod before;
mod capacity;
mod certificates;
mod clock;
mod error;
mod handshake;
mod hosts;
mod http;
mod hub;
mod identity;
mod kept;
mod local_service;
mod log;
mod mqtt;
mod onlooker;
mod options;
mod outputs;
mod pki;
mod room;
mod server;
mod socket;
mod state_file;
mod stop;
#[cfg(test)]
mod tests;
mod without_ca;
mod xml;

pub use crate::faults::{Fault, FaultKind, FaultTarget};
#[doc(hidden)]
pub use crate::local::capacity::allow_many_connections;
pub use crate::local::clock::ClockMode;
pub use crate::local::error::{DeviceError, StartError};
#[doc(hidden)]
pub use crate::local::identity::{Identity, IdentityError};
#[doc(hidden)]
pub use crate::local::kept::DeviceOwner;
pub use crate::local::local_service::{EVERYTHING, LocalService};
pub use crate::local::onlooker::{MessageKind, Onlooker, SeenMessage, Treatment};
pub use crate::local::options::{ACCOUNT, Options, REGION};
pub use crate::local::pki::{DeviceCertificate, PkiError};
pub use crate::local::state_file::error::StateFileError;
pub use crate::policy::PolicyDocumentError;
pub use crate::protocol::NameError;
#[doc(hidden)]
pub use crate::service::KnownPolicies;
pub use crate::tls::TlsError;
