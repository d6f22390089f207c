//! The caller's handle: sends a request, once or with retries while the service throttles it.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::backoff::while_throttled;
use crate::device::error::{ConnectError, RequestError};
use crate::device::event::{ConnectionState, EventStream};
use crate::device::link::Link;
use crate::device::options::ConnectOptions;
use crate::device::outgoing::{LinkCommand, OutgoingRequest, Waiter};
use crate::device::reply::{Attempt, Reply};
use crate::device::subscribed_connection::SubscribedConnection;
use crate::protocol::{DeviceRequest, ErrorCode, Operation};
use crate::underway::Underway;

/// How many commands may wait for the link's task, which handles them at once.
const COMMANDS: usize = 128;

/// How long [`Client::disconnect`] waits at most.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A device's connection to AWS IoT Jobs. Clones share it; it closes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::Sender<LinkCommand>,
    state: watch::Receiver<ConnectionState>,
    request_timeout: Duration,
    underway: Underway,
}

impl Client {
    /// Connects, subscribes to the thing's six topic filters in one SUBSCRIBE, and returns once all of them are granted.
    /// From then on the client reconnects by itself. Needs a tokio runtime with time and I/O.
    pub async fn connect(options: ConnectOptions) -> Result<(Self, EventStream), ConnectError> {
        let connection = SubscribedConnection::open(&options).await?;
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let request_timeout = options.request_timeout;
        let (link, events, state) = Link::new(options, command_queue);
        tokio::spawn(link.run(connection).boxed());
        let client = Self::of_link(commands, state, request_timeout);
        Ok((client, events))
    }

    pub(crate) fn of_link(
        commands: mpsc::Sender<LinkCommand>,
        state: watch::Receiver<ConnectionState>,
        request_timeout: Duration,
    ) -> Self {
        Self {
            commands,
            state,
            request_timeout,
            underway: Underway::default(),
        }
    }

    /// The same connection, whose requests wait this long for their reply.
    #[must_use]
    pub fn within(&self, request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            ..self.clone()
        }
    }

    /// The same connection; requests are marked while they are being sent.
    #[must_use]
    pub fn marking(&self, underway: &Underway) -> Self {
        Self {
            underway: underway.clone(),
            ..self.clone()
        }
    }

    /// How long a request waits for its reply.
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Sends a request once, and waits for its reply. A request without a client token gets one. A request that is given up
    /// (this future is dropped, or it timed out) before the connection takes it is never sent.
    pub async fn request(&self, request: &DeviceRequest) -> Result<Reply, RequestError> {
        self.attempt(request).await.end
    }

    /// The same, but also returns what was sent and how long it took.
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

    /// Sends a request, and retries while the service throttles it and there is time. Calls `attempted` after each attempt and
    /// `pausing` before each pause.
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

    /// The state of the connection, without waiting.
    pub fn state(&self) -> ConnectionState {
        *self.state.borrow()
    }

    /// The state of the connection, to be read later or watched for changes.
    pub fn watch(&self) -> watch::Receiver<ConnectionState> {
        self.state.clone()
    }

    /// Drops the connection without DISCONNECT, as a cable that is pulled does, and makes none before `lasts` is over.
    /// Requests that wait end with an error; those that are sent meanwhile wait for the connection, within their time. A
    /// further cut extends this one if it ends later. A client that is closed has nothing to cut.
    pub async fn cut(&self, lasts: Duration) {
        let _ = self.commands.send(LinkCommand::Cut(lasts)).await;
    }

    /// Ends a cut before its time. Does nothing without a cut.
    pub async fn mend(&self) {
        let _ = self.commands.send(LinkCommand::Mend).await;
    }

    /// Sends DISCONNECT and waits, at most two seconds, until it was written. Waiting requests end with an error.
    pub async fn disconnect(&self) {
        let (done, is_done) = oneshot::channel();
        let farewell = async {
            if self
                .commands
                .send(LinkCommand::Disconnect(done))
                .await
                .is_ok()
            {
                let _ = is_done.await;
            }
        };
        // Ending matters more than the DISCONNECT.
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
            underway: self.underway.clone(),
        };
        let request = OutgoingRequest {
            operation,
            token,
            payload,
            waiter,
        };
        self.commands
            .send(LinkCommand::Request(request))
            .await
            .map_err(|_| RequestError::Closed)?;
        // The link's task keeps the deadline. A dropped waiter means that the task has ended.
        let end = reply.await.unwrap_or(Err(RequestError::Closed));
        self.underway.end();
        end
    }
}
