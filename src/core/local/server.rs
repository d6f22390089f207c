//! The thread of the local service: all its sockets, and the hub behind them.

use std::collections::BTreeMap;
use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::ServerConfig;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;

use crate::local::capacity::Capacity;
use crate::local::error::{StartError, message};
use crate::local::hosts::Hosts;
use crate::local::http::plane;
use crate::local::http::port::{self, PortLimits, handler, plain};
use crate::local::http::secure::SecurePort;
use crate::local::hub::Hub;
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::HttpPlane;
use crate::local::mqtt::timing::Timing;
use crate::local::options::Options;
use crate::local::stop::overdue;
use crate::local::{admin, mqtt};
use crate::service::HttpRequest;
use crate::tls;

/// How many clients that speak MQTT on the port for HTTPS wait for a place; more wait as clients of that port.
const NEWCOMERS_MAX: usize = 1;

/// A bound port; connections wait until it is served.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    /// With the port that the system chose if it was 0.
    address: SocketAddr,
}

impl Listener {
    fn bind(ip: IpAddr, port: u16) -> Result<Self, StartError> {
        let address = SocketAddr::new(ip, port);
        let failed = |source| StartError::Listen { address, source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket
            .local_addr()
            .map_err(|source| StartError::Socket { address, source })?;
        Ok(Self { socket, address })
    }

    /// The same in the current runtime.
    fn into_async(self) -> Result<tokio::net::TcpListener, StartError> {
        let address = self.address;
        tokio::net::TcpListener::from_std(self.socket)
            .map_err(|source| StartError::Socket { address, source })
    }
}

/// The ports of the service.
#[derive(Debug)]
pub(crate) struct Listeners {
    mqtt: Listener,
    http: Listener,
    https: Listener,
    admin: Option<Listener>,
}

/// Where the ports are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) mqtt: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
}

impl Listeners {
    pub(crate) fn bind(options: &Options) -> Result<Self, StartError> {
        let bind = options.bind.to_canonical();
        Ok(Self {
            mqtt: Listener::bind(bind, options.mqtt_port)?,
            http: Listener::bind(bind, options.http_port)?,
            https: Listener::bind(bind, options.https_port)?,
            admin: options
                .admin_port
                .map(|port| Listener::bind(on_this_machine(bind), port))
                .transpose()?,
        })
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Addresses {
            mqtt: self.mqtt.address,
            http: self.http.address,
            https: self.https.address,
            admin: self.admin.as_ref().map(|admin| admin.address),
        }
    }
}

/// The loopback address of the same version, unless this is a loopback address.
fn on_this_machine(ip: IpAddr) -> IpAddr {
    match ip {
        _ if ip.is_loopback() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// What the thread needs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) listeners: Listeners,
    pub(crate) tls: Arc<ServerConfig>,
    pub(crate) hosts: Hosts,
    pub(crate) timing: Timing,
    pub(crate) capacity: Capacity,
    pub(crate) hub: Hub,
    pub(crate) handle: HubHandle,
    /// Things to register before the ports are served.
    pub(crate) things: Vec<String>,
    /// Becomes true when the service must stop.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Server {
    /// Starts the thread, and returns when all ports are being served.
    pub(crate) fn start(self) -> Result<JoinHandle<()>, StartError> {
        let (ready_sender, ready) = channel();
        let thread = thread::Builder::new()
            .name("local-service".to_owned())
            .spawn(move || self.run(&ready_sender))
            .map_err(StartError::Thread)?;
        // A thread that ended without a result has panicked.
        ready.recv().unwrap_or_else(|_| {
            Err(StartError::Thread(std::io::Error::other(
                "it ended at once",
            )))
        })?;
        Ok(thread)
    }

    fn run(self, ready: &Sender<Result<(), StartError>>) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = ready.send(Err(StartError::Thread(error)));
                return;
            }
        };
        // On the heap: on the stack, each move of it would touch further pages.
        let service = Box::pin(self.serve(ready));
        runtime.block_on(async {
            if let Err(error) = service.await {
                let _ = ready.send(Err(error));
            }
        });
        runtime.shutdown_background();
    }

    /// Serves all ports until the service stops.
    async fn serve(self, ready: &Sender<Result<(), StartError>>) -> Result<(), StartError> {
        let (stop, handle) = (self.stop, self.handle);
        let hub = tokio::spawn(self.hub.run(stop.clone()));
        register_things(&handle, &self.things).await?;
        let mqtt = self.listeners.mqtt.into_async()?;
        let http = self.listeners.http.into_async()?;
        let https = self.listeners.https.into_async()?;
        let admin = self.listeners.admin.map(|admin| {
            let ip = admin.address.ip();
            admin.into_async().map(|admin| (ip, admin))
        });
        let admin = admin.transpose()?;
        let (timing, capacity) = (self.timing, self.capacity);
        let (to_mqtt, newcomers) = mpsc::channel(NEWCOMERS_MAX);
        let acceptor = TlsAcceptor::from(tls::for_https(&self.tls));
        let mqtt = mqtt::serve(
            mqtt,
            newcomers,
            self.tls,
            handle.clone(),
            (timing, capacity.mqtt),
            stop.clone(),
        );
        let limits = |connections_max| PortLimits {
            connections_max,
            patience: timing.request,
        };
        if let Some((admin_ip, admin)) = admin {
            let hub = handle.clone();
            let hosts = Hosts::of_this_machine(admin_ip);
            let answer =
                move |request| admin::handle(hub.clone(), hosts.clone(), timing.request, request);
            let limits = limits(capacity.admin);
            let greeter = plain(handler(answer));
            tokio::spawn(port::serve(admin, limits, greeter, stop.clone()));
        }
        let secure = SecurePort {
            acceptor,
            hub: handle.clone(),
            hosts: self.hosts.clone(),
            timing,
            mqtt: to_mqtt,
        };
        let https = port::serve(
            https,
            limits(capacity.https),
            secure.greeter(),
            stop.clone(),
        );
        let hosts = self.hosts;
        let answer =
            move |request| plane::handle(handle.clone(), hosts.clone(), timing.request, request);
        let greeter = plain(handler(answer));
        let http = port::serve(http, limits(capacity.http), greeter, stop.clone());
        let _ = ready.send(Ok(()));
        tokio::select! {
            _ = async { tokio::join!(mqtt, http, https) } => {}
            () = overdue(stop) => {}
            // The hub cannot answer any longer, and clients should notice that rather than wait.
            () = panicked(hub) => {}
        }
        Ok(())
    }
}

/// Waits until the hub panics, which it may never do.
async fn panicked(hub: tokio::task::JoinHandle<()>) {
    if hub.await.is_ok() {
        pending::<()>().await;
    }
}

/// Registers the things with `CreateThing`, as clients do.
async fn register_things(hub: &HubHandle, things: &[String]) -> Result<(), StartError> {
    for thing in things {
        let path = format!("/things/{}", utf8_percent_encode(thing, NON_ALPHANUMERIC));
        let request = HttpRequest::new("POST", &path, &serde_json::json!({}));
        let response = hub.http(HttpPlane::Control, request, BTreeMap::new()).await;
        // One that was kept may have got attributes, which the request does not have.
        if !matches!(response.status, 200 | 409) {
            return Err(StartError::Thing {
                thing: thing.clone(),
                answer: message(&serde_json::from_slice(&response.body).unwrap_or_default()),
            });
        }
    }
    Ok(())
}
