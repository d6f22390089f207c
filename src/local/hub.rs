//! The one task that owns the state of the local service: the jobs, the sessions and the certificates.
//!
//! It takes a closed enum of inputs and handles each to the end before the next, so there is no lock, and a reply always
//! precedes the notifications that it causes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::broker::{
    Broker, BrokerOutput, Connect, ConnectionId, Outputs, Publish, Refusal, SubscribeFilter,
    TopicUse,
};
use crate::local::admin::{AdminAnswer, AdminRequest};
use crate::local::clock::{Clock, ClockMode};
use crate::local::destination::{Destination, destination};
use crate::local::faults::{FaultTarget, Faults};
use crate::local::grants::{Grants, check_policy};
use crate::local::log::Log;
use crate::local::pki::Authority;
use crate::local::stopped;
use crate::local::world::Delayed;
use crate::policy::ResourceArns;
use crate::protocol::{EpochMillis, ThingName};
use crate::service::{HttpRequest, HttpResponse, Registration, Service};

/// How many inputs wait at most; whoever sends one more waits as well.
const INPUTS_MAX: usize = 1024;

/// How many outputs wait for one connection at most; a connection with more is closed. A single CreateJob can notify
/// thousands of things that one client watches.
pub(crate) const OUTPUTS_MAX: usize = 8192;

/// What happens outside and concerns the state.
#[derive(Debug)]
pub(crate) enum Input {
    /// A CONNECT on a connection that TLS has let in.
    Connect {
        /// The new connection.
        id: ConnectionId,
        /// What it asks for.
        connect: Box<Connect>,
        /// Where its outputs go. The hub holds the only sender: when it is dropped, the connection ends.
        outputs: mpsc::Sender<BrokerOutput>,
    },
    /// A PUBLISH.
    Publish {
        /// Of this connection.
        id: ConnectionId,
        /// With its topic alias resolved.
        publish: Publish,
    },
    /// A PUBACK.
    Puback {
        /// Of this connection.
        id: ConnectionId,
        /// For this message.
        packet_id: u16,
    },
    /// A SUBSCRIBE.
    Subscribe {
        /// Of this connection.
        id: ConnectionId,
        /// To be repeated in the SUBACK.
        packet_id: u16,
        /// In order.
        filters: Vec<SubscribeFilter>,
    },
    /// An UNSUBSCRIBE.
    Unsubscribe {
        /// Of this connection.
        id: ConnectionId,
        /// To be repeated in the UNSUBACK.
        packet_id: u16,
        /// In order.
        filters: Vec<String>,
    },
    /// A connection that ended.
    Gone {
        /// This one.
        id: ConnectionId,
        /// Whether its will is published: it ended without a DISCONNECT.
        with_will: bool,
        /// How long the session lasts from here, in seconds, if the DISCONNECT says.
        session_expiry_s: Option<u32>,
    },
    /// A request over HTTP.
    Http {
        /// To this one.
        plane: Plane,
        /// As HTTP carried it.
        request: HttpRequest,
        /// The header `x-amzn-principal`.
        principal: Option<String>,
        /// Where the answer goes, before the notifications.
        answer: oneshot::Sender<HttpResponse>,
    },
    /// A request of the management port.
    Admin {
        /// What is asked.
        request: AdminRequest,
        /// Where the answer goes.
        answer: oneshot::Sender<AdminAnswer>,
    },
}

/// Which of AWS's services a request over HTTP is for; their paths overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plane {
    /// `iot`: jobs, things, groups.
    Control,
    /// `iot-jobs-data`: what a device does.
    JobsData,
}

/// What the owner of the local service tells it, from any thread, without waiting.
#[derive(Debug)]
pub(crate) enum Order {
    /// A device is set up: a certificate that is active, with its policies and things.
    RegisterDevice {
        /// The device.
        registration: Arc<Registration>,
        /// Where it is told whether that went well.
        answer: SyncSender<Result<(), String>>,
    },
    /// Anything that the management port can ask for.
    Admin {
        /// What.
        request: AdminRequest,
        /// Where the answer goes.
        answer: SyncSender<AdminAnswer>,
    },
    /// A request of the control plane that takes no way over HTTP.
    Control {
        /// What.
        request: HttpRequest,
        /// Where the answer goes.
        answer: SyncSender<HttpResponse>,
    },
}

/// The way to the hub for the tasks that serve connections.
#[derive(Debug, Clone)]
pub(crate) struct HubHandle {
    inputs: mpsc::Sender<Input>,
}

/// The hub has stopped: nobody takes inputs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HubStopped;

impl HubHandle {
    /// Hands an input over, waiting while too many others wait.
    pub(crate) async fn send(&self, input: Input) -> Result<(), HubStopped> {
        self.inputs.send(input).await.map_err(|_| HubStopped)
    }

    /// Does what the management port was asked.
    pub(crate) async fn admin(&self, request: AdminRequest) -> AdminAnswer {
        let (answer, response) = oneshot::channel();
        let stopped = || "the local service has stopped".to_owned();
        self.send(Input::Admin { request, answer })
            .await
            .map_err(|_| stopped())?;
        response.await.map_err(|_| stopped())?
    }

    /// Lets a plane of HTTP answer a request.
    pub(crate) async fn http(
        &self,
        plane: Plane,
        request: HttpRequest,
        principal: Option<String>,
    ) -> HttpResponse {
        let (answer, response) = oneshot::channel();
        let input = Input::Http {
            plane,
            request,
            principal,
            answer,
        };
        if self.send(input).await.is_ok()
            && let Ok(response) = response.await
        {
            return response;
        }
        HttpResponse {
            status: 503,
            error: Some("ServiceUnavailableException"),
            body: Vec::new(),
        }
    }
}

/// How a hub is set up.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The things that are there from the start and after every reset.
    pub(crate) things: Vec<ThingName>,
    /// Who moves the clock.
    pub(crate) clock: ClockMode,
    /// Where refusals are told, if anywhere.
    pub(crate) log: Option<SyncSender<String>>,
}

/// The state, and where outputs go.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) service: Service,
    pub(crate) broker: Broker,
    links: BTreeMap<ConnectionId, mpsc::Sender<BrokerOutput>>,
    pub(crate) authority: Arc<Authority>,
    grants: Grants,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    /// By the time when they come, in milliseconds since the epoch, and a number that sets them apart.
    pub(crate) delayed: BTreeMap<(u64, u64), Delayed>,
    pub(crate) delayed_count: u64,
    /// What the program itself set up, and has again after a reset.
    pub(crate) things: Vec<ThingName>,
    /// The same of devices, in order.
    pub(crate) registrations: Vec<Arc<Registration>>,
    log: Log,
    inputs: mpsc::Receiver<Input>,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl Hub {
    /// A hub around a service. The orders are unbounded because only the program itself gives them, one by one.
    pub(crate) fn new(
        service: Service,
        authority: Arc<Authority>,
        arns: ResourceArns,
        settings: Settings,
    ) -> (Self, HubHandle, mpsc::UnboundedSender<Order>) {
        let (inputs_sender, inputs) = mpsc::channel(INPUTS_MAX);
        let (orders_sender, orders) = mpsc::unbounded_channel();
        let hub = Self {
            service: service.with_policy_check(check_policy),
            broker: Broker::default(),
            links: BTreeMap::new(),
            authority,
            grants: Grants::new(arns),
            clock: Clock::new(settings.clock),
            faults: Faults::default(),
            delayed: BTreeMap::new(),
            delayed_count: 0,
            things: settings.things,
            registrations: Vec::new(),
            log: Log(settings.log),
            inputs,
            orders,
        };
        let handle = HubHandle {
            inputs: inputs_sender,
        };
        (hub, handle, orders_sender)
    }

    /// Runs until `stop` becomes true, then ends every connection.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let wake = self.wake_in();
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                // An order that was given before a client connected is carried out before.
                Some(order) = self.orders.recv() => self.handle_order(order),
                Some(input) = self.inputs.recv() => {
                    // What was due before the input came has happened before it.
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
    }

    /// What policies refused goes to the log.
    fn tell_denials(&mut self) {
        for denial in self.broker.take_denials() {
            self.log.tell(&denial.to_string());
        }
    }

    /// The time of the service.
    pub(crate) fn now(&self) -> EpochMillis {
        self.clock.now()
    }

    /// How long until something is due; a clock that stands still never gets there.
    fn wake_in(&self) -> Option<Duration> {
        if self.clock.mode() == ClockMode::Manual {
            return None;
        }
        let due = self.next_due()?;
        Some(Duration::from_millis(due.0.saturating_sub(self.now().0)))
    }

    fn handle_order(&mut self, order: Order) {
        match order {
            Order::RegisterDevice {
                registration,
                answer,
            } => {
                // Whoever asked has lost its patience with a panic.
                let _ = answer.send(self.register(registration));
            }
            Order::Admin { request, answer } => {
                // The same.
                let _ = answer.send(self.handle_admin(request));
            }
            Order::Control { request, answer } => {
                self.handle_timeout();
                let mut outputs = Vec::new();
                let now = self.now();
                let reply = self.handle_http(now, Plane::Control, &request, None, &mut outputs);
                // The same.
                let _ = answer.send(reply);
                self.deliver(outputs);
            }
        }
    }

    fn handle_input(&mut self, input: Input) {
        let now = self.now();
        let now_ms = now.0;
        let mut outputs = Vec::new();
        let out = &mut outputs;
        match input {
            Input::Connect {
                id,
                connect,
                outputs,
            } => {
                self.links.insert(id, outputs);
                let id_of_certificate = &connect.identity.certificate_id;
                let access = self.grants.of(&self.service, id_of_certificate);
                if let Some(access) = access.map(|access| access(&connect.identity)) {
                    self.broker
                        .handle_connect(now_ms, id, *connect, access, out);
                } else {
                    // AWS closes the connection of a certificate that it does not know, or that is not active, without
                    // a CONNACK.
                    self.log.tell(&format!(
                        "client `{}`: iot:Connect is refused: the certificate {} is not registered or not active",
                        connect.identity.client_id, connect.identity.certificate_id
                    ));
                    out.push((id, BrokerOutput::Refuse(Refusal::Silent)));
                }
            }
            Input::Publish { id, publish } => self.handle_publish(now, id, publish, out),
            Input::Puback { id, packet_id } => {
                self.broker.handle_puback(now_ms, id, packet_id, out);
            }
            Input::Subscribe {
                id,
                packet_id,
                filters,
            } => self
                .broker
                .handle_subscribe(now_ms, id, packet_id, &filters, out),
            Input::Unsubscribe {
                id,
                packet_id,
                filters,
            } => self.broker.handle_unsubscribe(id, packet_id, &filters, out),
            Input::Gone {
                id,
                with_will,
                session_expiry_s,
            } => {
                self.links.remove(&id);
                self.broker
                    .handle_gone(now_ms, id, with_will, session_expiry_s, out);
            }
            Input::Http {
                plane,
                request,
                principal,
                answer,
            } => {
                let reply = self.handle_http(now, plane, &request, principal, out);
                // Whoever asked may have hung up; what was asked is done all the same.
                let _ = answer.send(reply);
            }
            Input::Admin { request, answer } => {
                // Whoever asked may have hung up; what was asked is done all the same.
                let _ = answer.send(self.handle_admin(request));
            }
        }
        self.deliver(outputs);
    }

    /// Tells the broker about certificates that have changed.
    pub(crate) fn update_access(&mut self, now: EpochMillis, out: &mut Outputs) {
        for id in self.service.take_changed_certificates() {
            match self.grants.of(&self.service, &id) {
                Some(access) => self.broker.set_access(&id, access),
                None => self.broker.revoke(now.0, &id, out),
            }
        }
    }

    fn handle_publish(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        publish: Publish,
        out: &mut Outputs,
    ) {
        let destination = destination(&publish.message.topic);
        let topic_use = match &destination {
            Destination::Jobs(_) => TopicUse::Consume,
            Destination::Broker(topic_use) => *topic_use,
        };
        let Some((message, qos)) = self
            .broker
            .handle_publish(now.0, id, publish, topic_use, out)
        else {
            return;
        };
        match destination {
            Destination::Jobs(parsed) => {
                if self.faults.throttles(FaultTarget::Replies) {
                    let (topic, payload) = (&message.topic, &message.payload);
                    let rejection = self.service.throttle_device(now, topic, &parsed, payload);
                    if let Some(rejection) = rejection {
                        self.reply(now, id, rejection, out);
                    }
                    return;
                }
                let outcome =
                    self.service
                        .handle_device(now, &message.topic, parsed, &message.payload);
                if let Some(reply) = outcome.reply {
                    self.reply(now, id, reply, out);
                }
                self.notify(now, outcome.notifications, out);
            }
            Destination::Broker(TopicUse::Route) => {
                self.broker.route(now.0, &message, qos, out);
            }
            Destination::Broker(TopicUse::Consume | TopicUse::Refuse) => {}
        }
    }

    /// Passes outputs on. A connection that does not keep up is cut off, which may cause further outputs (its will).
    pub(crate) fn deliver(&mut self, outputs: Outputs) {
        self.tell_denials();
        let mut pending = outputs;
        while !pending.is_empty() {
            let mut caused = Vec::new();
            for (id, output) in pending {
                let is_last = matches!(output, BrokerOutput::Close(_) | BrokerOutput::Refuse(_));
                let Some(link) = self.links.get(&id) else {
                    continue;
                };
                if link.try_send(output).is_err() {
                    self.links.remove(&id);
                    let now_ms = self.now().0;
                    self.broker.handle_gone(now_ms, id, true, None, &mut caused);
                } else if is_last {
                    self.links.remove(&id);
                }
            }
            pending = caused;
        }
    }
}
