//! The one task that owns the state of the local service: the jobs, the sessions and the certificates.
//!
//! It takes a closed enum of inputs and handles each completely before the next. So it does not need locks, and a reply
//! always precedes the notifications that it causes.
//!
//! | where | what it holds |
//! |---|---|
//! | [`input`], [`handle`] | the inputs of the hub, and how the tasks that serve sockets send them |
//! | [`mqtt`], [`http`], [`device`], [`admin`] | how the hub handles it |
//! | [`deliver`] | how replies, notifications and packets are sent, now or later |
//! | [`destination`], [`grants`] | the handler of a topic; the rights of a certificate |
//! | [`keep`] | how the state is kept between two runs |

pub(crate) mod admin;
pub(crate) mod deliver;
pub(crate) mod destination;
pub(crate) mod device;
pub(crate) mod grants;
pub(crate) mod handle;
pub(crate) mod http;
pub(crate) mod input;
pub(crate) mod keep;
pub(crate) mod mqtt;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::broker::{Broker, ConnectionId, MqttMessage};
use crate::faults::Faults;
use crate::local::clock::{Clock, ClockMode, ClockPosition};
use crate::local::hub::grants::{Grants, check_policy};
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::{HubInput, HubOrder};
use crate::local::log::Log;
use crate::local::onlooker::{MessageKind, Onlooker, SeenMessage, Treatment};
use crate::local::outputs::OutputSender;
use crate::local::pki::Authority;
use crate::local::state_file::keeper::Keeper;
use crate::local::stop::stopped;
use crate::local::without_ca::WithoutCa;
use crate::policy::{ConnectionOrigin, ResourceArns};
use crate::protocol::{EpochMillis, ThingName};
use crate::service::{Registration, Service};

/// The most inputs that wait; a task that sends another one waits as well.
const INPUTS_MAX: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct HubSettings {
    /// The things that exist from the start and after every reset.
    pub(crate) things: Vec<ThingName>,
    pub(crate) clock: ClockMode,
    /// Where the clock was in the run before.
    pub(crate) clock_position: Option<ClockPosition>,
    /// Keeps the state; `None` if nothing is kept.
    pub(crate) keeper: Option<Keeper>,
    /// [`crate::local::Options::stored_per_second`]
    pub(crate) stored_per_second: Option<u32>,
    /// Receives log lines about refusals and losses; `None` without a log.
    pub(crate) log: Option<SyncSender<String>>,
    pub(crate) onlooker: Option<Onlooker>,
    /// Whether a client that uses the endpoint names it in its TLS handshake: it is not an address.
    pub(crate) clients_name_the_server: bool,
    pub(crate) without_ca: WithoutCa,
}

/// A message of the job service that is sent later.
#[derive(Debug)]
pub(crate) enum Delayed {
    /// For one connection.
    Reply(ConnectionId, Arc<MqttMessage>),
    /// For its subscribers.
    Notification(Arc<MqttMessage>),
}

/// The state, and the outputs.
#[derive(Debug)]
pub(crate) struct Hub {
    service: Service,
    broker: Broker,
    stored_per_second: Option<u32>,
    links: BTreeMap<ConnectionId, OutputSender>,
    grants: Grants,
    without_ca: WithoutCa,
    /// The origin of the last connection.
    last_origin: Arc<ConnectionOrigin>,
    clock: Clock,
    faults: Faults,
    /// By the time to send them, in milliseconds since the epoch, and a number that makes the key unique.
    delayed: BTreeMap<(u64, u64), Delayed>,
    delayed_count: u64,
    /// The things that the program itself set up, restored by a reset.
    things: Vec<ThingName>,
    /// The devices that it set up, in order.
    registrations: Vec<Arc<Registration>>,
    /// Keeps the state; `None` if nothing is kept.
    keeper: Option<Keeper>,
    log: Log,
    onlooker: Option<Onlooker>,
    inputs: mpsc::Receiver<HubInput>,
    orders: mpsc::UnboundedReceiver<HubOrder>,
}

impl Hub {
    /// A hub around a service. The queue of orders is unbounded because only the program itself sends them, one at a time.
    pub(crate) fn new(
        service: Service,
        authority: Arc<Authority>,
        arns: ResourceArns,
        settings: HubSettings,
    ) -> (Self, HubHandle, mpsc::UnboundedSender<HubOrder>) {
        let (inputs_sender, inputs) = mpsc::channel(INPUTS_MAX);
        let (orders_sender, orders) = mpsc::unbounded_channel();
        let mut service = service.with_policy_check(check_policy);
        if settings.keeper.is_some() {
            service.keep_changes();
        }
        (settings.without_ca).replace(service.certificates_without_ca());
        let clock = settings.clock_position;
        let hub = Self {
            service,
            broker: Broker::with_stored_rate(settings.stored_per_second),
            stored_per_second: settings.stored_per_second,
            links: BTreeMap::new(),
            grants: Grants::new(arns, settings.clients_name_the_server),
            without_ca: settings.without_ca,
            last_origin: Arc::default(),
            clock: clock.map_or_else(
                || Clock::new(settings.clock),
                |position| Clock::resume(settings.clock, position),
            ),
            faults: Faults::default(),
            delayed: BTreeMap::new(),
            delayed_count: 0,
            things: settings.things,
            registrations: Vec::new(),
            keeper: settings.keeper,
            log: Log::new(settings.log),
            onlooker: settings.onlooker,
            inputs,
            orders,
        };
        (hub, HubHandle::new(inputs_sender, authority), orders_sender)
    }

    /// Runs until `stop` becomes true, then ends every connection.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        // What fell due since the state was kept.
        self.handle_timeout();
        loop {
            self.keep();
            let wake = self.wake_in();
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                // An order from before a client connected is handled before the client's inputs.
                Some(order) = self.orders.recv() => self.handle_order(order),
                Some(input) = self.inputs.recv() => {
                    // What was due before the input arrived happens before it.
                    self.handle_timeout();
                    self.handle_input(input);
                }
                () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            }
            self.handle_timeout();
        }
        let mut outputs = Vec::new();
        self.broker.shut_down(&mut outputs);
        self.deliver(outputs);
        self.keep();
    }

    /// The time of the service.
    fn now(&self) -> EpochMillis {
        self.clock.now()
    }

    /// What the onlooker makes of a message.
    fn look(&self, kind: MessageKind, topic: &str, payload: &[u8]) -> Treatment {
        let message = SeenMessage {
            kind,
            topic,
            payload,
        };
        let onlooker = self.onlooker.as_ref();
        onlooker.map_or(Treatment::Pass, |onlooker| onlooker.look(message))
    }

    /// How long until the next timer is due; `None` while the clock stands still.
    fn wake_in(&self) -> Option<Duration> {
        if self.clock.mode() == ClockMode::Manual {
            return None;
        }
        let sending = self.broker.poll_sending().map(EpochMillis);
        let due = self.next_due().into_iter().chain(sending).min()?;
        Some(Duration::from_millis(due.0.saturating_sub(self.now().0)))
    }

    /// A failure to send an answer is ignored: the caller's thread has panicked.
    fn handle_order(&mut self, order: HubOrder) {
        match order {
            HubOrder::RegisterDevice {
                registration,
                record,
                answer,
            } => {
                let registered = self.register(registration);
                if registered.is_ok() {
                    self.note_record(record);
                }
                let _ = answer.send(registered);
            }
            HubOrder::Admin { request, answer } => {
                let _ = answer.send(self.handle_admin(request));
            }
            #[cfg(test)]
            HubOrder::Panic => panic!("as the test wants it"),
            HubOrder::Http {
                plane,
                request,
                extras,
                answer,
            } => {
                self.handle_timeout();
                let mut outputs = Vec::new();
                let now = self.now();
                let reply = self.handle_http(now, plane, &request, &extras, &mut outputs);
                let _ = answer.send(reply);
                self.deliver(outputs);
            }
        }
    }

    /// A failure to send an answer is ignored: the client has disconnected, but its request is carried out.
    fn handle_input(&mut self, input: HubInput) {
        let now = self.now();
        let mut out = Vec::new();
        match input {
            HubInput::Connect {
                id,
                connect,
                outputs,
            } => self.handle_connect(now, id, connect, outputs, &mut out),
            HubInput::Publish { id, publish } => self.handle_publish(now, id, publish, &mut out),
            HubInput::Puback { id, packet_id } => {
                self.broker.handle_puback(now.0, id, packet_id, &mut out);
            }
            HubInput::Discarded { id, delivery } => {
                self.handle_discarded(now, id, &delivery, &mut out);
            }
            HubInput::Subscribe {
                id,
                packet_id,
                filters,
            } => self
                .broker
                .handle_subscribe(now.0, id, packet_id, &filters, &mut out),
            HubInput::Unsubscribe {
                id,
                packet_id,
                filters,
            } => self
                .broker
                .handle_unsubscribe(id, packet_id, &filters, &mut out),
            HubInput::Gone {
                id,
                with_will,
                session_expiry_s,
                why,
            } => {
                self.links.remove(&id);
                if let Some(why) = why {
                    self.log_end(id, &why);
                }
                self.broker
                    .handle_gone(now.0, id, with_will, session_expiry_s, &mut out);
            }
            HubInput::Log(line) => self.log.add(&line),
            HubInput::Http {
                plane,
                request,
                extras,
                answer,
            } => {
                let _ = answer.send(self.handle_http(now, plane, &request, &extras, &mut out));
            }
            HubInput::Device {
                peer,
                request,
                answer,
            } => {
                let _ = answer.send(self.handle_device(now, &peer, &request, &mut out));
            }
            HubInput::Objects { request, answer } => {
                let _ = answer.send(self.service.handle_objects(now, &request));
            }
            HubInput::Admin { request, answer } => {
                let _ = answer.send(self.handle_admin(request));
            }
        }
        self.deliver(out);
    }
}
