//! The message broker: sessions, subscriptions and messages by the rules of AWS IoT Core, without a socket.
//!
//! It knows MQTT and no jobs: what is special about a topic of AWS IoT Jobs is told by the caller as a [`TopicUse`].
//! Pure: it takes packets and the time and appends [`Output`]s, each addressed to a connection.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html>

mod filter;
mod packet;
mod router;
mod session;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::broker::router::Router;
use crate::broker::session::{SESSION_EXPIRY_MAX_S, Session, SessionKey, Subscription};

pub use crate::broker::filter::{Filter, TopicError, TopicUse, check_topic, topic_use};
pub use crate::broker::packet::{
    Connect, ConnectionId, Delivery, Identity, Message, Output, Properties, Publish, Qos, Refusal,
    RetainHandling, SubscribeFilter, Version, Will,
};
pub use crate::broker::session::{Action, IN_FLIGHT_MAX};

/// The largest payload of a PUBLISH, in bytes.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub const PAYLOAD_BYTES_MAX: usize = 128 * 1024;

/// The longest client id, in bytes of UTF-8.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub const CLIENT_ID_BYTES_MAX: usize = 128;

/// The most filters in one SUBSCRIBE.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub const FILTERS_MAX: usize = 8;

/// The most subscriptions of one connection.
/// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
pub const SUBSCRIPTIONS_MAX: usize = 50;

/// The most retained messages; more are not kept. AWS keeps 500,000 for an account.
pub const RETAINED_MAX: usize = 10_000;

/// What the broker answers and sends, in order, each with the connection that it is for.
pub type Outputs = Vec<(ConnectionId, Output)>;

/// The broker and all its state.
#[derive(Debug, Default)]
pub struct Broker {
    sessions: BTreeMap<SessionKey, Session>,
    last_key: Option<SessionKey>,
    by_client: BTreeMap<String, SessionKey>,
    by_connection: BTreeMap<ConnectionId, SessionKey>,
    router: Router,
    retained: BTreeMap<String, Arc<Message>>,
    /// When which session needs the time; an entry may be out of date and is checked when it is due.
    deadlines: BTreeSet<(u64, SessionKey)>,
}

impl Broker {
    /// A CONNECT. An older connection with the same client id is closed.
    pub fn handle_connect(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        connect: Connect,
        out: &mut Outputs,
    ) {
        let client_id = &connect.identity.client_id;
        if client_id.is_empty()
            || client_id.len() > CLIENT_ID_BYTES_MAX
            || client_id.starts_with('$')
        {
            out.push((id, Output::Refuse(Refusal::ClientIdentifierNotValid)));
            return;
        }
        if !connect.identity.may(Action::Connect) {
            out.push((id, Output::Refuse(Refusal::NotAuthorized)));
            return;
        }
        if let Some(will) = &connect.will {
            // "Will with QoS 2" closes the connection at AWS, and the topic obeys the rules of every other PUBLISH.
            let refusal = if will.qos > 1 {
                Some(Refusal::QosNotSupported)
            } else if check_topic(&will.message.topic).is_err()
                || topic_use(&will.message.topic) == TopicUse::Refuse
            {
                Some(Refusal::TopicNameInvalid)
            } else {
                None
            };
            if let Some(refusal) = refusal {
                out.push((id, Output::Refuse(refusal)));
                return;
            }
        }
        let mut existing = self.by_client.get(client_id).copied();
        if let Some(key) = existing {
            self.close_session_connection(now_ms, key, Refusal::SessionTakenOver, out);
            // The session may have ended with its connection.
            if connect.clean_start || !self.sessions.contains_key(&key) {
                self.end_session(now_ms, key, out);
                existing = None;
            }
        }
        let key = existing.unwrap_or_else(|| self.new_session(&connect));
        let assigned_client_id = connect.assigned.then(|| connect.identity.client_id.clone());
        let session_expiry_s =
            (connect.session_expiry_s > SESSION_EXPIRY_MAX_S).then_some(SESSION_EXPIRY_MAX_S);
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if let Some(deadline_ms) = session.deadline_ms() {
            self.deadlines.remove(&(deadline_ms, key));
        }
        session.attach(id, connect);
        self.by_connection.insert(id, key);
        out.push((
            id,
            Output::Connack {
                session_present: existing.is_some(),
                assigned_client_id,
                session_expiry_s,
            },
        ));
        let deliveries = session.resume(now_ms);
        out.extend(
            deliveries
                .into_iter()
                .map(|delivery| (id, Output::Deliver(delivery))),
        );
    }

    /// A PUBLISH. It is acknowledged or refused here; if it is accepted it comes back, for the caller to
    /// [`Broker::route`] or to hand to a service, as `topic_use` says.
    pub fn handle_publish(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        publish: Publish,
        topic_use: TopicUse,
        out: &mut Outputs,
    ) -> Option<(Arc<Message>, Qos)> {
        let session = self.session(id)?;
        let version = session.version;
        let Publish {
            packet_id,
            qos,
            mut message,
        } = publish;
        let qos = match qos {
            0 => Qos::AtMostOnce,
            1 => Qos::AtLeastOnce,
            _ => {
                // 3.1.1: "AWS IoT doesn't send PUBACK, PUBREC" and nothing is delivered.
                // GUESS: on MQTT 5 the reason code that the protocol has for it.
                if version == Version::V5 {
                    self.close(now_ms, id, Refusal::QosNotSupported, out);
                }
                return None;
            }
        };
        if message.payload.len() > PAYLOAD_BYTES_MAX {
            self.close(now_ms, id, Refusal::PacketTooLarge, out);
            return None;
        }
        // "You can't publish to a reserved topic with the RETAIN flag set."
        // GUESS: that ends the connection, as "unsupported operations to reserved topics" do.
        if message.retain && message.topic.starts_with('$') {
            self.close(now_ms, id, Refusal::TopicNameInvalid, out);
            return None;
        }
        let refusal = if check_topic(&message.topic).is_err() || topic_use == TopicUse::Refuse {
            Some(Refusal::TopicNameInvalid)
        } else if session.identity.may(Action::Publish {
            topic: &message.topic,
            retain: message.retain,
        }) {
            None
        } else {
            Some(Refusal::NotAuthorized)
        };
        if let Some(refusal) = refusal {
            // MQTT 5 tells the client with the PUBACK; what has no PUBACK, or no room in it, ends the connection.
            match packet_id {
                Some(packet_id) if version == Version::V5 => {
                    out.push((
                        id,
                        Output::Puback {
                            packet_id,
                            refusal: Some(refusal),
                        },
                    ));
                }
                _ => self.close(now_ms, id, refusal, out),
            }
            return None;
        }
        if let Some(packet_id) = packet_id {
            out.push((
                id,
                Output::Puback {
                    packet_id,
                    refusal: None,
                },
            ));
        }
        stamp(now_ms, &mut message);
        Some((Arc::new(message), qos))
    }

    /// Sends a message to the subscribers of its topic, and keeps it if it is to be retained.
    pub fn route(&mut self, now_ms: u64, message: &Arc<Message>, qos: Qos, out: &mut Outputs) {
        if message.retain {
            self.retain(message);
        }
        let sessions = &mut self.sessions;
        let receivers = self.router.receivers(&message.topic, |key| {
            sessions
                .get(&key)
                .is_some_and(|session| session.connection.is_some())
        });
        for (key, granted) in receivers {
            let Some(session) = sessions.get_mut(&key) else {
                continue;
            };
            let topic = &message.topic;
            if !session.identity.may(Action::Receive { topic }) {
                continue;
            }
            let delivery = session.deliver(now_ms, message, qos.min(granted), false);
            push_delivery(session, delivery, out);
        }
    }

    /// Sends a message to one connection, subscribed or not, in one copy.
    pub fn reply(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        message: &Arc<Message>,
        out: &mut Outputs,
    ) {
        let Some(session) = self.session_mut(id) else {
            return;
        };
        let qos = session.reply_qos(&message.topic);
        let delivery = session.deliver(now_ms, message, qos, false);
        push_delivery(session, delivery, out);
    }

    /// A PUBACK: the next message that waits goes out.
    pub fn handle_puback(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        out: &mut Outputs,
    ) {
        if let Some(session) = self.session_mut(id) {
            let delivery = session.acknowledge(now_ms, packet_id);
            push_delivery(session, delivery, out);
        }
    }

    /// A SUBSCRIBE.
    pub fn handle_subscribe(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        filters: &[SubscribeFilter],
        out: &mut Outputs,
    ) {
        let Some(session) = self.session(id) else {
            return;
        };
        if filters.len() > FILTERS_MAX {
            // GUESS: AWS says that eight is the quota and not what happens beyond it.
            return self.close(now_ms, id, Refusal::QuotaExceeded, out);
        }
        let mut count = session.subscriptions.len();
        let checked: Vec<Result<Filter, Refusal>> = filters
            .iter()
            .map(|filter| {
                let parsed = Filter::new(&filter.text).map_err(|_| Refusal::TopicFilterInvalid)?;
                let action = Action::Subscribe {
                    filter: parsed.pattern(),
                };
                if !session.identity.may(action) {
                    return Err(Refusal::NotAuthorized);
                }
                if !session.subscriptions.contains_key(&filter.text) {
                    if count == SUBSCRIPTIONS_MAX {
                        return Err(Refusal::QuotaExceeded);
                    }
                    count += 1;
                }
                Ok(parsed)
            })
            .collect();
        // 3.1.1 closes without a SUBACK; only the quota of subscriptions is reported in one.
        let fatal = checked
            .iter()
            .filter_map(|result| result.as_ref().err())
            .find(|refusal| **refusal != Refusal::QuotaExceeded);
        if let Some(refusal) = fatal
            && session.version == Version::V3
        {
            return self.close(now_ms, id, *refusal, out);
        }
        self.subscribe(now_ms, id, packet_id, filters, checked, out);
    }

    /// An UNSUBSCRIBE.
    pub fn handle_unsubscribe(
        &mut self,
        id: ConnectionId,
        packet_id: u16,
        filters: &[String],
        out: &mut Outputs,
    ) {
        let Some(key) = self.by_connection.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let existed = filters
            .iter()
            .map(|filter| match session.subscriptions.remove(filter) {
                None => false,
                Some(subscription) => {
                    self.router.unsubscribe(&subscription.filter, key);
                    true
                }
            })
            .collect();
        out.push((id, Output::Unsuback { packet_id, existed }));
    }

    /// A connection is gone. The will is published unless the client took leave with a DISCONNECT; such a client may have
    /// changed how long its session lasts.
    pub fn handle_gone(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        with_will: bool,
        session_expiry_s: Option<u32>,
        out: &mut Outputs,
    ) {
        let Some(key) = self.by_connection.remove(&id) else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        session.connection = None;
        if !with_will {
            session.will = None;
        }
        if let Some(expiry_s) = session_expiry_s
            && session.expiry_s > 0
        {
            session.expiry_s = expiry_s.min(SESSION_EXPIRY_MAX_S);
        }
        if session.expiry_s == 0 {
            return self.end_session(now_ms, key, out);
        }
        session.expires_ms = Some(now_ms + u64::from(session.expiry_s) * 1000);
        session.will_due_ms = session
            .will
            .as_ref()
            .map(|will| now_ms + u64::from(will.delay_s) * 1000);
        if let Some(deadline_ms) = session.deadline_ms() {
            self.deadlines.insert((deadline_ms, key));
        }
        self.handle_timeout(now_ms, out);
    }

    /// Ends a connection; the client hears why if its version of MQTT can say it.
    pub fn close(&mut self, now_ms: u64, id: ConnectionId, refusal: Refusal, out: &mut Outputs) {
        if self.by_connection.contains_key(&id) {
            out.push((id, Output::Close(refusal)));
            self.handle_gone(now_ms, id, true, None, out);
        }
    }

    /// Ends every connection, without wills.
    pub fn shut_down(&mut self, out: &mut Outputs) {
        let connections = std::mem::take(&mut self.by_connection);
        out.extend(
            connections
                .into_keys()
                .map(|id| (id, Output::Close(Refusal::ServerShuttingDown))),
        );
    }

    /// When [`Broker::handle_timeout`] wants to be called next, in milliseconds since the epoch.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.deadlines.first().map(|(deadline_ms, _)| *deadline_ms)
    }

    /// Publishes the wills that are due and ends the sessions whose clients stayed away.
    pub fn handle_timeout(&mut self, now_ms: u64, out: &mut Outputs) {
        while let Some((deadline_ms, key)) = self.deadlines.first().copied()
            && deadline_ms <= now_ms
        {
            self.deadlines.pop_first();
            let Some(session) = self.sessions.get_mut(&key) else {
                continue;
            };
            if session
                .expires_ms
                .is_some_and(|expires_ms| expires_ms <= now_ms)
            {
                self.end_session(now_ms, key, out);
                continue;
            }
            let due = session.will_due_ms.take_if(|due_ms| *due_ms <= now_ms);
            let will = due.and_then(|_| session.will.take());
            if let Some(deadline_ms) = session.deadline_ms() {
                self.deadlines.insert((deadline_ms, key));
            }
            if let Some(will) = will {
                self.publish_will(now_ms, will, out);
            }
        }
    }

    fn subscribe(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        filters: &[SubscribeFilter],
        checked: Vec<Result<Filter, Refusal>>,
        out: &mut Outputs,
    ) {
        let Some(key) = self.by_connection.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        let mut retained = Vec::new();
        let mut results = Vec::new();
        for (asked, checked) in filters.iter().zip(checked) {
            let result = checked.map(|filter| {
                let qos = if asked.qos == 0 {
                    Qos::AtMostOnce
                } else {
                    Qos::AtLeastOnce
                };
                if let Some(message) = filter
                    .exact_topic()
                    .and_then(|topic| self.retained.get(topic))
                    && session.wants_retained(&asked.text, asked.retain_handling)
                {
                    retained.push((Arc::clone(message), qos));
                }
                self.router.subscribe(&filter, key, qos);
                session
                    .subscriptions
                    .insert(asked.text.clone(), Subscription { filter, qos });
                qos
            });
            results.push(result);
        }
        out.push((id, Output::Suback { packet_id, results }));
        for (message, qos) in retained {
            let topic = &message.topic;
            let is_stale = message
                .expires_ms
                .is_some_and(|expires_ms| expires_ms <= now_ms);
            if !is_stale && session.identity.may(Action::Receive { topic }) {
                let delivery = session.deliver(now_ms, &message, qos, true);
                push_delivery(session, delivery, out);
            }
        }
    }

    fn session(&self, id: ConnectionId) -> Option<&Session> {
        self.sessions.get(self.by_connection.get(&id)?)
    }

    fn session_mut(&mut self, id: ConnectionId) -> Option<&mut Session> {
        self.sessions.get_mut(self.by_connection.get(&id)?)
    }

    fn new_session(&mut self, connect: &Connect) -> SessionKey {
        let key = self.last_key.map_or(SessionKey(1), SessionKey::next);
        self.last_key = Some(key);
        self.by_client
            .insert(connect.identity.client_id.clone(), key);
        self.sessions.insert(key, Session::new(connect));
        key
    }

    fn close_session_connection(
        &mut self,
        now_ms: u64,
        key: SessionKey,
        refusal: Refusal,
        out: &mut Outputs,
    ) {
        let connection = self
            .sessions
            .get(&key)
            .and_then(|session| session.connection);
        if let Some(id) = connection {
            self.close(now_ms, id, refusal, out);
        }
    }

    /// A session ends with its subscriptions and with what waits; a will that is still to come is published now.
    fn end_session(&mut self, now_ms: u64, key: SessionKey, out: &mut Outputs) {
        let Some(session) = self.sessions.remove(&key) else {
            return;
        };
        self.by_client.remove(&session.identity.client_id);
        for subscription in session.subscriptions.values() {
            self.router.unsubscribe(&subscription.filter, key);
        }
        if let Some(will) = session.will {
            self.publish_will(now_ms, will, out);
        }
    }

    /// GUESS: a will to a topic that belongs to a service of AWS goes nowhere.
    fn publish_will(&mut self, now_ms: u64, will: Will, out: &mut Outputs) {
        if topic_use(&will.message.topic) != TopicUse::Route {
            return;
        }
        let qos = if will.qos == 0 {
            Qos::AtMostOnce
        } else {
            Qos::AtLeastOnce
        };
        let mut message = will.message;
        stamp(now_ms, &mut message);
        self.route(now_ms, &Arc::new(message), qos, out);
    }

    /// An empty payload removes what was kept.
    fn retain(&mut self, message: &Arc<Message>) {
        if message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if self.retained.len() < RETAINED_MAX || self.retained.contains_key(&message.topic) {
            self.retained
                .insert(message.topic.clone(), Arc::clone(message));
        }
    }
}

fn stamp(now_ms: u64, message: &mut Message) {
    message.expires_ms = message
        .properties
        .expiry_s
        .map(|expiry_s| now_ms + u64::from(expiry_s) * 1000);
}

fn push_delivery(session: &Session, delivery: Option<Delivery>, out: &mut Outputs) {
    if let (Some(id), Some(delivery)) = (session.connection, delivery) {
        out.push((id, Output::Deliver(delivery)));
    }
}
