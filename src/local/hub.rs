//! The one task that owns the state of the local service: the jobs, the sessions and the certificates.
//!
//! It takes a closed enum of inputs and handles each to the end before the next, so there is no lock, and a reply always
//! precedes the notifications that it causes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot, watch};

use crate::broker::{
    Access, Broker, Connect, ConnectionId, Identity, Message, Output, Outputs, Publish, Qos,
    Refusal, SubscribeFilter, TopicUse, topic_use,
};
use crate::local::pki::{Authority, DeviceCertificate};
use crate::local::stopped;
use crate::policy::{Context, Document, ResourceArns, Thing};
use crate::protocol::{EpochMillis, JobsTopic, Topic, TopicError};
use crate::service::{
    self, ControlRequest, ControlResponse, Extras, Grant, Registration, Service, wants_certificate,
};

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
        outputs: mpsc::Sender<Output>,
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
        request: ControlRequest,
        /// The header `x-amzn-principal`.
        principal: Option<String>,
        /// Where the answer goes, before the notifications.
        answer: oneshot::Sender<ControlResponse>,
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
    /// The clock of the service jumps.
    AdvanceClock(Duration),
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

    /// Lets the service answer a request over HTTP.
    pub(crate) async fn http(
        &self,
        plane: Plane,
        request: ControlRequest,
        principal: Option<String>,
    ) -> ControlResponse {
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
        ControlResponse {
            status: 503,
            error: Some("ServiceUnavailableException"),
            body: Vec::new(),
        }
    }
}

/// Policies by name, as the broker asks them.
type Policies = Arc<[(String, Document)]>;

/// How many different sets of policies stay compiled; then they are compiled anew.
const POLICY_SETS_MAX: usize = 20_000;

/// The state, and where outputs go.
#[derive(Debug)]
pub(crate) struct Hub {
    service: Service,
    broker: Broker,
    links: BTreeMap<ConnectionId, mpsc::Sender<Output>>,
    authority: Arc<Authority>,
    arns: ResourceArns,
    /// Compiled policies, by the sequence numbers of those that belong together.
    policies: BTreeMap<Vec<u64>, Policies>,
    /// How far the clock of the service is ahead.
    ahead: Duration,
    /// Where refusals are told, if anywhere.
    log: Option<SyncSender<String>>,
    inputs: mpsc::Receiver<Input>,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl Hub {
    /// A hub around a service. The orders are unbounded because only the program itself gives them, one by one.
    pub(crate) fn new(
        service: Service,
        authority: Arc<Authority>,
        arns: ResourceArns,
        log: Option<SyncSender<String>>,
    ) -> (Self, HubHandle, mpsc::UnboundedSender<Order>) {
        let (inputs_sender, inputs) = mpsc::channel(INPUTS_MAX);
        let (orders_sender, orders) = mpsc::unbounded_channel();
        let hub = Self {
            service: service.with_policy_check(check_policy),
            broker: Broker::default(),
            links: BTreeMap::new(),
            authority,
            arns,
            policies: BTreeMap::new(),
            ahead: Duration::ZERO,
            log,
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
            self.tell(&denial.to_string());
        }
    }

    /// One line for the log; lost if nobody reads, since the service does not wait for its audience.
    fn tell(&self, text: &str) {
        if let Some(log) = &self.log {
            let _ = log.try_send(text.replace(is_unprintable, " "));
        }
    }

    fn now(&self) -> EpochMillis {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .saturating_add(self.ahead);
        EpochMillis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }

    /// How long until something is due.
    fn wake_in(&self) -> Option<Duration> {
        let service = self.service.poll_timeout().map(|due| due.0);
        let due_ms = [service, self.broker.poll_timeout()]
            .into_iter()
            .flatten()
            .min()?;
        Some(Duration::from_millis(due_ms.saturating_sub(self.now().0)))
    }

    fn handle_timeout(&mut self) {
        let now = self.now();
        let mut outputs = Vec::new();
        if self.service.poll_timeout().is_some_and(|due| due <= now) {
            let notifications = self.service.handle_timeout(now);
            self.notify(now, notifications, &mut outputs);
        }
        self.broker.handle_timeout(now.0, &mut outputs);
        self.deliver(outputs);
    }

    fn handle_order(&mut self, order: Order) {
        match order {
            Order::RegisterDevice {
                registration,
                answer,
            } => {
                let registered = self.service.register_device(self.now(), &registration);
                // Whoever asked has lost its patience with a panic.
                let _ = answer.send(registered);
            }
            Order::AdvanceClock(by) => self.ahead = self.ahead.saturating_add(by),
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
                if let Some(access) = self.access(&connect.identity) {
                    self.broker
                        .handle_connect(now_ms, id, *connect, access, out);
                } else {
                    // AWS closes the connection of a certificate that it does not know, or that is not active, without
                    // a CONNACK.
                    self.tell(&format!(
                        "client `{}`: iot:Connect is refused: the certificate {} is not registered or not active",
                        connect.identity.client_id, connect.identity.certificate_id
                    ));
                    out.push((id, Output::Refuse(Refusal::Silent)));
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
                let outcome = match plane {
                    Plane::Control => {
                        let extras = self.extras(&request, principal);
                        self.service.handle_control_with(now, &request, &extras)
                    }
                    Plane::JobsData => self.service.handle_jobs_data(now, &request),
                };
                // Whoever asked may have hung up; what was asked is done all the same.
                let _ = answer.send(outcome.reply);
                self.update_access(now, out);
                self.notify(now, outcome.notifications, out);
            }
        }
        self.deliver(outputs);
    }

    /// What a connection may do; `None` if its certificate is not active.
    fn access(&mut self, identity: &Identity) -> Option<Access> {
        let grant = self.service.grant(&identity.certificate_id)?;
        let policies = compiled(&mut self.policies, &grant);
        let things = attached_things(&grant);
        Some(access_of(identity, &policies, &things, &self.arns))
    }

    /// Tells the broker about certificates that have changed.
    fn update_access(&mut self, now: EpochMillis, out: &mut Outputs) {
        for id in self.service.take_changed_certificates() {
            if let Some(grant) = self.service.grant(&id) {
                let policies = compiled(&mut self.policies, &grant);
                let things = attached_things(&grant);
                let arns = &self.arns;
                self.broker.set_access(&id, |identity| {
                    access_of(identity, &policies, &things, arns)
                });
            } else {
                self.broker.revoke(now.0, &id, out);
            }
        }
    }

    /// What an operation needs that the job service cannot make.
    fn extras(&self, request: &ControlRequest, principal: Option<String>) -> Extras {
        let certificate = wants_certificate(&request.method, &request.path)
            .then(|| self.authority.create_device().ok())
            .flatten()
            .map(DeviceCertificate::into_new);
        Extras {
            principal,
            certificate,
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
        let topic_use = match destination {
            Destination::Jobs => TopicUse::Consume,
            Destination::Broker(topic_use) => topic_use,
        };
        let Some((message, qos)) = self
            .broker
            .handle_publish(now.0, id, publish, topic_use, out)
        else {
            return;
        };
        match destination {
            Destination::Jobs => {
                let outcome = self
                    .service
                    .handle_device(now, &message.topic, &message.payload);
                if let Some(reply) = outcome.reply {
                    self.broker.reply(now.0, id, &carried(reply), out);
                }
                self.notify(now, outcome.notifications, out);
            }
            Destination::Broker(TopicUse::Route) => {
                self.broker.route(now.0, &message, qos, out);
            }
            Destination::Broker(TopicUse::Consume | TopicUse::Refuse) => {}
        }
    }

    fn notify(
        &mut self,
        now: EpochMillis,
        notifications: Vec<service::Message>,
        out: &mut Outputs,
    ) {
        for notification in notifications {
            self.broker
                .route(now.0, &carried(notification), Qos::AtLeastOnce, out);
        }
    }

    /// Passes outputs on. A connection that does not keep up is cut off, which may cause further outputs (its will).
    fn deliver(&mut self, outputs: Outputs) {
        self.tell_denials();
        let mut pending = outputs;
        while !pending.is_empty() {
            let mut caused = Vec::new();
            for (id, output) in pending {
                let is_last = matches!(output, Output::Close(_) | Output::Refuse(_));
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

/// The compiled policies of a certificate.
fn compiled(sets: &mut BTreeMap<Vec<u64>, Policies>, grant: &Grant<'_>) -> Policies {
    let key: Vec<u64> = grant
        .policies
        .iter()
        .map(|policy| policy.sequence)
        .collect();
    if let Some(set) = sets.get(&key) {
        return Arc::clone(set);
    }
    let documents = grant.policies.iter().filter_map(|policy| {
        // It was checked when it was created.
        let document = Document::parse(policy.document).ok()?;
        Some((policy.name.to_owned(), document))
    });
    let set: Policies = documents.collect();
    if sets.len() >= POLICY_SETS_MAX {
        sets.clear();
    }
    sets.insert(key, Arc::clone(&set));
    set
}

/// The things of a certificate as policies see them. Thing types are not emulated, so that variable does not resolve.
fn attached_things(grant: &Grant<'_>) -> Vec<Thing> {
    grant
        .things
        .iter()
        .map(|(name, attributes)| Thing {
            name: name.to_string(),
            type_name: None,
            attributes: (*attributes).clone(),
        })
        .collect()
}

fn access_of(
    identity: &Identity,
    policies: &Policies,
    things: &[Thing],
    arns: &ResourceArns,
) -> Access {
    let mut context = Context::connection(&identity.client_id, things);
    context.certificate_id = Some(identity.certificate_id.clone());
    Access {
        policies: Arc::clone(policies),
        context,
        arns: arns.clone(),
    }
}

/// What is wrong with a policy document, for the job service, which does not know the language.
fn check_policy(text: &str) -> Result<(), String> {
    Document::parse(text)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// What could move the cursor, or turn the order of what stands around it.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Who gets what is published to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    /// The job service; subscribers get nothing, not even those of `$aws/things/THING/jobs/#`.
    Jobs,
    /// The broker, which may refuse it.
    Broker(TopicUse),
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
fn destination(topic: &str) -> Destination {
    match topic.parse::<JobsTopic>().map(|topic| topic.topic) {
        Ok(Topic::Request(_)) | Err(TopicError::NoSuchApi) => Destination::Jobs,
        // Only the service publishes there.
        Ok(Topic::Notify | Topic::NotifyNext | Topic::Reply(..)) => {
            Destination::Broker(TopicUse::Refuse)
        }
        Err(TopicError::NotJobs) => Destination::Broker(topic_use(topic)),
    }
}

/// What the job service publishes, as the broker carries it: never retained, without properties.
fn carried(message: service::Message) -> Arc<Message> {
    Arc::new(Message {
        topic: message.topic,
        payload: message.payload.into(),
        ..Message::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_what_is_published() {
        for (topic, expected) in [
            ("$aws/things/t/jobs/get", Destination::Jobs),
            ("$aws/things/t/jobs/$next/get", Destination::Jobs),
            ("$aws/things/t/jobs/j/update", Destination::Jobs),
            ("$aws/things/t/jobs/foo", Destination::Jobs),
            ("$aws/things/t/jobs", Destination::Jobs),
            (
                "$aws/things/t/jobs/notify",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/notify-next",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/get/accepted",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/j/update/rejected",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/shadow/update",
                Destination::Broker(TopicUse::Consume),
            ),
            ("$aws/rules/r/a", Destination::Broker(TopicUse::Consume)),
            (
                "$aws/events/job/j/completed",
                Destination::Broker(TopicUse::Refuse),
            ),
            ("$SYS/x", Destination::Broker(TopicUse::Refuse)),
            ("a/b", Destination::Broker(TopicUse::Route)),
        ] {
            assert_eq!(destination(topic), expected, "{topic}");
        }
    }
}
