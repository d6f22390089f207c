//! How to start the local service.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::local::clock::ClockMode;
use crate::local::onlooker::Onlooker;

/// The default of [`Options::region`].
pub const REGION: &str = "us-east-1";

/// The default of [`Options::account`].
pub const ACCOUNT: &str = "123456789012";

/// How to start the local service. The default registers no things, and listens on any free ports of 127.0.0.1.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names of the things to register: 1 to 128 of `a` to `z`, `A` to `Z`, `0` to `9`, `:`, `_` and `-`. They also exist
    /// after a reset.
    pub things: Vec<String>,
    /// The AWS region in all ARNs. It is not checked.
    pub region: String,
    /// The AWS account in all ARNs: twelve digits. It is not checked.
    pub account: String,
    /// The host that `DescribeEndpoint` returns, a name or an address. The server's certificate is also made out to it.
    pub endpoint: String,
    /// More names and addresses that clients may use. The server's certificate is made out to them, to `endpoint`, to `bind`
    /// and to the loopback names; requests over HTTP for any other host are refused.
    pub names: Vec<String>,
    /// The address to listen on. Other machines can reach any address that is not a loopback address, and credentials are
    /// not checked.
    pub bind: IpAddr,
    /// The port for MQTT over TLS; 0 for any free one.
    pub mqtt_port: u16,
    /// The port for HTTP, without TLS; 0 for any free one.
    pub http_port: u16,
    /// The port for HTTPS with the certificate of a device; 0 for any free one. AWS has 8443.
    pub https_port: u16,
    /// The port for management over HTTP (state, reset, clock, faults); 0 for any free one, `None` for no such port. It is
    /// always on loopback.
    pub admin_port: Option<u16>,
    /// Whether the clock of the service runs, or moves only on request.
    pub clock: ClockMode,
    /// How many stored messages a second a client gets at most when it resumes its session, besides current ones; `None` for
    /// all at once. AWS sends 10.
    pub stored_per_second: Option<u32>,
    /// How long the deletion of a job takes by the clock of the service. During that time the job is DELETION_IN_PROGRESS, as
    /// in AWS, and no more than ten jobs can be. If zero, a job is gone at once.
    pub deletion_time: Duration,
    /// The file that keeps things, groups, jobs, executions, certificates, policies, objects, the CA and the time between two
    /// runs; it is created if it does not exist. Only one service can use it at a time. It contains private keys, and only its owner
    /// can read it. `None` for a service that forgets everything.
    pub state: Option<PathBuf>,
    /// Receives one line without control characters for each request that a policy does not allow, with the reason, and for
    /// dropped messages. A line is lost if the channel is full; the next one contains the number of lost lines.
    pub log: Option<SyncSender<String>>,
    /// Sees every message of the job service over MQTT.
    pub onlooker: Option<Onlooker>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            things: Vec::new(),
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            endpoint: Ipv4Addr::LOCALHOST.to_string(),
            names: Vec::new(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            mqtt_port: 0,
            http_port: 0,
            https_port: 0,
            admin_port: None,
            clock: ClockMode::System,
            stored_per_second: None,
            deletion_time: Duration::ZERO,
            state: None,
            log: None,
            onlooker: None,
        }
    }
}
