//! An interactive command line for the AWS IoT Jobs service, and a local service to run it against.

pub mod broker;
pub mod local;
pub mod protocol;
pub mod service;
