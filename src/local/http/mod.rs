//! HTTP: what the ports share, and the planes of AWS. The management port has a file of its own, [`admin`](crate::local::admin).
//!
//! | where | what it holds |
//! |---|---|
//! | [`port`] | a port: its connections and their limits |
//! | [`body`] | the body of a request, and of an answer |
//! | [`plane`] | the control plane and the device's data plane |

pub(crate) mod body;
pub(crate) mod plane;
pub(crate) mod port;
