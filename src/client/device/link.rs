//! The task that owns the connection: it sends requests, hands out replies and events, and repairs what breaks.

use std::pin::pin;
use std::time::{Duration, Instant};

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAck, Publish};
use rumqttc::v5::{ConnectionError, Event as MqttEvent, EventLoop};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;

use crate::backoff::dice;
use crate::device::diagnose::{loss_reason, puback_refusal};
use crate::device::error::{ConnectError, LossReason, RequestError, quote};
use crate::device::event::{self, ConnectionState, Event, EventSink, EventStream};
use crate::device::flight::{Flight, Stuck};
use crate::device::options::ConnectOptions;
use crate::device::outgoing::{LinkCommand, Uplink};
use crate::device::reply::Reply;
use crate::device::requests::Requests;
use crate::device::retry::Retry;
use crate::device::subscribed_connection::SubscribedConnection;
use crate::protocol::{EventMessage, EventName, JobsTopic, Payload, ReplyHead, Topic};

/// The wish to close: of a client that waits for it, or because all clients are gone.
struct Close(Option<oneshot::Sender<()>>);

/// What a client wants of the link, beside requests.
enum Wish {
    Close(Close),
    /// No connection for so long, from now on.
    Cut(Duration),
}

/// Why a connection is no longer served.
enum Left {
    Lost(LossReason),
    Close(Close),
}

/// Why the event loop is not waited for any longer.
#[expect(clippy::large_enum_variant, reason = "lives for a moment on the stack")]
enum Woken {
    Polled(Result<MqttEvent, ConnectionError>),
    Ping,
    Stuck(Stuck),
    Wish(Wish),
}

/// The owner of the connection and of every request that waits.
#[derive(Debug)]
pub(crate) struct Link {
    options: ConnectOptions,
    commands: mpsc::Receiver<LinkCommand>,
    events: EventSink,
    state: watch::Sender<ConnectionState>,
    requests: Requests,
    retry: Retry,
}

impl Link {
    /// A link that is connected, with what its client gets.
    pub(crate) fn new(
        options: ConnectOptions,
        commands: mpsc::Receiver<LinkCommand>,
    ) -> (Self, EventStream, watch::Receiver<ConnectionState>) {
        let (events, stream) = event::channel();
        let (state, watched) = watch::channel(ConnectionState::Connected);
        let retry = Retry::new(options.first_retry, Instant::now());
        let link = Self {
            options,
            commands,
            events,
            state,
            requests: Requests::new(),
            retry,
        };
        (link, stream, watched)
    }

    /// Serves until a client asks to close, or all clients are gone.
    pub(crate) async fn run(mut self, mut connection: SubscribedConnection) {
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
            tracing::info!(after = ?lost_at.elapsed(), "reconnected");
            self.events.put(Event::ConnectedAgain {
                after: lost_at.elapsed(),
            });
        };
        self.state.send_replace(ConnectionState::Closed);
        self.requests.fail_all(&LossReason::Closed);
        if let Some(done) = done {
            // A client that does not wait any more needs no word.
            let _ = done.send(());
        }
    }

    /// Serves one connection until it ends.
    async fn serve(&mut self, mut connection: SubscribedConnection) -> Left {
        let mut flight = Flight::new(
            connection.window,
            connection.last_packet_id,
            connection.patience,
            Instant::now(),
        );
        for event in std::mem::take(&mut connection.early) {
            self.handle_event(&mut flight, event);
        }
        let SubscribedConnection {
            client,
            mut event_loop,
            max_packet_bytes,
            ping_every,
            ..
        } = connection;
        let uplink = Uplink {
            client: &client,
            max_packet_bytes,
        };
        let mut next_ping = ping_every.map(|every| Instant::now() + every);
        loop {
            match self
                .poll(&mut event_loop, next_ping, &uplink, &mut flight)
                .await
            {
                Woken::Polled(Ok(event)) => self.handle_event(&mut flight, event),
                Woken::Polled(Err(error)) => {
                    // rumqttc may report the end before the packets that came ahead of it.
                    for event in std::mem::take(&mut event_loop.state.events) {
                        self.handle_event(&mut flight, event);
                    }
                    return Left::Lost(loss_reason(&error));
                }
                Woken::Ping => {
                    SubscribedConnection::ping(&mut event_loop);
                    next_ping = ping_every.map(|every| Instant::now() + every);
                }
                Woken::Stuck(stuck) => return Left::Lost(loss_of(stuck)),
                Woken::Wish(Wish::Cut(lasts)) => return Left::Lost(LossReason::CutHere { lasts }),
                Woken::Wish(Wish::Close(close)) => {
                    SubscribedConnection::close(&mut event_loop).await;
                    return Left::Close(close);
                }
            }
        }
    }

    /// Polls the event loop once, while requests go out and deadlines are kept.
    async fn poll(
        &mut self,
        event_loop: &mut EventLoop,
        next_ping: Option<Instant>,
        uplink: &Uplink<'_>,
        flight: &mut Flight,
    ) -> Woken {
        // Dropping an unfinished poll may lose a packet that a full socket holds up. Only a ping and the end do it, and a
        // request that is lost so ends at its deadline.
        let mut poll = pin!(event_loop.poll());
        loop {
            self.requests.hand_over(uplink, flight);
            let deadline = self.requests.poll_timeout();
            let stuck = self.requests.stuck(flight);
            tokio::select! {
                polled = &mut poll => return Woken::Polled(polled),
                command = self.commands.recv() => if let Some(wish) = self.take(command) {
                    return Woken::Wish(wish);
                },
                () = until(deadline) => self.requests.handle_timeout(),
                () = until(next_ping) => return Woken::Ping,
                stuck = stuck_at(stuck) => return Woken::Stuck(stuck),
            }
        }
    }

    /// Makes the connection again, however long it takes.
    async fn reconnect(&mut self) -> Result<SubscribedConnection, Close> {
        let mut reported = None;
        loop {
            let error = match self.try_to_connect().await? {
                Ok(connection) => return Ok(connection),
                Err(error) => error,
            };
            self.retry.failed(Instant::now(), dice());
            tracing::warn!(%error, "no connection");
            self.requests
                .fail_queued(|operation| RequestError::NotConnected {
                    operation,
                    cause: Box::new(error.clone()),
                });
            if reported.as_ref() != Some(&error) {
                reported = Some(error.clone());
                self.events.put(Event::ReconnectFailed { error });
            }
        }
    }

    /// One attempt to reconnect, as soon as it is due.
    async fn try_to_connect(
        &mut self,
    ) -> Result<Result<SubscribedConnection, ConnectError>, Close> {
        loop {
            self.wait_until_due().await?;
            self.state.send_replace(ConnectionState::Reconnecting);
            self.retry.attempted(Instant::now());
            match self.attempt().await {
                Ok(result) => return Ok(result.map_err(ConnectError::of_trusted)),
                Err(Wish::Close(close)) => return Err(close),
                Err(Wish::Cut(_)) => self.retry.wanted(Instant::now()),
            }
        }
    }

    async fn wait_until_due(&mut self) -> Result<(), Close> {
        loop {
            let due = self.retry.poll_timeout();
            tokio::select! {
                () = until(due) => return Ok(()),
                wish = self.serve_offline() => if let Some(Wish::Close(close)) = wish {
                    return Err(close);
                },
            }
        }
    }

    /// Tries to connect, unless a client wants something else meanwhile.
    async fn attempt(&mut self) -> Result<Result<SubscribedConnection, ConnectError>, Wish> {
        let options = self.options.clone();
        let mut attempt = pin!(SubscribedConnection::open(&options));
        loop {
            tokio::select! {
                result = &mut attempt => return Ok(result),
                wish = self.serve_offline() => if let Some(wish) = wish {
                    return Err(wish);
                },
            }
        }
    }

    /// One step without a connection: a request waits for the next attempt, and hastens it. Nothing is lost if this is
    /// dropped half-way.
    async fn serve_offline(&mut self) -> Option<Wish> {
        let deadline = self.requests.poll_timeout();
        tokio::select! {
            command = self.commands.recv() => {
                let wish = self.take(command);
                if wish.is_none() && self.requests.has_queued() {
                    self.retry.wanted(Instant::now());
                }
                return wish;
            },
            () = until(deadline) => self.requests.handle_timeout(),
        }
        None
    }

    /// Takes a command. A request begins to wait for its turn, and a cut holds the next attempt back.
    fn take(&mut self, command: Option<LinkCommand>) -> Option<Wish> {
        match command {
            Some(LinkCommand::Request(request)) => {
                self.requests.issue(&self.options.thing, request);
                None
            }
            Some(LinkCommand::Cut(lasts)) => {
                self.retry.hold(Instant::now(), lasts);
                Some(Wish::Cut(lasts))
            }
            Some(LinkCommand::Mend) => {
                self.retry.release(Instant::now());
                None
            }
            Some(LinkCommand::Disconnect(done)) => Some(Wish::Close(Close(Some(done)))),
            None => Some(Wish::Close(Close(None))),
        }
    }

    fn handle_event(&mut self, flight: &mut Flight, event: MqttEvent) {
        match event {
            MqttEvent::Outgoing(Outgoing::Publish(packet_id)) => {
                flight.written(packet_id, Instant::now());
            }
            MqttEvent::Incoming(Packet::PubAck(puback)) => self.handle_puback(flight, &puback),
            MqttEvent::Incoming(Packet::Publish(publish)) => self.handle_publish(&publish),
            _ => {}
        }
    }

    fn handle_puback(&mut self, flight: &mut Flight, puback: &PubAck) {
        let Some(id) = flight.acknowledged(puback.pkid, Instant::now()) else {
            return;
        };
        let refusal = puback_refusal(puback.reason);
        self.requests.acknowledged(&self.options.thing, id, refusal);
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
        if let Some((kind, reply)) = self.requests.replied(reply) {
            self.events.put(Event::UnexpectedReply { kind, reply });
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
        match reason {
            LossReason::CutHere { .. } => self.retry.cut(now),
            LossReason::TakenOver => self.retry.lost(now, true, dice()),
            _ => self.retry.lost(now, false, dice()),
        }
        let retrying = self.retry.poll_timeout().is_some();
        self.state.send_replace(if retrying {
            ConnectionState::Reconnecting
        } else {
            ConnectionState::TakenOver
        });
        self.requests.fail_all(&reason);
        self.events.put(Event::ConnectionLost { reason, retrying });
    }
}

fn loss_of(stuck: Stuck) -> LossReason {
    match stuck {
        Stuck::Unwritten => LossReason::Silent,
        Stuck::Unacknowledged => {
            LossReason::Protocol("an acknowledgement did not arrive".to_owned())
        }
    }
}

/// Waits until nothing has moved for too long.
async fn stuck_at(stuck: Option<(Stuck, Instant)>) -> Stuck {
    let Some((stuck, at)) = stuck else {
        return std::future::pending().await;
    };
    until(Some(at)).await;
    stuck
}

/// Waits until a time, or for ever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
