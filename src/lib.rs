//! An interactive command line for the AWS IoT Jobs service, and a local service to run it against.

pub mod device;
pub mod protocol;
pub mod service;
pub mod tls;
