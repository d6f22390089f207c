//! Accepts connections on a port, even after running out of file descriptors.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// How long to wait after accept failed: most likely no file descriptor is free, and retrying at once would only use CPU
/// time.
const PAUSE: Duration = Duration::from_millis(50);

/// The next connection, as soon as one can be accepted.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Without this, a reply waits up to 40 ms for the client's acknowledgement. If it fails, replies are only
                // slower.
                let _ = socket.set_nodelay(true);
                return socket;
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
