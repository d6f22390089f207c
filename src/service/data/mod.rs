//! The data plane: the four operations of a device.
//!
//! | file | what it holds |
//! |---|---|
//! | [`operation`], [`request`] | the operations, and what their requests must look like |
//! | [`mqtt`], [`http`] | the same over MQTT and over HTTP |

pub(crate) mod http;
pub(crate) mod mqtt;
pub(crate) mod operation;
pub(crate) mod request;
