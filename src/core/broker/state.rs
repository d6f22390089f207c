//! The broker and all its state: the sessions, and indexes to find them.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::access::ConnectionAccess;
use crate::broker::notes::{Note, Notes};
use crate::broker::packet::{BrokerOutput, ClientIdentity, Connect, ConnectionId, Outputs};
use crate::broker::retained::Retained;
use crate::broker::router::Router;
use crate::broker::session::{ClientSession, SessionKey};

/// The broker and all its state.
#[derive(Debug, Default)]
pub struct Broker {
    pub(super) sessions: BTreeMap<SessionKey, ClientSession>,
    pub(super) last_key: Option<SessionKey>,
    pub(super) by_client: BTreeMap<String, SessionKey>,
    pub(super) by_connection: BTreeMap<ConnectionId, SessionKey>,
    /// The sessions of each certificate.
    pub(super) by_certificate: BTreeMap<String, BTreeSet<SessionKey>>,
    pub(super) router: Router,
    pub(super) retained: Retained,
    /// The deadlines of the sessions; an entry may be out of date, so it is checked when it is due.
    pub(super) deadlines: BTreeSet<(u64, SessionKey)>,
    /// When a session next has something to send; an entry that differs from [`ClientSession::lane`] is out of date.
    pub(super) sending: BTreeSet<(u64, SessionKey)>,
    /// The time between two messages that were stored for a session, in milliseconds; `None` sends them at once.
    stored_pace_ms: Option<u64>,
    /// Notes for the log of the service.
    pub(super) notes: Notes,
}

impl Broker {
    /// A broker that sends this many stored messages a second to a reconnected client, or all at once.
    pub fn with_stored_rate(per_second: Option<u32>) -> Self {
        Self {
            stored_pace_ms: per_second.map(|rate| u64::from(1000 / rate.clamp(1, 1000))),
            ..Self::default()
        }
    }

    /// The connected clients, and the filters that each has subscribed to.
    pub fn connections(&self) -> impl Iterator<Item = (&ClientIdentity, Vec<&str>)> {
        self.by_connection.values().filter_map(|key| {
            let session = self.sessions.get(key)?;
            let filters = session.subscriptions.keys().map(String::as_str).collect();
            Some((&session.identity, filters))
        })
    }

    /// The notes for the log since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.notes.take()
    }

    /// Whether a certificate has a session.
    pub fn has_session_of(&self, certificate_id: &str) -> bool {
        self.by_certificate.contains_key(certificate_id)
    }

    /// The client of a connection.
    pub fn identity(&self, id: ConnectionId) -> Option<&ClientIdentity> {
        Some(&self.session(id)?.identity)
    }

    pub(super) fn session(&self, id: ConnectionId) -> Option<&ClientSession> {
        self.sessions.get(self.by_connection.get(&id)?)
    }

    /// The session of a connection, and the notes.
    pub(super) fn session_and_notes(
        &mut self,
        id: ConnectionId,
    ) -> Option<(&mut ClientSession, &mut Notes)> {
        let session = self.sessions.get_mut(self.by_connection.get(&id)?)?;
        Some((session, &mut self.notes))
    }

    pub(super) fn new_session(
        &mut self,
        connect: &Connect,
        access: ConnectionAccess,
    ) -> SessionKey {
        let key = self.last_key.map_or(SessionKey(1), SessionKey::next);
        self.last_key = Some(key);
        self.by_client
            .insert(connect.identity.client_id.clone(), key);
        let mut session = ClientSession::new(connect, access);
        session.lane.pace_ms = self.stored_pace_ms;
        self.sessions.insert(key, session);
        key
    }

    /// Plans when a session next has something to send.
    pub(super) fn plan_sending(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(&key) else {
            return;
        };
        if session.plans_sending()
            && let Some(due_ms) = session.sending_due_ms()
            && session.lane.wake_ms.is_none_or(|wake_ms| due_ms < wake_ms)
        {
            session.lane.wake_ms = Some(due_ms);
            self.sending.insert((due_ms, key));
        }
    }

    /// The same for the session of a connection.
    pub(super) fn plan_sending_to(&mut self, id: ConnectionId) {
        if let Some(key) = self.by_connection.get(&id).copied() {
            self.plan_sending(key);
        }
    }

    /// When [`Broker::handle_sending`] must be called next, in milliseconds since the epoch.
    pub fn poll_sending(&self) -> Option<u64> {
        self.sending.first().map(|(due_ms, _)| *due_ms)
    }

    /// Resends what was not acknowledged in time, and sends stored messages that are due. What was made since `since_ms` is
    /// only leaving now, with the outputs.
    pub fn handle_sending(&mut self, now_ms: u64, since_ms: u64, out: &mut Outputs) {
        while let Some((due_ms, key)) = self.sending.first().copied()
            && due_ms <= now_ms
        {
            self.sending.pop_first();
            let Some(session) = self.sessions.get_mut(&key) else {
                continue;
            };
            if session.lane.wake_ms != Some(due_ms) {
                continue;
            }
            session.lane.wake_ms = None;
            if let Some(id) = session.connection {
                let deliveries = session.handle_sending(now_ms, since_ms, &mut self.notes);
                let deliveries = deliveries.into_iter().map(BrokerOutput::Deliver);
                out.extend(deliveries.map(|delivery| (id, delivery)));
            }
            self.plan_sending(key);
        }
    }

    /// Files a session under the certificate that last used it.
    pub(super) fn file_under(&mut self, certificate_id: &str, key: SessionKey) {
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

    pub(super) fn forget_certificate(&mut self, certificate_id: &str, key: SessionKey) {
        if let Some(keys) = self.by_certificate.get_mut(certificate_id) {
            keys.remove(&key);
            if keys.is_empty() {
                self.by_certificate.remove(certificate_id);
            }
        }
    }
}
