//! MQTT over mutual TLS: accepts connections and gives each its own task.
//!
//! | where | what it holds |
//! |---|---|
//! | [`connection`] | one connection: bytes to inputs of the hub, and outputs of the hub to bytes |
//! | [`decode`], [`encode`] | packets of `mqtt-protocol-core` to inputs, and outputs to packets |
//! | [`guard`] | a workaround for a defect of that library |
//! | [`presence`] | reports the end of a connection to the hub, whatever the cause |
//! | [`socket`] | acknowledges segments at once if no answer follows |
//! | [`timing`] | how long each step may take |

pub(crate) mod connection;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod guard;
pub(crate) mod presence;
pub(crate) mod socket;
pub(crate) mod timing;

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::broker::{ClientIdentity, ConnectionId};
use crate::local::accept::accept;
use crate::local::hub::handle::HubHandle;
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::socket::Socket;
use crate::local::mqtt::timing::Timing;
use crate::local::pki::certificate_id;
use crate::local::stop::stopped;
use crate::policy::ConnectionOrigin;
use crate::tls::{self, ALPN_MQTT_CERTIFICATE};

/// The port on which AWS serves clients that request MQTT by ALPN.
const SHARED_PORT: u16 = 443;

/// Whether a client that has agreed on this protocol by ALPN is served on this port. "Clients that connect on port 443 with
/// X.509 client certificate authentication must implement the ALPN TLS extension"; on other ports ALPN is optional.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
fn is_served(port: u16, alpn: Option<&[u8]>) -> bool {
    port != SHARED_PORT || alpn == Some(ALPN_MQTT_CERTIFICATE)
}

/// Serves MQTT on the listener, at most this many connections at a time, until `stop` becomes true; then gives the
/// connections time to end.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    hub: HubHandle,
    (timing, connections_max): (Timing, usize),
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    let mut last_id = 0;
    loop {
        let has_room = connections.len() < connections_max;
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            socket = accept(&listener), if has_room => {
                last_id += 1;
                let id = ConnectionId(last_id);
                connections.spawn(greet(socket, acceptor.clone(), id, hub.clone(), timing));
            }
        }
    }
    drop(listener);
    // Connections that are still open afterwards are closed when the set is dropped.
    let _ = timeout(timing.goodbye, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
}

/// TLS, then the connection until it ends. A client without a certificate of the CA fails in TLS.
async fn greet(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    id: ConnectionId,
    hub: HubHandle,
    timing: Timing,
) {
    let socket = Socket::new(socket);
    // On the heap, so that the connection does not reserve the memory until its end.
    let accepting = Box::pin(timeout(timing.greeting, acceptor.accept(socket)));
    let Ok(Ok(stream)) = accepting.await else {
        return;
    };
    let (socket, session) = stream.get_ref();
    let (local, remote) = (socket.stream().local_addr(), socket.stream().peer_addr());
    let port = local.map_or(0, |address| address.port());
    if !is_served(port, session.alpn_protocol()) {
        return;
    }
    let Some(certificate) = session.peer_certificates().and_then(<[_]>::first) else {
        return;
    };
    let peer = ClientIdentity {
        client_id: String::new(),
        certificate_id: certificate_id(certificate),
        origin: Arc::new(ConnectionOrigin {
            // On a socket for both versions, an IPv4 address comes inside an IPv6 one.
            source_ip: remote.ok().map(|it| it.ip().to_canonical().to_string()),
            domain_name: session.server_name().map(str::to_owned),
            certificate_serial: tls::serial_number(certificate),
        }),
    };
    Box::pin(MqttConnection::new(stream, id, peer, hub, timing).run()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_that_is_shared_with_http_asks_for_alpn() {
        for (port, alpn, expected) in [
            (8883, None, true),
            (8883, Some(&b"x-amzn-mqtt-ca"[..]), true),
            (443, None, false),
            (443, Some(b"x-amzn-mqtt-ca"), true),
            // For custom authorizers.
            (443, Some(b"mqtt"), false),
        ] {
            assert_eq!(is_served(port, alpn), expected, "{port} {alpn:?}");
        }
    }
}
