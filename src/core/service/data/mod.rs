//! The data plane: the four operations of a device.
//!
//! | file | what it holds |
//! |---|---|
//! | [`operation`], [`update`] | the operations |
//! | [`request`], [`reply`] | what their requests must look like, and their replies |
//! | [`mqtt`], [`http`] | the same over MQTT and over HTTP |

pub(crate) mod http;
pub(crate) mod mqtt;
pub(crate) mod operation;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod update;
