//! HTTPS for devices: the client's certificate takes the place of a signature. By ALPN, clients can also speak MQTT here.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::local::handshake::{Secure, Spoken, identity, port_and_alpn, secure, spoken};
use crate::local::hosts::Hosts;
use crate::local::http::plane;
use crate::local::http::port::{Greeted, Greeter, handler};
use crate::local::hub::handle::HubHandle;
use crate::local::mqtt::timing::Timing;

/// What every connection of the port needs.
#[derive(Clone)]
pub(crate) struct SecurePort {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) hub: HubHandle,
    pub(crate) hosts: Hosts,
    pub(crate) timing: Timing,
    /// Takes the connections that speak MQTT, which count as those of the port for MQTT.
    pub(crate) mqtt: mpsc::Sender<Secure>,
}

impl SecurePort {
    pub(crate) fn greeter(self) -> Greeter {
        Arc::new(move |socket| Box::pin(self.clone().greet(socket)))
    }

    /// TLS, and what the client speaks within.
    async fn greet(self, socket: TcpStream) -> Option<Greeted> {
        let stream = secure(socket, &self.acceptor, &self.hub, self.timing.greeting).await?;
        let (port, alpn) = port_and_alpn(&stream);
        if spoken(port, alpn)? == Spoken::Mqtt {
            // Unless MQTT has no room for it in time; then the connection is closed.
            let _ = timeout(self.timing.greeting, self.mqtt.send(stream)).await;
            return None;
        }
        let peer = Arc::new(identity(&stream)?);
        let (hub, hosts, patience) = (self.hub, self.hosts, self.timing.request);
        let handler = handler(move |request| {
            let (hub, hosts, peer) = (hub.clone(), hosts.clone(), Arc::clone(&peer));
            plane::handle_device(hub, hosts, patience, peer, request)
        });
        let stream = Box::new(stream);
        Some(Greeted { stream, handler })
    }
}
