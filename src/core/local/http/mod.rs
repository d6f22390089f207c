//! HTTP: the common part of the ports, and AWS's planes. The management port is in [`admin`](crate::local::admin).
//!
//! | where | what it holds |
//! |---|---|
//! | [`port`] | a port: its connections and their limits |
//! | [`body`] | the body of a request, and of a response |
//! | [`plane`] | the control plane and the device's data plane |
//! | [`objects`] | objects, as Amazon S3 keeps them |
//! | [`secure`] | the port for HTTPS, with TLS and ALPN |

pub(crate) mod body;
pub(crate) mod objects;
pub(crate) mod plane;
pub(crate) mod port;
pub(crate) mod secure;
