//! MQTT over mutual TLS: accepts connections and gives each its own task.
//!
//! | where | what it holds |
//! |---|---|
//! | [`connection`] | one connection: bytes to inputs of the hub, and outputs of the hub to bytes |
//! | [`decode`], [`encode`] | packets of `mqtt-protocol-core` to inputs, and outputs to packets |
//! | [`guard`] | a workaround for a defect of that library |
//! | [`presence`] | reports the end of a connection to the hub, whatever the cause |
//! | [`timing`] | how long each step may take |

pub(crate) mod connection;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod guard;
pub(crate) mod presence;
pub(crate) mod timing;

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::broker::ConnectionId;
use crate::local::accept::accept;
use crate::local::capacity::Crowd;
use crate::local::handshake::{Secure, identity, is_served, port_and_alpn, secure};
use crate::local::hub::handle::HubHandle;
use crate::local::mqtt::connection::MqttConnection;
use crate::local::mqtt::timing::Timing;
use crate::local::stop::stopped;

/// Serves MQTT on the listener, and to clients that come over the port for HTTPS: at most this many connections at a time,
/// until `stop` becomes true; then gives the connections time to end.
pub(crate) async fn serve(
    listener: TcpListener,
    mut newcomers: mpsc::Receiver<Secure>,
    tls: Arc<ServerConfig>,
    hub: HubHandle,
    (timing, connections_max): (Timing, usize),
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    let mut crowd = Crowd::new(connections_max);
    let mut last_id = 0;
    let mut next_id = || {
        last_id += 1;
        ConnectionId(last_id)
    };
    loop {
        let has_room = connections.len() < connections_max;
        if let Some(line) = crowd.note(connections.len()) {
            hub.log(line).await;
        }
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            Some(stream) = newcomers.recv(), if has_room => {
                if let Some(connection) = connection(stream, next_id(), hub.clone(), timing) {
                    connections.spawn(connection);
                }
            }
            socket = accept(&listener), if has_room => {
                connections.spawn(greet(socket, acceptor.clone(), next_id(), hub.clone(), timing));
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

/// TLS, then the connection until it ends.
async fn greet(
    socket: TcpStream,
    acceptor: TlsAcceptor,
    id: ConnectionId,
    hub: HubHandle,
    timing: Timing,
) {
    let stream = Box::pin(secure(socket, &acceptor, &hub, timing.greeting)).await;
    let connection = stream.and_then(|stream| {
        let (port, alpn) = port_and_alpn(&stream);
        is_served(port, alpn).then(|| connection(stream, id, hub, timing))?
    });
    if let Some(connection) = connection {
        connection.await;
    }
}

/// The connection until it ends. All of it is on the heap, so that its task does not reserve the memory of TLS a second time.
fn connection(
    stream: Secure,
    id: ConnectionId,
    hub: HubHandle,
    timing: Timing,
) -> Option<impl Future<Output = ()> + Send + Unpin> {
    let peer = identity(&stream)?;
    let connection = MqttConnection::new(stream, id, peer, hub, timing);
    Some(Box::pin(connection.run()))
}
