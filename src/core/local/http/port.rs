//! A port for HTTP/1.1: accepts connections and gives each its own task, within limits of number and time.
//!
//! A connection waits for its client from the start, TLS included, to the end of a request's head, and from a response to the next request.
//! No wait is longer than [`PortLimits::patience`]. If all places are taken, the connection that has waited longest is
//! closed. So neither silent clients nor those that keep connections open shut others out.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::local::accept::accept;
use crate::local::stop::stopped;

/// The limits of a port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortLimits {
    /// The most connections at a time.
    pub(crate) connections_max: usize,
    /// The longest wait for a client.
    pub(crate) patience: Duration,
}

/// The bytes of a connection. It and what answers are not known by their types, so that this module is compiled once for all
/// ports.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A boxed future.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Answers a request.
pub(crate) type Handler =
    Arc<dyn Fn(Request<Incoming>) -> Later<Response<Full<Bytes>>> + Send + Sync>;

/// Prepares a connection before its first request; `None` if it is not, or no longer, for this port.
pub(crate) type Greeter = Arc<dyn Fn(TcpStream) -> Later<Option<Greeted>> + Send + Sync>;

/// A connection that may send requests, and what answers them.
pub(crate) struct Greeted {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) handler: Handler,
}

/// A handler of this function.
pub(crate) fn handler<A>(handle: impl Fn(Request<Incoming>) -> A + Send + Sync + 'static) -> Handler
where
    A: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    Arc::new(move |request| Box::pin(handle(request)))
}

/// HTTP without TLS: nothing is to be prepared.
pub(crate) fn plain(handler: Handler) -> Greeter {
    Arc::new(move |socket| {
        let (stream, handler) = (Box::new(socket), Arc::clone(&handler));
        Box::pin(ready(Some(Greeted { stream, handler })))
    })
}

/// The end of a wait for the client; `None` while a request is handled.
type Waiting = Option<Instant>;

/// An open connection.
struct Open {
    waiting: watch::Receiver<Waiting>,
    task: AbortHandle,
}

/// Serves HTTP on the listener until `stop` becomes true; pending requests are still answered.
pub(crate) async fn serve(
    listener: TcpListener,
    limits: PortLimits,
    greeter: Greeter,
    mut stop: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    let mut open: Vec<Open> = Vec::new();
    // An accepted connection that has no place yet.
    let mut next = None;
    let waits = Arc::new(Notify::new());
    loop {
        if next.is_some()
            && open.len() >= limits.connections_max
            && let Some(longest) = longest_waiting(&open)
        {
            open.swap_remove(longest).task.abort();
        }
        if open.len() < limits.connections_max
            && let Some(socket) = next.take()
        {
            let connection = Connection::new(limits.patience, Arc::clone(&waits));
            let waiting = connection.waiting.subscribe();
            let task = tasks.spawn(connection.run(greeter(socket), stop.clone()));
            open.push(Open { waiting, task });
        }
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = tasks.join_next() => open.retain(|one| !one.task.is_finished()),
            () = waits.notified(), if next.is_some() => {}
            socket = accept(&listener), if next.is_none() => next = Some(socket),
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

/// The connection that has been waiting for its client the longest.
fn longest_waiting(open: &[Open]) -> Option<usize> {
    let waiting = open.iter().enumerate();
    let waiting = waiting.filter_map(|(at, one)| Some(((*one.waiting.borrow())?, at)));
    waiting.min().map(|(_, at)| at)
}

/// One connection.
pub(crate) struct Connection {
    waiting: watch::Sender<Waiting>,
    patience: Duration,
    /// Notified when the connection starts to wait.
    waits: Arc<Notify>,
}

impl Connection {
    pub(crate) fn new(patience: Duration, waits: Arc<Notify>) -> Self {
        let waiting = watch::Sender::new(Some(Instant::now() + patience));
        Self {
            waiting,
            patience,
            waits,
        }
    }

    /// Prepares the connection, and answers the client's requests until the client closes it, waits too long, or the service
    /// stops.
    pub(crate) async fn run(
        self,
        greeting: Later<Option<Greeted>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut overdue = pin!(overdue(self.waiting.subscribe()));
        let greeted = tokio::select! {
            biased;
            greeted = greeting => greeted,
            () = overdue.as_mut() => None,
            () = stopped(&mut stop) => None,
        };
        let Some(Greeted { stream, handler }) = greeted else {
            return;
        };
        let this = &self;
        let service = service_fn(move |request| {
            this.waiting.send_replace(None);
            let answer = handler(request);
            async move {
                let answer = answer.await;
                this.waiting
                    .send_replace(Some(Instant::now() + this.patience));
                this.waits.notify_one();
                Ok::<_, Infallible>(answer)
            }
        });
        let connection = http1::Builder::new()
            // A client may close its side after its request, as `nc` does.
            .half_close(true)
            // Here, the limit of waiting also ends idle connections, and those whose client does not read the response.
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = overdue.as_mut() => return,
            () = stopped(&mut stop) => connection.as_mut().graceful_shutdown(),
        }
        // An error means that the client has gone.
        let _ = connection.await;
    }
}

/// Returns when the client has been waited for too long.
async fn overdue(mut waiting: watch::Receiver<Waiting>) {
    loop {
        let until = *waiting.borrow_and_update();
        let elapsed = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = elapsed => return,
            // The sender lives as long as the connection.
            _ = waiting.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hyper::body::Body as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::local::http::body;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// Longer than any test.
    const LONG: Duration = Duration::from_hours(1);

    /// Limits all waiting; it never decides a test that passes.
    async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
        let result = tokio::time::timeout(Duration::from_secs(20), future).await;
        result.unwrap_or_else(|_| panic!("{what}: nothing happens"))
    }

    /// A port that reads the body of a request, and answers after `go` got a permit.
    struct Port {
        address: SocketAddr,
        begun: Arc<tokio::sync::Semaphore>,
        go: Arc<tokio::sync::Semaphore>,
        stop: watch::Sender<bool>,
        task: tokio::task::JoinHandle<()>,
    }

    impl Port {
        async fn start(connections_max: usize, patience: Duration) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let (begun, go) = (
                Arc::new(tokio::sync::Semaphore::new(0)),
                Arc::new(tokio::sync::Semaphore::new(0)),
            );
            let (stop, stopped) = watch::channel(false);
            let limits = PortLimits {
                connections_max,
                patience,
            };
            let (is_begun, may_go) = (Arc::clone(&begun), Arc::clone(&go));
            let handle = move |request: Request<Incoming>| {
                let (is_begun, may_go) = (Arc::clone(&is_begun), Arc::clone(&may_go));
                async move {
                    if !request.body().is_end_stream()
                        && let Err(error) = body::read(request.into_body(), 10, patience).await
                    {
                        return body::json(error.answer().0, Vec::new());
                    }
                    is_begun.add_permits(1);
                    may_go.acquire().await.expect("it is open").forget();
                    body::json(200, Vec::new())
                }
            };
            let greeter = plain(handler(handle));
            let task = tokio::spawn(serve(listener, limits, greeter, stopped));
            Self {
                address,
                begun,
                go,
                stop,
                task,
            }
        }

        async fn send(&self, bytes: &[u8]) -> TcpStream {
            let mut socket = TcpStream::connect(self.address).await.expect("a socket");
            socket.write_all(bytes).await.expect("it takes them");
            socket
        }

        /// Waits until this many more requests are being handled.
        async fn begun(&self, count: u32) {
            let begun = soon("the requests", self.begun.acquire_many(count)).await;
            begun.expect("it is open").forget();
        }
    }

    /// The status of the next response.
    async fn status(socket: &mut TcpStream) -> String {
        let mut line = [0; 12];
        let read = soon("an answer", socket.read_exact(&mut line)).await;
        read.expect("an answer");
        String::from_utf8_lossy(&line[9..]).into_owned()
    }

    async fn rest(socket: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        // The connection may also be reset.
        let _ = soon("the end", socket.read_to_end(&mut bytes)).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn no_client_is_waited_for_longer_than_the_patience() {
        let port = Port::start(100, Duration::from_millis(50)).await;
        port.go.add_permits(100);
        let sent = |rest: &str| format!("POST / HTTP/1.1\r\nHost: localhost\r\n{rest}");
        for (bytes, answered) in [
            (String::new(), ""),
            ("G".to_owned(), ""),
            ("GET / HTTP/1.1\r\nHost: loc".to_owned(), ""),
            (sent("Content-Length: 5\r\n"), ""),
            (sent("Content-Length: 5\r\n\r\n"), "HTTP/1.1 408"),
            (sent("Content-Length: 5\r\n\r\nbody"), "HTTP/1.1 408"),
            (
                sent("Transfer-Encoding: chunked\r\n\r\n4\r\nbo"),
                "HTTP/1.1 408",
            ),
            // The connection is kept, but not used any further.
            (sent("Content-Length: 4\r\n\r\nbody"), "HTTP/1.1 200"),
            (
                sent("Content-Length: 4\r\n\r\nbodyPOST / HTTP/1.1\r\nHo"),
                "HTTP/1.1 200",
            ),
        ] {
            let mut socket = port.send(bytes.as_bytes()).await;
            let answer = rest(&mut socket).await;
            assert!(answer.starts_with(answered), "{bytes:?}: {answer}");
            assert_eq!(
                answer.is_empty(),
                answered.is_empty(),
                "{bytes:?}: {answer}"
            );
        }
    }

    #[tokio::test]
    async fn where_all_places_are_taken_the_longest_wait_ends() {
        let port = Port::start(3, LONG).await;
        port.go.add_permits(100);
        let mut kept = port.send(REQUEST).await;
        assert_eq!(status(&mut kept).await, "200");
        port.begun(1).await;
        let mut silent = port.send(b"GET / HT").await;
        let mut held = Vec::new();
        for _ in 0..20 {
            let mut socket = port.send(REQUEST).await;
            assert_eq!(status(&mut socket).await, "200");
            held.push(socket);
        }
        assert!(rest(&mut kept).await.ends_with("\r\n\r\n"));
        assert_eq!(rest(&mut silent).await, "");
    }

    #[tokio::test]
    async fn a_request_under_way_is_never_ended_for_another() {
        let port = Port::start(2, LONG).await;
        let mut busy = Vec::new();
        for _ in 0..2 {
            busy.push(port.send(REQUEST).await);
        }
        port.begun(2).await;
        // It waits to be accepted until another one ends.
        let mut third = port.send(REQUEST).await;
        assert!(port.begun.try_acquire().is_err());
        port.go.add_permits(3);
        assert_eq!(status(&mut third).await, "200");
        for socket in &mut busy {
            assert_eq!(status(socket).await, "200");
        }
    }

    #[tokio::test]
    async fn a_stop_lets_requests_be_answered_and_ends_the_rest() {
        let port = Port::start(10, LONG).await;
        let mut silent = port.send(b"GET").await;
        let mut busy = port.send(REQUEST).await;
        port.begun(1).await;
        port.stop.send_replace(true);
        port.go.add_permits(1);
        assert_eq!(status(&mut busy).await, "200");
        rest(&mut busy).await;
        silent.write_all(b" / HTTP/1.1\r\n").await.ok();
        drop(silent);
        soon("the end of the port", port.task)
            .await
            .expect("no panic");
    }
}
