//! The message broker: sessions, subscriptions and messages by the rules of AWS IoT Core, without a socket.
//!
//! It knows MQTT and no jobs: what is special about a topic of AWS IoT Jobs is told by the caller as a [`TopicUse`].
//! Pure: it takes packets and the time and appends [`BrokerOutput`]s, each addressed to a connection.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html>

mod access;
mod filter;
mod packet;
mod publish;
mod router;
mod session;
mod subscribe;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::broker::publish::check_publish;
use crate::broker::router::Router;
use crate::broker::session::{ClientSession, SESSION_EXPIRY_MAX_S, SessionKey};

pub use crate::broker::access::{Access, Action, Denial};
pub use crate::broker::filter::{MqttTopicError, TopicFilter, TopicUse, check_topic, topic_use};
pub use crate::broker::packet::{
    BrokerOutput, ClientIdentity, Connect, ConnectionId, Delivery, MqttMessage, Properties,
    Publish, Qos, Refusal, RetainHandling, SubscribeFilter, Version, Will,
};
pub use crate::broker::session::IN_FLIGHT_MAX;

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

/// The most denials that wait to be taken; more are not recorded.
const DENIALS_MAX: usize = 1000;

/// What the broker answers and sends, in order, each with the connection that it is for.
pub type Outputs = Vec<(ConnectionId, BrokerOutput)>;

/// The broker and all its state.
#[derive(Debug, Default)]
pub struct Broker {
    sessions: BTreeMap<SessionKey, ClientSession>,
    last_key: Option<SessionKey>,
    by_client: BTreeMap<String, SessionKey>,
    by_connection: BTreeMap<ConnectionId, SessionKey>,
    /// The sessions of each certificate.
    by_certificate: BTreeMap<String, BTreeSet<SessionKey>>,
    router: Router,
    retained: BTreeMap<String, Arc<MqttMessage>>,
    /// When which session needs the time; an entry may be out of date and is checked when it is due.
    deadlines: BTreeSet<(u64, SessionKey)>,
    /// What policies did not allow since they were last taken.
    denials: Vec<Denial>,
}

impl Broker {
    /// A CONNECT of a client that may do what `access` says. An older connection with the same client id is closed.
    pub fn handle_connect(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        connect: Connect,
        access: Access,
        out: &mut Outputs,
    ) {
        let client_id = &connect.identity.client_id;
        if client_id.is_empty()
            || client_id.len() > CLIENT_ID_BYTES_MAX
            || client_id.starts_with('$')
        {
            out.push((id, BrokerOutput::Refuse(Refusal::ClientIdentifierNotValid)));
            return;
        }
        if let Err(denial) = access.check(Action::Connect(client_id)) {
            record(&mut self.denials, denial);
            out.push((id, BrokerOutput::Refuse(Refusal::NotAuthorized)));
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
            } else if let Err(denial) = check_publish(&access, &will.message) {
                record(&mut self.denials, denial);
                Some(Refusal::NotAuthorized)
            } else {
                None
            };
            if let Some(refusal) = refusal {
                out.push((id, BrokerOutput::Refuse(refusal)));
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
        let key = existing.unwrap_or_else(|| self.new_session(&connect, access.clone()));
        let assigned_client_id = connect.assigned.then(|| connect.identity.client_id.clone());
        let session_expiry_s =
            (connect.session_expiry_s > SESSION_EXPIRY_MAX_S).then_some(SESSION_EXPIRY_MAX_S);
        self.file_under(&connect.identity.certificate_id, key);
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if let Some(deadline_ms) = session.deadline_ms() {
            self.deadlines.remove(&(deadline_ms, key));
        }
        session.attach(id, connect, access);
        self.by_connection.insert(id, key);
        out.push((
            id,
            BrokerOutput::Connack {
                session_present: existing.is_some(),
                assigned_client_id,
                session_expiry_s,
            },
        ));
        let deliveries = session.resume(now_ms);
        out.extend(
            deliveries
                .into_iter()
                .map(|delivery| (id, BrokerOutput::Deliver(delivery))),
        );
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
            out.push((id, BrokerOutput::Close(refusal)));
            self.handle_gone(now_ms, id, true, None, out);
        }
    }

    /// What a certificate brings has changed: it counts from the next packet of every session that used it.
    pub fn set_access(&mut self, certificate_id: &str, access: impl Fn(&ClientIdentity) -> Access) {
        for key in self
            .by_certificate
            .get(certificate_id)
            .into_iter()
            .flatten()
        {
            if let Some(session) = self.sessions.get_mut(key) {
                session.access = access(&session.identity);
            }
        }
    }

    /// A certificate may not be used any more: its connections end, and so do its sessions.
    pub fn revoke(&mut self, now_ms: u64, certificate_id: &str, out: &mut Outputs) {
        let keys = self.by_certificate.get(certificate_id).cloned();
        for key in keys.unwrap_or_default() {
            self.close_session_connection(now_ms, key, Refusal::NotAuthorized, out);
            self.end_session(now_ms, key, out);
        }
    }

    /// Ends the connections that a message to this topic would go to.
    pub fn close_receivers(
        &mut self,
        now_ms: u64,
        topic: &str,
        refusal: Refusal,
        out: &mut Outputs,
    ) {
        for (key, _) in self.router.receivers(topic, |_| true) {
            self.close_session_connection(now_ms, key, refusal, out);
        }
    }

    /// Who is connected, and the filters that each has subscribed to.
    pub fn connections(&self) -> impl Iterator<Item = (&ClientIdentity, Vec<&str>)> {
        self.by_connection.values().filter_map(|key| {
            let session = self.sessions.get(key)?;
            let filters = session.subscriptions.keys().map(String::as_str).collect();
            Some((&session.identity, filters))
        })
    }

    /// Ends every connection, without wills.
    pub fn shut_down(&mut self, out: &mut Outputs) {
        let connections = std::mem::take(&mut self.by_connection);
        out.extend(
            connections
                .into_keys()
                .map(|id| (id, BrokerOutput::Close(Refusal::ServerShuttingDown))),
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

    /// What policies did not allow since the last call, in order; at most 1,000.
    pub fn take_denials(&mut self) -> Vec<Denial> {
        std::mem::take(&mut self.denials)
    }

    pub(crate) fn session(&self, id: ConnectionId) -> Option<&ClientSession> {
        self.sessions.get(self.by_connection.get(&id)?)
    }

    pub(crate) fn session_mut(&mut self, id: ConnectionId) -> Option<&mut ClientSession> {
        self.sessions.get_mut(self.by_connection.get(&id)?)
    }

    fn new_session(&mut self, connect: &Connect, access: Access) -> SessionKey {
        let key = self.last_key.map_or(SessionKey(1), SessionKey::next);
        self.last_key = Some(key);
        self.by_client
            .insert(connect.identity.client_id.clone(), key);
        self.sessions
            .insert(key, ClientSession::new(connect, access));
        key
    }

    /// A session belongs to the certificate that it was last used with.
    fn file_under(&mut self, certificate_id: &str, key: SessionKey) {
        let previous = self.sessions.get(&key).map(|session| &session.identity);
        if let Some(previous) = previous.filter(|it| it.certificate_id != certificate_id) {
            let previous = previous.certificate_id.clone();
            self.forget_certificate(&previous, key);
        }
        let keys = self
            .by_certificate
            .entry(certificate_id.to_owned())
            .or_default();
        keys.insert(key);
    }

    fn forget_certificate(&mut self, certificate_id: &str, key: SessionKey) {
        if let Some(keys) = self.by_certificate.get_mut(certificate_id) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_certificate.remove(certificate_id);
            }
        }
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
        self.forget_certificate(&session.identity.certificate_id, key);
        for subscription in session.subscriptions.values() {
            self.router.unsubscribe(&subscription.filter, key);
        }
        if let Some(will) = session.will {
            self.publish_will(now_ms, will, out);
        }
    }
}

/// Keeps a denial for the log while there is room.
pub(crate) fn record(denials: &mut Vec<Denial>, denial: Denial) {
    if denials.len() < DENIALS_MAX {
        denials.push(denial);
    }
}
