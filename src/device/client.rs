//! What a caller holds: one asynchronous function for each operation, named as AWS names it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::device::connection::Connection;
use crate::device::error::{ConnectError, RequestError};
use crate::device::event::{ConnectionState, EventStream};
use crate::device::link::{Command, Link, Message, Waiter};
use crate::protocol::{
    DescribeJobExecutionRequest, GetPendingJobExecutionsRequest, JobId, JobRef, Operation,
    ReplyHead, StartNextPendingJobExecutionRequest, ThingName, UpdateJobExecutionRequest, Verdict,
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
    /// As the service sent it; a byte that is not UTF-8 shows as U+FFFD. Untrusted text.
    pub payload: String,
    /// The members that matter to a client.
    pub head: ReplyHead,
    /// How many events this client had reported when the reply came: who shows both in order shows as many of them first.
    pub after_events: u64,
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

    /// GetPendingJobExecutions: the executions of this thing that are not in a terminal status.
    pub async fn get_pending_job_executions(
        &self,
        mut request: GetPendingJobExecutionsRequest,
    ) -> Result<Reply, RequestError> {
        let token = fill_in(&mut request.client_token);
        self.request(Operation::GetPendingJobExecutions, token, &request)
            .await
    }

    /// StartNextPendingJobExecution: the next execution, `IN_PROGRESS` from now on if it was `QUEUED`.
    pub async fn start_next_pending_job_execution(
        &self,
        mut request: StartNextPendingJobExecutionRequest,
    ) -> Result<Reply, RequestError> {
        let token = fill_in(&mut request.client_token);
        self.request(Operation::StartNextPendingJobExecution, token, &request)
            .await
    }

    /// DescribeJobExecution: one execution, or the next one.
    pub async fn describe_job_execution(
        &self,
        job: &JobRef,
        mut request: DescribeJobExecutionRequest,
    ) -> Result<Reply, RequestError> {
        let token = fill_in(&mut request.client_token);
        self.request(
            Operation::DescribeJobExecution(job.clone()),
            token,
            &request,
        )
        .await
    }

    /// UpdateJobExecution: a new status or new details of one execution.
    pub async fn update_job_execution(
        &self,
        job: &JobId,
        mut request: UpdateJobExecutionRequest,
    ) -> Result<Reply, RequestError> {
        let token = fill_in(&mut request.client_token);
        self.request(Operation::UpdateJobExecution(job.clone()), token, &request)
            .await
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

    async fn request(
        &self,
        operation: Operation,
        token: String,
        body: &(impl Serialize + Sync),
    ) -> Result<Reply, RequestError> {
        let payload =
            serde_json::to_string(body).expect("a struct of texts and numbers has a JSON form");
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

fn fill_in(token: &mut Option<String>) -> String {
    token
        .get_or_insert_with(|| Uuid::new_v4().to_string())
        .clone()
}
