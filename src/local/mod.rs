//! The local service: a stand-in for AWS IoT Core and its job service on loopback, for tests and for trying things out.
//!
//! It speaks real MQTT over mutual TLS and real HTTP, runs on one thread of its own, and forgets everything when it is
//! dropped. Its certificates are new at every start.

#![warn(missing_docs)]

mod admin;
mod clock;
mod connection;
mod decode;
mod destination;
mod encode;
mod faults;
mod grants;
mod guard;
mod http;
mod hub;
mod log;
mod manage;
mod mqtt;
mod pki;
mod planes;
#[cfg(test)]
mod tests;
mod world;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};

use crate::local::hub::{Hub, HubHandle, Order, Plane, Settings};
use crate::local::mqtt::Timing;
use crate::local::pki::Authority;
use crate::policy::{PolicyDocument, PolicyDocumentError, ResourceArns};
use crate::protocol::{NameError, ThingName};
use crate::service::{HttpRequest, NewCertificate, Registration, Service, ServiceIdentity};

pub use crate::local::clock::ClockMode;
pub use crate::local::faults::{Fault, FaultKind, FaultTarget};
pub use crate::local::pki::{DeviceCertificate, PkiError};

/// The region that the local service says it is in unless told otherwise.
pub const REGION: &str = "us-east-1";

/// The account that everything in the local service belongs to unless told otherwise.
pub const ACCOUNT: &str = "123456789012";

/// The policy of a certificate that may do everything.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*"}}"#;

/// How long connections of either port may go on when the service stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

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

/// Why the local service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It is not made to be reached from elsewhere.
    #[error("cannot listen on `{0}`: it is not a loopback address\nuse 127.0.0.1 or ::1")]
    NotLoopback(IpAddr),
    /// A port is taken, or the address is not there.
    #[error(
        "cannot listen on `{address}`: {source}\nend the program that uses the port, or take another port"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The certificates could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The system gave no thread, or no event queue.
    #[error("cannot start the thread of the local service: {0}")]
    Thread(std::io::Error),
    /// A thing was refused; the answer of the service follows.
    #[error("cannot register the thing `{thing}`: {answer}")]
    Thing {
        /// Its name.
        thing: String,
        /// What the service answered.
        answer: String,
    },
}

/// Why there is no device certificate.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The certificate could not be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A policy cannot be read.
    #[error("cannot use the policy `{name}`: {source}")]
    Policy {
        /// Its name.
        name: String,
        /// What is wrong with it.
        source: PolicyDocumentError,
    },
    /// A thing cannot have this name.
    #[error("cannot attach the thing `{thing}`: its name {error}")]
    Thing {
        /// Its name.
        thing: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// The service does not take the device.
    #[error("cannot register the device: {0}")]
    Refused(String),
    /// The service has ended.
    #[error("cannot register the device: the local service has stopped")]
    Stopped,
}

/// A running local service. It stops when it is dropped.
///
/// ```
/// use std::time::Duration;
///
/// use jobs_sandbox::local::{ClockMode, LocalService, Options};
/// use serde_json::json;
///
/// let service = LocalService::start(&Options {
///     things: vec!["lamp".to_owned()],
///     clock: ClockMode::Manual,
///     ..Options::default()
/// })?;
/// let device = service.create_device()?;
/// // The device under test connects to `service.endpoint()`, port `service.mqtt_address().port()`; it trusts
/// // `service.ca_pem()` and has `device.certificate_pem` and `device.private_key_pem`.
/// let job = json!({
///     "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
///     "document": r#"{"operation": "blink"}"#,
/// });
/// assert_eq!(service.control("PUT", "/jobs/Job1", &job).0, 200);
/// service.advance_clock(Duration::from_secs(660));
/// assert_eq!(service.state()["executions"][0]["status"], "QUEUED");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalService {
    authority: Arc<Authority>,
    endpoint: String,
    mqtt_address: SocketAddr,
    http_address: SocketAddr,
    admin_address: Option<SocketAddr>,
    orders: mpsc::UnboundedSender<Order>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl LocalService {
    /// Starts the local service; when it returns, both ports accept connections. Blocks for some milliseconds.
    pub fn start(options: &Options) -> Result<Self, StartError> {
        Self::start_with(options, Timing::default())
    }

    fn start_with(options: &Options, timing: Timing) -> Result<Self, StartError> {
        let mqtt_listener = listen(options.bind, options.mqtt_port)?;
        let http_listener = listen(options.bind, options.http_port)?;
        let admin_listener = options
            .admin_port
            .map(|port| listen(options.bind, port))
            .transpose()?;
        let mqtt_address = mqtt_listener.local_addr().map_err(StartError::Thread)?;
        let http_address = http_listener.local_addr().map_err(StartError::Thread)?;
        let admin_address = admin_listener
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
            .map_err(StartError::Thread)?;
        let authority = Arc::new(Authority::new()?);
        let identity = ServiceIdentity {
            region: options.region.clone(),
            account: options.account.clone(),
            endpoint: options.endpoint.clone(),
            seed: uuid::Uuid::new_v4().as_u128(),
        };
        let arns = ResourceArns::new(&options.region, &options.account);
        let tls = authority.server_config()?;

        let settings = Settings {
            // The others are refused below.
            things: options
                .things
                .iter()
                .filter_map(|thing| ThingName::new(thing).ok())
                .collect(),
            clock: options.clock,
            log: options.log.clone(),
        };
        let (hub, handle, orders) = Hub::new(
            Service::new(identity),
            Arc::clone(&authority),
            arns,
            settings,
        );
        let (stop, stopped) = watch::channel(false);
        let (ready_sender, ready) = std::sync::mpsc::channel();
        let things = options.things.clone();
        let thread = std::thread::Builder::new()
            .name("local-service".to_owned())
            .spawn(move || {
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = ready_sender.send(Err(StartError::Thread(error)));
                        return;
                    }
                };
                runtime.block_on(async {
                    tokio::spawn(hub.run(stopped.clone()));
                    let started = async {
                        register_things(&handle, &things).await?;
                        let mqtt = tokio::net::TcpListener::from_std(mqtt_listener);
                        let http = tokio::net::TcpListener::from_std(http_listener);
                        let admin = admin_listener
                            .map(tokio::net::TcpListener::from_std)
                            .transpose();
                        Ok((
                            mqtt.map_err(StartError::Thread)?,
                            http.map_err(StartError::Thread)?,
                            admin.map_err(StartError::Thread)?,
                        ))
                    };
                    let (mqtt, http, admin) = match started.await {
                        Ok(listeners) => listeners,
                        Err(error) => {
                            let _ = ready_sender.send(Err(error));
                            return;
                        }
                    };
                    let mqtt = mqtt::serve(mqtt, tls, handle.clone(), timing, stopped.clone());
                    let http = http::serve(http, handle.clone(), stopped.clone());
                    if let Some(admin) = admin {
                        tokio::spawn(admin::serve(admin, handle, stopped.clone()));
                    }
                    let _ = ready_sender.send(Ok(()));
                    tokio::select! {
                        _ = async { tokio::join!(mqtt, http) } => {}
                        () = overdue(stopped) => {}
                    }
                });
                runtime.shutdown_background();
            })
            .map_err(StartError::Thread)?;
        // A thread that ended without a word has panicked.
        ready.recv().unwrap_or_else(|_| {
            Err(StartError::Thread(std::io::Error::other(
                "it ended at once",
            )))
        })?;
        Ok(Self {
            authority,
            endpoint: options.endpoint.clone(),
            mqtt_address,
            http_address,
            admin_address,
            orders,
            stop,
            thread: Some(thread),
        })
    }

    /// Where MQTT is served.
    pub fn mqtt_address(&self) -> SocketAddr {
        self.mqtt_address
    }

    /// Where HTTP is served.
    pub fn http_address(&self) -> SocketAddr {
        self.http_address
    }

    /// Where the management port is, if there is one.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// The URL of the control plane, for `AWS_ENDPOINT_URL_IOT`.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.http_address)
    }

    /// The host name of the data endpoint; the server's certificate is made out to it.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The certificate by which clients trust the server; PEM.
    pub fn ca_pem(&self) -> String {
        self.authority.certificate_pem()
    }

    /// A new device certificate, registered and active, that may do everything.
    pub fn create_device(&self) -> Result<DeviceCertificate, DeviceError> {
        self.create_device_with(&[], &[("everything", EVERYTHING)])
    }

    /// A new device certificate, registered and active, attached to these things, with these policies by name. Things and
    /// policies are created where they are missing.
    pub fn create_device_with(
        &self,
        things: &[&str],
        policies: &[(&str, &str)],
    ) -> Result<DeviceCertificate, DeviceError> {
        for (name, text) in policies {
            PolicyDocument::parse(text).map_err(|source| DeviceError::Policy {
                name: (*name).to_owned(),
                source,
            })?;
        }
        let things = things.iter().map(|thing| {
            ThingName::new(thing).map_err(|error| DeviceError::Thing {
                thing: (*thing).to_owned(),
                error,
            })
        });
        let things = things.collect::<Result<_, _>>()?;
        let device = self.authority.create_device()?;
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let certificate = NewCertificate {
            // The service has no use for it.
            private_key_pem: String::new(),
            ..device.clone().into_new()
        };
        let registration = Arc::new(Registration {
            certificate,
            policies: policies.iter().map(owned).collect(),
            things,
        });
        let (answer, registered) = sync_channel(1);
        let _ = self.orders.send(Order::RegisterDevice {
            registration,
            answer,
        });
        match registered.recv() {
            Ok(registered) => registered.map_err(DeviceError::Refused)?,
            Err(_) => return Err(DeviceError::Stopped),
        }
        Ok(device)
    }
}

impl Drop for LocalService {
    /// Ends every connection and waits for the thread, some seconds at most.
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say; a panic in it has been printed already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for LocalService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalService")
            .field("mqtt_address", &self.mqtt_address)
            .field("http_address", &self.http_address)
            .finish_non_exhaustive()
    }
}

fn listen(bind: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    if !bind.is_loopback() {
        return Err(StartError::NotLoopback(bind));
    }
    let address = SocketAddr::new(bind, port);
    let listener =
        TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })?;
    listener
        .set_nonblocking(true)
        .map_err(|source| StartError::Listen { address, source })?;
    Ok(listener)
}

/// Registers the things as anybody would: with `CreateThing`.
async fn register_things(hub: &HubHandle, things: &[String]) -> Result<(), StartError> {
    for thing in things {
        let path = format!("/things/{}", utf8_percent_encode(thing, NON_ALPHANUMERIC));
        let request = HttpRequest::new("POST", &path, &serde_json::json!({}));
        let response = hub.http(Plane::Control, request, None).await;
        if response.status != 200 {
            return Err(StartError::Thing {
                thing: thing.clone(),
                answer: String::from_utf8_lossy(&response.body).into_owned(),
            });
        }
    }
    Ok(())
}

/// Waits until the service is told to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to tell it.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits until the service has been told to stop and has not done so for too long: a client holds on to it.
async fn overdue(mut stop: watch::Receiver<bool>) {
    stopped(&mut stop).await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}
