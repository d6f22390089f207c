//! The way between a device and the service, which can be cut: a TCP forwarder on loopback.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// When the connections through a link came, in order.
type Arrivals = Arc<Mutex<Vec<Instant>>>;

/// Passes connections on until it is dropped.
pub(crate) struct Link {
    port: u16,
    /// Whether it stands.
    stands: watch::Sender<bool>,
    arrivals: Arrivals,
    task: JoinHandle<()>,
}

impl Link {
    /// A link that stands, to `target`.
    pub(crate) fn start(runtime: &Handle, target: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (stands, watched) = watch::channel(true);
        let arrivals = Arrivals::default();
        let noted = Arc::clone(&arrivals);
        let accepting = async move {
            let Ok(listener) = TcpListener::from_std(listener) else {
                return;
            };
            loop {
                // It fails if the peer has gone already.
                let Ok((device, _)) = listener.accept().await else {
                    continue;
                };
                if *watched.borrow() {
                    let mut list = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    list.push(Instant::now());
                    tokio::spawn(forward(device, target, watched.clone()).boxed());
                }
            }
        };
        let task = runtime.spawn(accepting.boxed());
        Ok(Self {
            port,
            stands,
            arrivals,
            task,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends every connection, and accepts none until [`Link::restore`].
    pub(crate) fn cut(&self) {
        self.stands.send_replace(false);
    }

    pub(crate) fn restore(&self) {
        self.stands.send_replace(true);
    }

    /// How many connections came while it stood.
    pub(crate) fn connections(&self) -> usize {
        self.list().len()
    }

    /// When the first connection after this time came.
    pub(crate) fn connected_after(&self, time: Instant) -> Option<Instant> {
        self.list().iter().copied().find(|at| *at >= time)
    }

    fn list(&self) -> Vec<Instant> {
        let arrivals = self.arrivals.lock();
        arrivals.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stands.send_replace(false);
        self.task.abort();
    }
}

async fn forward(mut device: TcpStream, target: SocketAddr, mut stands: watch::Receiver<bool>) {
    let Ok(mut service) = TcpStream::connect(target).await else {
        return;
    };
    // Without it small packets wait for acknowledgements.
    let _ = (device.set_nodelay(true), service.set_nodelay(true));
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut device, &mut service) => {}
        // It fails if the link is gone.
        _ = stands.wait_for(|stands| !stands) => {}
    }
}
