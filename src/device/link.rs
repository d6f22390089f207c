//! The task that owns the connection: it sends requests, hands out replies and events, and repairs what breaks.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::{Duration, Instant};

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAck, Publish};
use rumqttc::v5::{AsyncClient, ConnectionError, Event as MqttEvent};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;

use crate::backoff::dice;
use crate::device::client::{ConnectOptions, Reply};
use crate::device::connection::{Connection, MAX_IN_FLIGHT};
use crate::device::diagnose::{loss_reason, puback_refusal};
use crate::device::error::{LossReason, RequestError, quote};
use crate::device::event::{self, ConnectionState, Event, EventSink, EventStream, Unexpected};
use crate::device::flight::Flight;
use crate::device::pending::{IssueError, Pending, Progress, Received, RequestId};
use crate::device::retry::Retry;
use crate::protocol::{EventMessage, EventName, JobsTopic, Operation, Payload, ReplyHead, Topic};

/// AWS's limit of a message's payload: 128 KB.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const MAX_PAYLOAD_BYTES: usize = 128 * 1024;

/// What a PUBLISH has beside topic and payload, at most, in bytes: header, two lengths, packet id, no properties.
const PUBLISH_OVERHEAD_BYTES: usize = 16;

/// How many requests may wait for their reply.
const MAX_PENDING: usize = MAX_IN_FLIGHT as usize;

/// Where a request's end is reported.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) sender: oneshot::Sender<Result<Reply, RequestError>>,
    /// How long the caller waits.
    pub(crate) timeout: Duration,
}

/// One request on its way in.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) operation: Operation,
    /// The client token in the payload.
    pub(crate) token: String,
    pub(crate) payload: String,
    /// Who waits for the reply.
    pub(crate) waiter: Waiter,
}

/// What a client asks of the link.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send this, and report how it ends.
    Request(Message),
    /// Close the connection, and say when that is done.
    Disconnect(oneshot::Sender<()>),
}

/// A request that waits for a connection.
#[derive(Debug)]
struct Queued {
    id: RequestId,
    topic: String,
    payload: String,
}

/// The wish to close: of a client that waits for it, or because all clients are gone.
struct Close(Option<oneshot::Sender<()>>);

/// Why a connection is no longer served.
enum Left {
    Lost(LossReason),
    Close(Close),
}

/// Why the event loop is not waited for any longer.
#[expect(clippy::large_enum_variant, reason = "lives for a moment on the stack")]
enum Step {
    Polled(Result<MqttEvent, ConnectionError>),
    Ping,
    Close(Close),
}

/// The owner of the connection and of every request that waits.
#[derive(Debug)]
pub(crate) struct Link {
    options: ConnectOptions,
    commands: mpsc::Receiver<Command>,
    events: EventSink,
    state: watch::Sender<ConnectionState>,
    pending: Pending<Waiter>,
    queued: VecDeque<Queued>,
    retry: Retry,
}

impl Link {
    /// A link that is connected, with what its client gets.
    pub(crate) fn new(
        options: ConnectOptions,
        commands: mpsc::Receiver<Command>,
    ) -> (Self, EventStream, watch::Receiver<ConnectionState>) {
        let (events, stream) = event::channel();
        let (state, watched) = watch::channel(ConnectionState::Connected);
        let retry = Retry::new(options.first_retry, Instant::now());
        let link = Self {
            options,
            commands,
            events,
            state,
            pending: Pending::new(MAX_PENDING),
            queued: VecDeque::new(),
            retry,
        };
        (link, stream, watched)
    }

    /// Serves until a client asks to close, or all clients are gone.
    pub(crate) async fn run(mut self, mut connection: Connection) {
        let Close(done) = loop {
            let lost_at = match self.serve(connection).await {
                Left::Close(close) => break close,
                Left::Lost(reason) => {
                    self.lost(reason);
                    Instant::now()
                }
            };
            connection = match self.reconnect().await {
                Ok(connection) => connection,
                Err(close) => break close,
            };
            self.retry.connected(Instant::now());
            self.state.send_replace(ConnectionState::Connected);
            tracing::info!(after = ?lost_at.elapsed(), "connected again");
            self.events.put(Event::ConnectedAgain {
                after: lost_at.elapsed(),
            });
        };
        self.state.send_replace(ConnectionState::Closed);
        self.fail_pending(&LossReason::Closed);
        if let Some(done) = done {
            // A client that does not wait any more needs no word.
            let _ = done.send(());
        }
    }

    /// Serves one connection until it ends.
    async fn serve(&mut self, mut connection: Connection) -> Left {
        let mut flight = Flight::default();
        for event in std::mem::take(&mut connection.early) {
            self.handle_event(&mut flight, event);
        }
        let Connection {
            client,
            mut event_loop,
            max_packet_bytes,
            ping_every,
            ..
        } = connection;
        let line = Line {
            client: &client,
            max_packet_bytes,
        };
        for queued in std::mem::take(&mut self.queued) {
            self.publish(&line, &mut flight, queued);
        }
        let mut next_ping = ping_every.map(|every| Instant::now() + every);
        let close = loop {
            let step = {
                // Dropping an unfinished poll may lose a packet that a full socket holds up. Only a ping and the end do it,
                // and a request that is lost so ends at its deadline.
                let mut poll = pin!(event_loop.poll());
                loop {
                    let deadline = self.pending.poll_timeout();
                    tokio::select! {
                        polled = &mut poll => break Step::Polled(polled),
                        command = self.commands.recv() => match command {
                            Some(Command::Request(message)) => {
                                if let Some(queued) = self.issue(message) {
                                    self.publish(&line, &mut flight, queued);
                                }
                            }
                            Some(Command::Disconnect(done)) => break Step::Close(Close(Some(done))),
                            None => break Step::Close(Close(None)),
                        },
                        () = until(deadline) => self.handle_timeout(),
                        () = until(next_ping) => break Step::Ping,
                    }
                }
            };
            match step {
                Step::Polled(Ok(event)) => self.handle_event(&mut flight, event),
                Step::Polled(Err(error)) => {
                    // rumqttc may report the end before the packets that came ahead of it.
                    for event in std::mem::take(&mut event_loop.state.events) {
                        self.handle_event(&mut flight, event);
                    }
                    return Left::Lost(loss_reason(&error));
                }
                Step::Ping => {
                    Connection::ping(&mut event_loop);
                    next_ping = ping_every.map(|every| Instant::now() + every);
                }
                Step::Close(close) => break close,
            }
        };
        Connection::close(&mut event_loop).await;
        Left::Close(close)
    }

    /// Makes the connection again, however long it takes.
    async fn reconnect(&mut self) -> Result<Connection, Close> {
        let options = self.options.clone();
        let mut reported = None;
        loop {
            loop {
                let due = self.retry.poll_timeout();
                tokio::select! {
                    () = until(due) => break,
                    close = self.serve_offline() => if let Some(close) = close {
                        return Err(close);
                    },
                }
            }
            self.state.send_replace(ConnectionState::Reconnecting);
            self.retry.attempted(Instant::now());
            let mut attempt = pin!(Connection::open(&options));
            let result = loop {
                tokio::select! {
                    result = &mut attempt => break result,
                    close = self.serve_offline() => if let Some(close) = close {
                        return Err(close);
                    },
                }
            };
            let error = match result {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            self.retry.failed(Instant::now(), dice());
            tracing::warn!(%error, "no connection");
            for queued in std::mem::take(&mut self.queued) {
                self.fail(queued.id, |operation| RequestError::NotConnected {
                    operation,
                    cause: Box::new(error.clone()),
                });
            }
            if reported.as_ref() != Some(&error) {
                reported = Some(error.clone());
                self.events.put(Event::ReconnectFailed { error });
            }
        }
    }

    /// One step without a connection: a request waits for the next attempt, and hastens it. Nothing is lost if this is
    /// dropped half-way.
    async fn serve_offline(&mut self) -> Option<Close> {
        let deadline = self.pending.poll_timeout();
        tokio::select! {
            command = self.commands.recv() => match command {
                Some(Command::Request(message)) => {
                    if let Some(queued) = self.issue(message) {
                        self.queued.push_back(queued);
                        self.retry.wanted(Instant::now());
                    }
                }
                Some(Command::Disconnect(done)) => return Some(Close(Some(done))),
                None => return Some(Close(None)),
            },
            () = until(deadline) => self.handle_timeout(),
        }
        None
    }

    /// A request begins to wait, unless it could not be sent at all.
    fn issue(&mut self, message: Message) -> Option<Queued> {
        let Message {
            operation,
            token,
            payload,
            waiter,
        } = message;
        let topic = JobsTopic {
            thing: self.options.thing.clone(),
            topic: Topic::Request(operation.clone()),
        }
        .to_string();
        let impossible = if payload.len() > MAX_PAYLOAD_BYTES {
            Some(RequestError::TooLarge {
                bytes: payload.len(),
                limit: MAX_PAYLOAD_BYTES,
            })
        } else if topic.len() > usize::from(u16::MAX) {
            Some(RequestError::TopicTooLong { bytes: topic.len() })
        } else {
            None
        };
        let deadline = Instant::now() + waiter.timeout;
        let issued = match impossible {
            Some(error) => Err((waiter, error)),
            None => self
                .pending
                .issue(deadline, operation, token.clone(), waiter)
                .map_err(|(waiter, error)| {
                    let error = match error {
                        IssueError::Full => RequestError::TooMany { limit: MAX_PENDING },
                        IssueError::TokenInUse => RequestError::TokenInUse { token },
                    };
                    (waiter, error)
                }),
        };
        match issued {
            Ok(id) => Some(Queued { id, topic, payload }),
            Err((waiter, error)) => {
                // A caller that gave up needs no word; so everywhere below.
                let _ = waiter.sender.send(Err(error));
                None
            }
        }
    }

    /// Hands a request to the connection, if it still waits.
    fn publish(&mut self, line: &Line<'_>, flight: &mut Flight, queued: Queued) {
        let Queued { id, topic, payload } = queued;
        // Payloads are not written: a job document may hold presigned URLs.
        tracing::debug!(%topic, bytes = payload.len(), "publish");
        if !self.pending.contains(id) {
            return;
        }
        // rumqttc would end the connection over a packet that the server does not take.
        let bytes = topic.len() + payload.len() + PUBLISH_OVERHEAD_BYTES;
        if let Some(limit) = line.max_packet_bytes.filter(|limit| bytes > *limit) {
            self.fail(id, |_| RequestError::TooLarge { bytes, limit });
            return;
        }
        match line
            .client
            .try_publish(topic, QoS::AtLeastOnce, false, payload)
        {
            Ok(()) => flight.issued(id),
            // Only a server that acknowledges nothing fills this queue.
            Err(_) => self.fail(id, |_| RequestError::TooMany { limit: MAX_PENDING }),
        }
    }

    fn handle_event(&mut self, flight: &mut Flight, event: MqttEvent) {
        match event {
            MqttEvent::Outgoing(Outgoing::Publish(packet_id)) => {
                if let Some(id) = flight.sent(packet_id) {
                    self.pending.sent(id);
                }
            }
            MqttEvent::Outgoing(Outgoing::AwaitAck(packet_id)) => flight.held_back(packet_id),
            MqttEvent::Incoming(Packet::PubAck(puback)) => self.handle_puback(flight, &puback),
            MqttEvent::Incoming(Packet::Publish(publish)) => self.handle_publish(&publish),
            _ => {}
        }
    }

    fn handle_puback(&mut self, flight: &mut Flight, puback: &PubAck) {
        let Some(id) = flight.acknowledged(puback.pkid) else {
            return;
        };
        match puback_refusal(puback.reason) {
            None => self.pending.acknowledged(id),
            Some(reason) => {
                self.fail(id, |operation| RequestError::Refused { operation, reason });
            }
        }
    }

    /// Messages of other topics cannot come, as nothing else is subscribed to; they are dropped.
    fn handle_publish(&mut self, publish: &Publish) {
        let Some(topic) = std::str::from_utf8(&publish.topic)
            .ok()
            .and_then(|topic| topic.parse::<JobsTopic>().ok())
            .filter(|topic| topic.thing == self.options.thing)
        else {
            return;
        };
        let payload = Payload::from(&*publish.payload);
        let name = match topic.topic {
            Topic::Notify => EventName::JobExecutionsChanged,
            Topic::NotifyNext => EventName::NextJobExecutionChanged,
            Topic::Reply(operation, verdict) => {
                return self.handle_reply(Reply {
                    operation,
                    verdict,
                    head: ReplyHead::of(&payload),
                    payload,
                    after_events: self.events.reported(),
                });
            }
            Topic::Request(_) => return,
        };
        self.events
            .put(Event::Message(EventMessage { name, payload }));
    }

    fn handle_reply(&mut self, reply: Reply) {
        let operation = reply.operation.name();
        tracing::debug!(operation, verdict = ?reply.verdict, code = ?reply.head.code, "reply");
        let token = reply.head.client_token.as_deref();
        let unexpected = match self
            .pending
            .received(&reply.operation, reply.verdict, token)
        {
            Received::Answer(waiter) => match waiter.sender.send(Ok(reply)) {
                // The caller gave up, so for a person it is late.
                Err(Ok(reply)) => Some((Unexpected::Late, reply)),
                _ => None,
            },
            Received::Late => Some((Unexpected::Late, reply)),
            Received::Duplicate => Some((Unexpected::Duplicate, reply)),
            Received::Unknown => Some((Unexpected::Unknown, reply)),
        };
        if let Some((kind, reply)) = unexpected {
            self.events.put(Event::UnexpectedReply { kind, reply });
        }
    }

    fn handle_timeout(&mut self) {
        for unanswered in self.pending.handle_timeout(Instant::now()) {
            let error = RequestError::Timeout {
                operation: unanswered.operation,
                after: unanswered.waiter.timeout,
                sent: unanswered.progress >= Progress::Sent,
                acknowledged: unanswered.progress >= Progress::Acknowledged,
            };
            let _ = unanswered.waiter.sender.send(Err(error));
        }
    }

    fn lost(&mut self, reason: LossReason) {
        let now = Instant::now();
        let reason = match reason {
            LossReason::HungUp if self.retry.is_repeated(now) => LossReason::HungUpAgain {
                client_id: quote(&self.options.client_id),
            },
            reason => reason,
        };
        tracing::warn!(%reason, "connection lost");
        let taken_over = reason == LossReason::TakenOver;
        self.retry.lost(now, taken_over, dice());
        let retrying = self.retry.poll_timeout().is_some();
        self.state.send_replace(if retrying {
            ConnectionState::Reconnecting
        } else {
            ConnectionState::TakenOver
        });
        self.fail_pending(&reason);
        self.events.put(Event::ConnectionLost { reason, retrying });
    }

    fn fail(&mut self, id: RequestId, error: impl FnOnce(Operation) -> RequestError) {
        if let Some(unanswered) = self.pending.abandon(id) {
            let _ = unanswered
                .waiter
                .sender
                .send(Err(error(unanswered.operation)));
        }
    }

    fn fail_pending(&mut self, reason: &LossReason) {
        self.queued.clear();
        for unanswered in self.pending.link_lost() {
            let error = RequestError::ConnectionLost {
                operation: unanswered.operation,
                reason: reason.clone(),
                sent: unanswered.progress >= Progress::Sent,
            };
            let _ = unanswered.waiter.sender.send(Err(error));
        }
    }
}

/// The way into one connection.
struct Line<'a> {
    client: &'a AsyncClient,
    /// The largest packet that the server takes, in bytes.
    max_packet_bytes: Option<usize>,
}

/// Waits until a time, or for ever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
