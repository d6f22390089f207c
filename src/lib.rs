//! An interactive command line for the AWS IoT Jobs service, and a local service to run it against.

pub mod broker;
pub mod cli;
pub mod config;
pub mod control;
pub mod device;
pub mod local;
pub mod policy;
pub mod protocol;
pub mod repl;
pub mod service;
pub mod tls;
