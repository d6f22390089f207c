//! How a port takes connections in, also when there are no file descriptors left for them.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// How long to wait after accepting failed: out of file descriptors, most likely, and trying at once would only burn time.
const PAUSE: Duration = Duration::from_millis(50);

/// The next connection, once one can be had.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Without it an answer waits up to 40 ms for the client's acknowledgement. If the socket refuses, it is only
                // slower.
                let _ = socket.set_nodelay(true);
                return socket;
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}
