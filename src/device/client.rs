//! What a caller holds: one way to send a request, once or again while the service throttles it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::backoff::while_throttled;
use crate::device::connection::Connection;
use crate::device::error::{ConnectError, RequestError};
use crate::device::event::{ConnectionState, EventStream};
use crate::device::link::{Command, Link, Message, Waiter};
use crate::protocol::{
    DeviceRequest, ErrorCode, Operation, Payload, ReplyHead, ThingName, Verdict,
};

/// How many commands may wait for the link's task, which never takes long.
const COMMANDS: usize = 128;

/// How long [`Client::disconnect`] waits at most.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where and as whom to connect. No `Debug` of the TLS configuration: it holds the private key.
#[derive(Clone)]
pub struct ConnectOptions {
    /// The endpoint's host name. It is sent as SNI and must be in the server's certificate.
    pub host: String,
    pub port: u16,
    /// The MQTT client id. AWS: 1 to 128 bytes, one connection each.
    pub client_id: String,
    pub thing: ThingName,
    /// Trust, certificate and key, from [`crate::tls::client_config`].
    pub tls: Arc<ClientConfig>,
    /// How long a request waits for its reply.
    pub request_timeout: Duration,
    /// How long one attempt to connect may take, everything included.
    pub connect_timeout: Duration,
    /// The first pause before a lost connection is made again; it doubles up to a minute.
    pub first_retry: Duration,
}

impl ConnectOptions {
    /// With the usual times: a request waits 30 s, an attempt to connect takes at most 10 s, the first pause is 1 s.
    pub fn new(
        host: &str,
        port: u16,
        client_id: &str,
        thing: ThingName,
        tls: Arc<ClientConfig>,
    ) -> Self {
        Self {
            host: host.to_owned(),
            port,
            client_id: client_id.to_owned(),
            thing,
            tls,
            request_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            first_retry: Duration::from_secs(1),
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("client_id", &self.client_id)
            .field("thing", &self.thing)
            .field("request_timeout", &self.request_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("first_retry", &self.first_retry)
            .finish_non_exhaustive()
    }
}

/// The service's answer to one request, accepted or rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What was asked, as the reply's topic says.
    pub operation: Operation,
    /// Whether the service did it.
    pub verdict: Verdict,
    /// As the service sent it.
    pub payload: Payload,
    /// The members that matter to a client.
    pub head: ReplyHead,
    /// How many events this client had reported when the reply came: who shows both in order shows as many of them first.
    pub after_events: u64,
}

/// A request that was sent once, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What was sent, with its client token.
    pub payload: String,
    /// From before it was sent to its end.
    pub round_trip: Duration,
    pub end: Result<Reply, RequestError>,
}

/// A device's connection to AWS IoT Jobs. Clones share it; it closes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<ConnectionState>,
    request_timeout: Duration,
}

impl Client {
    /// Connects, subscribes to the thing's six topic filters in one SUBSCRIBE, and returns once all of them are granted.
    /// From then on the connection repairs itself. Needs a tokio runtime with time and I/O.
    pub async fn connect(options: ConnectOptions) -> Result<(Self, EventStream), ConnectError> {
        let connection = Connection::open(&options).await?;
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let request_timeout = options.request_timeout;
        let (link, events, state) = Link::new(options, command_queue);
        tokio::spawn(link.run(connection));
        let client = Self {
            commands,
            state,
            request_timeout,
        };
        Ok((client, events))
    }

    /// The same connection, whose requests wait this long for their reply.
    #[must_use]
    pub fn within(&self, request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            ..self.clone()
        }
    }

    /// How long a request waits for its reply.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Sends a request once, and waits for its reply. A token is filled in where the request has none.
    pub async fn request(&self, request: &DeviceRequest) -> Result<Reply, RequestError> {
        self.attempt(request).await.end
    }

    /// The same, with what was sent and how long it took.
    pub async fn attempt(&self, request: &DeviceRequest) -> Attempt {
        let mut request = request.clone();
        let new = || Uuid::new_v4().to_string();
        let token = request.client_token().get_or_insert_with(new).clone();
        let payload = request.payload();
        let started = Instant::now();
        let end = self.send(request.operation(), token, payload.clone()).await;
        Attempt {
            payload,
            round_trip: started.elapsed(),
            end,
        }
    }

    /// Sends a request, and sends it again while the service throttles it and there is time. `attempted` is called after each
    /// attempt, `pausing` before each pause.
    pub async fn request_while_throttled(
        &self,
        request: &DeviceRequest,
        attempted: impl AsyncFn(&Attempt),
        pausing: impl Fn(Duration),
    ) -> Result<Reply, RequestError> {
        let attempt = async |left| {
            let attempt = self.within(left).attempt(request).await;
            attempted(&attempt).await;
            attempt.end
        };
        let is_throttled = |end: &Result<Reply, RequestError>| {
            let code = end
                .as_ref()
                .ok()
                .and_then(|reply| reply.head.code.as_deref());
            code == Some(ErrorCode::RequestThrottled.as_str())
        };
        while_throttled(self.request_timeout, attempt, is_throttled, pausing).await
    }

    /// Where the connection is, without waiting.
    pub fn state(&self) -> ConnectionState {
        *self.state.borrow()
    }

    /// The connection's state for whoever wants to read it later, or to wait for its change.
    pub fn watch(&self) -> watch::Receiver<ConnectionState> {
        self.state.clone()
    }

    /// Sends DISCONNECT and waits, at most two seconds, until it has left. Requests that wait end with an error.
    pub async fn disconnect(&self) {
        let (done, is_done) = oneshot::channel();
        let farewell = async {
            if self.commands.send(Command::Disconnect(done)).await.is_ok() {
                let _ = is_done.await;
            }
        };
        // Leaving matters more than the farewell.
        let _ = timeout(DISCONNECT_TIMEOUT, farewell).await;
    }

    async fn send(
        &self,
        operation: Operation,
        token: String,
        payload: String,
    ) -> Result<Reply, RequestError> {
        let (sender, reply) = oneshot::channel();
        let waiter = Waiter {
            sender,
            timeout: self.request_timeout,
        };
        let message = Message {
            operation,
            token,
            payload,
            waiter,
        };
        self.commands
            .send(Command::Request(message))
            .await
            .map_err(|_| RequestError::Closed)?;
        // The link's task keeps the deadline. A waiter that is dropped went down with it.
        reply.await.unwrap_or(Err(RequestError::Closed))
    }
}
