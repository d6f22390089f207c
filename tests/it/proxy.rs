//! A TCP proxy on a free port of loopback that misbehaves on demand.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What happens to bytes and to new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// They pass.
    Pass,
    /// Connections are accepted, and nothing passes: no byte, no FIN. It passes later.
    Hold,
    /// They pass at this pace, in bytes for a second and direction.
    Slow(u32),
    /// New connections are reset at once; the other end does not exist.
    Refuse,
}

/// How the connections of the moment end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Both ends see an orderly end.
    Close,
    /// Both ends see a reset.
    Reset,
    /// The client sees the end; the server believes that the connection is there (half-open).
    ClientSideOnly,
    /// The server stops sending (FIN), and would still read (half-closed).
    ServerStopsSending,
}

#[derive(Debug, Clone, Copy)]
struct Orders {
    traffic: Traffic,
    /// Which cut was the last one, and how many there were.
    cut: (Option<Cut>, u64),
    /// Before how many further pieces of bytes the next cut is, and which.
    cut_at: Option<(usize, Cut)>,
}

/// Passes connections on until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    orders: watch::Sender<Orders>,
    accepted: Arc<AtomicUsize>,
    held: watch::Receiver<u64>,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// A proxy to `target`.
    pub(crate) fn start(target: SocketAddr) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (orders, watched) = watch::channel(Orders {
            traffic: Traffic::Pass,
            cut: (None, 0),
            cut_at: None,
        });
        let accepted = Arc::new(AtomicUsize::new(0));
        let (hold, is_held) = watch::channel(0);
        let count = Arc::clone(&accepted);
        let to_change = orders.clone();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let wires = Wires {
                    orders: watched.clone(),
                    hold: hold.clone(),
                    change: to_change.clone(),
                };
                tokio::spawn(connect(client, target, wires));
            }
        });
        Self {
            address,
            orders,
            accepted,
            held: is_held,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections came.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Waits until bytes have come that are held back.
    pub(crate) fn wait_for_held(&self) {
        let mut held = self.held.clone();
        let runtime = self.runtime.as_ref().expect("a runtime");
        let came = runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(30), held.wait_for(|held| *held > 0))
                .await
                .is_ok()
        });
        assert!(came, "nothing came");
    }

    pub(crate) fn set(&self, traffic: Traffic) {
        self.orders.send_modify(|orders| orders.traffic = traffic);
    }

    /// Ends every connection in place of passing the nth piece of bytes from now on, of whichever side; never for 0.
    pub(crate) fn cut_at(&self, nth: usize, cut: Cut) {
        let cut_at = (nth > 0).then_some((nth, cut));
        self.orders.send_modify(|orders| orders.cut_at = cut_at);
    }

    /// Whether that has happened.
    pub(crate) fn was_cut(&self) -> bool {
        self.orders.borrow().cut_at.is_none()
    }

    /// Ends every connection that there is.
    pub(crate) fn cut(&self, cut: Cut) {
        self.orders
            .send_modify(|orders| orders.cut = (Some(cut), orders.cut.1 + 1));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a connection obeys, and where it reports.
#[derive(Clone)]
struct Wires {
    orders: watch::Receiver<Orders>,
    hold: watch::Sender<u64>,
    change: watch::Sender<Orders>,
}

impl Wires {
    /// Counts a piece of bytes. Returns whether it is the one that the cut replaces.
    fn is_cut_here(&self) -> bool {
        let mut is_here = false;
        self.change.send_if_modified(|orders| {
            let Some((left, cut)) = &mut orders.cut_at else {
                return false;
            };
            *left -= 1;
            is_here = *left == 0;
            if is_here {
                orders.cut = (Some(*cut), orders.cut.1 + 1);
                orders.cut_at = None;
            }
            is_here
        });
        is_here
    }
}

/// One connection from its beginning to its end.
async fn connect(client: TcpStream, target: SocketAddr, wires: Wires) {
    let mut orders = wires.orders.clone();
    let cuts = orders.borrow().cut.1;
    let server = match orders.borrow().traffic {
        Traffic::Refuse => None,
        _ => Some(TcpStream::connect(target)),
    };
    let server = match server {
        Some(connecting) => connecting.await.ok(),
        None => None,
    };
    let Some(server) = server else {
        let _ = client.set_zero_linger();
        return;
    };
    // Without it small packets wait for acknowledgements.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut client_in, mut client_out) = client.into_split();
    let (mut server_in, mut server_out) = server.into_split();
    let cut = {
        let both = async {
            tokio::join!(
                pump(&mut client_in, &mut server_out, &wires),
                pump(&mut server_in, &mut client_out, &wires),
            )
        };
        tokio::select! {
            // The proxy was dropped if this fails.
            cut = orders.wait_for(|orders| orders.cut.1 > cuts) => cut.ok().and_then(|orders| orders.cut.0),
            _ = both => None,
        }
    };
    match cut {
        None | Some(Cut::Close) => {}
        Some(Cut::Reset) => {
            // To close without lingering is what a reset is.
            let _ = client_out.as_ref().set_zero_linger();
            let _ = server_out.as_ref().set_zero_linger();
        }
        Some(Cut::ClientSideOnly) => {
            drop((client_in, client_out));
            let mut bytes = [0; 4096];
            while server_in
                .read(&mut bytes)
                .await
                .is_ok_and(|count| count > 0)
            {}
        }
        Some(Cut::ServerStopsSending) => {
            let _ = client_out.shutdown().await;
            pump(&mut client_in, &mut server_out, &wires).await;
        }
    }
}

/// Passes bytes on in one direction until their source ends.
async fn pump(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, wires: &Wires) {
    let (mut orders, hold) = (wires.orders.clone(), &wires.hold);
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let pace = match orders.borrow().traffic {
            Traffic::Slow(pace) => Some(pace),
            _ => None,
        };
        // Ten pieces for each second.
        let most = pace.map_or(bytes.len(), |pace| (pace / 10).max(1) as usize);
        let Ok(count) = from.read(&mut bytes[..most]).await else {
            return;
        };
        if orders.borrow().traffic == Traffic::Hold {
            hold.send_modify(|held| *held += 1);
        }
        let flows = orders.wait_for(|orders| orders.traffic != Traffic::Hold);
        if flows.await.is_err() {
            return;
        }
        if count == 0 {
            let _ = to.shutdown().await;
            return;
        }
        if wires.is_cut_here() {
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
        if pace.is_some() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
