//! MQTT over mutual TLS: accepts connections and gives each a task of its own.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::broker::ConnectionId;
use crate::local::connection::Connection;
use crate::local::hub::HubHandle;
use crate::local::pki::certificate_id;
use crate::local::stopped;
use crate::tls::ALPN_MQTT_CERTIFICATE;

/// The most connections at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 10_000;

/// Where AWS takes MQTT from those who say so by ALPN.
const SHARED_PORT: u16 = 443;

/// The shortest and the longest keep-alive, in seconds; a client that asks for none gets the longest.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const KEEP_ALIVE_S: (u16, u16) = (30, 1200);

/// How long the steps of a connection may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// Until TLS stands, and again until the CONNECT is there.
    pub(crate) greeting: Duration,
    /// For the last words and until the client closes its side.
    pub(crate) goodbye: Duration,
    /// What counts as a second of keep-alive.
    pub(crate) keep_alive_second: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(10),
            goodbye: Duration::from_secs(1),
            keep_alive_second: Duration::from_secs(1),
        }
    }
}

/// The keep-alive that counts, in seconds.
pub(crate) fn keep_alive_s(asked_s: u16) -> u16 {
    let (min, max) = KEEP_ALIVE_S;
    match asked_s {
        0 => max,
        asked_s => asked_s.clamp(min, max),
    }
}

/// Whether a client that has agreed on this protocol by ALPN is heard on this port. "Clients that connect on port 443 with
/// X.509 client certificate authentication must implement the ALPN TLS extension"; elsewhere none need be offered.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html>
fn is_heard(port: u16, alpn: Option<&[u8]>) -> bool {
    port != SHARED_PORT || alpn == Some(ALPN_MQTT_CERTIFICATE)
}

/// Serves MQTT on the listener until `stop` becomes true; then gives the connections time for their last words.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    hub: HubHandle,
    timing: Timing,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    let mut last_id = 0;
    loop {
        let has_room = connections.len() < CONNECTIONS_MAX;
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if has_room => match accepted {
                Ok((socket, _)) => {
                    last_id += 1;
                    let id = ConnectionId(last_id);
                    connections.spawn(greet(socket, acceptor.clone(), id, hub.clone(), timing));
                }
                // Out of file descriptors, most likely: trying again at once would only burn time.
                Err(_) => sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    // Whoever is still here after this is cut off when the set is dropped.
    let _ = timeout(timing.goodbye, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
}

/// TLS, then the connection to its end. A client without a certificate of the CA does not get past TLS.
async fn greet(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    id: ConnectionId,
    hub: HubHandle,
    timing: Timing,
) {
    // Without it an answer waits up to 40 ms for the client's acknowledgement. If the socket refuses, it is only slower.
    let _ = socket.set_nodelay(true);
    // On the heap, so that the connection does not carry the room for it to its end.
    let accepting = Box::pin(timeout(timing.greeting, acceptor.accept(socket)));
    let Ok(Ok(stream)) = accepting.await else {
        return;
    };
    let (socket, session) = stream.get_ref();
    let port = socket.local_addr().map_or(0, |address| address.port());
    if !is_heard(port, session.alpn_protocol()) {
        return;
    }
    let certificates = stream.get_ref().1.peer_certificates();
    let Some(certificate_id) = certificates
        .and_then(|chain| chain.first())
        .map(certificate_id)
    else {
        return;
    };
    Box::pin(Connection::new(stream, id, certificate_id, hub, timing).run()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 101.
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
            assert_eq!(is_heard(port, alpn), expected, "{port} {alpn:?}");
        }
    }

    #[test]
    fn the_keep_alive_stays_within_the_limits_of_aws() {
        for (asked_s, expected_s) in [
            (0, 1200),
            (1, 30),
            (30, 30),
            (60, 60),
            (1200, 1200),
            (u16::MAX, 1200),
        ] {
            assert_eq!(keep_alive_s(asked_s), expected_s, "{asked_s}");
        }
    }
}
