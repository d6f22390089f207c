//! How to start the local service.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc::SyncSender;

use crate::local::clock::ClockMode;

/// The region that the local service says it is in unless told otherwise.
pub const REGION: &str = "us-east-1";

/// The account that everything in the local service belongs to unless told otherwise.
pub const ACCOUNT: &str = "123456789012";

/// How to start the local service.
#[derive(Debug, Clone)]
pub struct Options {
    /// The things to register.
    pub things: Vec<String>,
    /// The region that it says it is in.
    pub region: String,
    /// The account that everything in it belongs to; twelve digits.
    pub account: String,
    /// The name by which clients reach it, which `DescribeEndpoint` answers: one that the certificate is made out to.
    pub endpoint: String,
    /// Where to listen; a loopback address.
    pub bind: IpAddr,
    /// The port for MQTT; 0 for any free one.
    pub mqtt_port: u16,
    /// The port for HTTP; 0 for any free one.
    pub http_port: u16,
    /// The port of the management of the service; 0 for any free one, absent for none.
    pub admin_port: Option<u16>,
    /// Who moves its clock.
    pub clock: ClockMode,
    /// Where each refusal is told, one line each: what policies do not allow, and why. Lines that nobody takes are lost.
    pub log: Option<SyncSender<String>>,
}

impl Default for Options {
    /// No things, and any free ports of 127.0.0.1.
    fn default() -> Self {
        Self {
            things: Vec::new(),
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            endpoint: Ipv4Addr::LOCALHOST.to_string(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            mqtt_port: 0,
            http_port: 0,
            admin_port: None,
            clock: ClockMode::System,
            log: None,
        }
    }
}
