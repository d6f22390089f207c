//! One connection: TCP, TLS, CONNECT and the six subscriptions, or the reason for the failure.
//!
//! One rumqttc `EventLoop` serves one TCP connection and is dropped with it. If it were kept, it would resend what was in
//! flight, mix the events of two connections, and reconnect without a pause.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Filter, Packet, SubAck};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions, Request};
use rumqttc::{NetworkOptions, Outgoing, TlsConfiguration, Transport};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use crate::device::diagnose::{connect_error, suback_refusal};
use crate::device::error::{ConnectError, SilentStage, quote};
use crate::device::options::ConnectOptions;
use crate::protocol::JobsTopic;

/// AWS's shortest. <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// AWS's payload limit is 128 KB and its packet limit 149504 bytes; a little above both.
const MAX_PACKET_BYTES: u32 = 150 * 1024;

/// AWS's limit of unacknowledged QoS 1 messages in each direction; same page.
pub(crate) const MAX_IN_FLIGHT: u16 = 100;

/// How many messages rumqttc may hold that it has not written: see `flight`.
const QUEUE: usize = 1;

/// How long nothing may move while requests wait for their turn; rumqttc also gives up after two keep-alives.
const PATIENCE: Duration = Duration::from_secs(2 * KEEP_ALIVE.as_secs());

/// How many messages may arrive between SUBSCRIBE and SUBACK.
const MAX_EARLY: usize = 256;

/// How long DISCONNECT may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection whose subscriptions are in place.
pub(crate) struct SubscribedConnection {
    /// Where requests go in.
    pub(crate) client: AsyncClient,
    /// Who sends them, and yields what happens.
    pub(crate) event_loop: EventLoop,
    /// What arrived before the SUBACK, and comes before anything that the event loop yields.
    pub(crate) early: VecDeque<Event>,
    /// The largest packet that the server takes, in bytes.
    pub(crate) max_packet_bytes: Option<usize>,
    /// How many publishes may wait for their PUBACK.
    pub(crate) window: u16,
    /// The packet id of the SUBSCRIBE.
    pub(crate) last_packet_id: u16,
    /// How long nothing may move while requests wait for their turn.
    pub(crate) patience: Duration,
    /// A PINGREQ is wanted this often, because the server's keep-alive is longer than ours.
    pub(crate) ping_every: Option<Duration>,
}

impl SubscribedConnection {
    /// Connects and subscribes within `options.connect_timeout`.
    pub(crate) async fn open(options: &ConnectOptions) -> Result<Self, ConnectError> {
        let start = Instant::now();
        let end = start + options.connect_timeout;
        check(options)?;
        tracing::info!(host = %options.host, port = options.port, client_id = %options.client_id, "connect");
        let addresses = resolve(options, end).await?;
        // Boxed, as it is large and lives in the futures of all callers.
        let mut handshake = Box::pin(handshake(options));
        let half_time = start + options.connect_timeout / 2;
        if let Ok(result) = timeout_at(half_time, &mut handshake).await {
            return result;
        }
        // So much silence wants an explanation: is the port open at all? Meanwhile the answer may still come.
        let mut stage = SilentStage::Tcp;
        let probe = async {
            if TcpStream::connect(&*addresses).await.is_ok() {
                stage = SilentStage::Handshake;
            }
            std::future::pending().await
        };
        let either = async {
            tokio::select! {
                result = &mut handshake => result,
                result = probe => result,
            }
        };
        match timeout_at(end, either).await {
            Ok(result) => result,
            Err(_) => Err(silent(options, stage)),
        }
    }

    /// Asks for a PINGREQ. Only between two polls.
    pub(crate) fn ping(event_loop: &mut EventLoop) {
        event_loop.pending.push_back(Request::PingReq);
    }

    /// Sends DISCONNECT, and waits at most a second until it has left. Only between two polls.
    pub(crate) async fn close(event_loop: &mut EventLoop) {
        // This queue is also read while the allowed number of messages wait for their PUBACK.
        event_loop.pending.push_front(Request::Disconnect);
        let farewell = async {
            while let Ok(event) = event_loop.poll().await {
                if event == Event::Outgoing(Outgoing::Disconnect) {
                    break;
                }
            }
        };
        // A server that no longer reads notices the end of TCP.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

fn check(options: &ConnectOptions) -> Result<(), ConnectError> {
    if ServerName::try_from(options.host.as_str()).is_err() {
        return Err(ConnectError::InvalidHost {
            host: quote(&options.host),
        });
    }
    if options.client_id.len() > usize::from(u16::MAX) {
        return Err(ConnectError::ClientIdTooLong {
            bytes: options.client_id.len(),
        });
    }
    Ok(())
}

/// Resolves the name first. rumqttc resolves it once more, but its failure could not be distinguished from a failure of the
/// socket.
async fn resolve(options: &ConnectOptions, end: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let unresolved = |detail: String| ConnectError::NameNotResolved {
        host: options.host.clone(),
        detail,
    };
    let lookup = tokio::net::lookup_host((options.host.as_str(), options.port));
    let addresses: Vec<_> = timeout_at(end, lookup)
        .await
        .map_err(|_| silent(options, SilentStage::Name))?
        .map_err(|error| unresolved(error.to_string()))?
        .collect();
    if addresses.is_empty() {
        return Err(unresolved("it has no address".to_owned()));
    }
    Ok(addresses)
}

fn silent(options: &ConnectOptions, stage: SilentStage) -> ConnectError {
    ConnectError::Timeout {
        peer: options.peer(),
        stage,
        after: options.connect_timeout,
    }
}

fn mqtt_options(options: &ConnectOptions) -> MqttOptions {
    // The host is also the SNI, which AWS needs.
    let mut mqtt = MqttOptions::new(&options.client_id, &options.host, options.port);
    let tls = TlsConfiguration::Rustls(options.tls.clone());
    let mut network = NetworkOptions::new();
    // Without it Nagle's algorithm and delayed acknowledgements cost 44 ms for each request.
    network.set_tcp_nodelay(true);
    mqtt.set_transport(Transport::tls_with_config(tls))
        .set_network_options(network)
        .set_clean_start(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_max_packet_size(Some(MAX_PACKET_BYTES))
        .set_outgoing_inflight_upper_limit(MAX_IN_FLIGHT)
        // The limits around it are the ones that count.
        .set_connection_timeout(options.connect_timeout.as_secs() + 1);
    mqtt
}

async fn handshake(options: &ConnectOptions) -> Result<SubscribedConnection, ConnectError> {
    let (client, event_loop) = AsyncClient::new(mqtt_options(options), QUEUE);
    let mut connection = SubscribedConnection {
        client,
        event_loop,
        early: VecDeque::new(),
        max_packet_bytes: None,
        window: MAX_IN_FLIGHT,
        last_packet_id: 0,
        patience: PATIENCE,
        ping_every: None,
    };
    let suback = connection.await_suback(options).await?;
    connection.last_packet_id = suback.pkid;
    if let Err(error) = check_granted(options, &suback) {
        SubscribedConnection::close(&mut connection.event_loop).await;
        return Err(error);
    }
    Ok(connection)
}

/// Every filter has its own reason code.
fn check_granted(options: &ConnectOptions, suback: &SubAck) -> Result<(), ConnectError> {
    let filters = JobsTopic::filters(&options.thing);
    if suback.return_codes.len() != filters.len() {
        let detail = "its SUBACK does not have one reason code for each filter";
        return Err(unexpected(options, detail));
    }
    let refused: Vec<_> = filters
        .into_iter()
        .zip(&suback.return_codes)
        .filter_map(|(filter, code)| Some((filter, suback_refusal(*code)?)))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(ConnectError::SubscriptionRefused { filters: refused })
}

fn unexpected(options: &ConnectOptions, detail: &str) -> ConnectError {
    ConnectError::Protocol {
        peer: options.peer(),
        detail: detail.to_owned(),
    }
}

impl SubscribedConnection {
    async fn await_suback(&mut self, options: &ConnectOptions) -> Result<SubAck, ConnectError> {
        let mut accepted = false;
        loop {
            let event = match self.event_loop.poll().await {
                Ok(event) => event,
                Err(error) => {
                    // rumqttc may report the end before packets that arrived earlier, such as the SUBACK with the reason.
                    // Another poll would reconnect.
                    for event in std::mem::take(&mut self.event_loop.state.events) {
                        if let Event::Incoming(Packet::SubAck(suback)) = event {
                            check_granted(options, &suback)?;
                        }
                    }
                    return Err(connect_error(options, &error, accepted));
                }
            };
            match event {
                Event::Incoming(Packet::ConnAck(connack)) => {
                    accepted = true;
                    self.take_limits(&connack);
                    self.subscribe(options)?;
                }
                Event::Incoming(Packet::SubAck(suback)) => return Ok(suback),
                Event::Incoming(Packet::Publish(_)) => {
                    if self.early.len() == MAX_EARLY {
                        return Err(unexpected(options, "it sends messages but no SUBACK"));
                    }
                    self.early.push_back(event);
                }
                _ => {}
            }
        }
    }

    fn take_limits(&mut self, connack: &ConnAck) {
        let Some(properties) = &connack.properties else {
            return;
        };
        self.max_packet_bytes = properties
            .max_packet_size
            .and_then(|bytes| usize::try_from(bytes).ok());
        let window = properties.receive_max.unwrap_or(MAX_IN_FLIGHT);
        self.window = window.min(MAX_IN_FLIGHT);
        // rumqttc pings at the server's pace: with AWS's 1200 s it would notice a dead link after 40 minutes.
        self.ping_every = properties
            .server_keep_alive
            .map(|seconds| Duration::from_secs(seconds.into()))
            .filter(|server| server.is_zero() || *server > KEEP_ALIVE)
            .map(|_| KEEP_ALIVE);
    }

    fn subscribe(&self, options: &ConnectOptions) -> Result<(), ConnectError> {
        let filters = JobsTopic::filters(&options.thing)
            .into_iter()
            .map(|filter| Filter::new(filter, QoS::AtLeastOnce));
        self.client
            .try_subscribe_many(filters)
            .map_err(|_| unexpected(options, "the thing name is not allowed in a topic filter"))
    }
}
