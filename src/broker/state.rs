//! The broker and all its state: every session, and what it is found by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::broker::access::ConnectionAccess;
use crate::broker::notes::{Note, Notes};
use crate::broker::packet::{ClientIdentity, Connect, ConnectionId, MqttMessage};
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
    pub(super) retained: BTreeMap<String, Arc<MqttMessage>>,
    /// When which session needs the time; an entry may be out of date and is checked when it is due.
    pub(super) deadlines: BTreeSet<(u64, SessionKey)>,
    /// For the log of the service.
    pub(super) notes: Notes,
}

impl Broker {
    /// Who is connected, and the filters that each has subscribed to.
    pub fn connections(&self) -> impl Iterator<Item = (&ClientIdentity, Vec<&str>)> {
        self.by_connection.values().filter_map(|key| {
            let session = self.sessions.get(key)?;
            let filters = session.subscriptions.keys().map(String::as_str).collect();
            Some((&session.identity, filters))
        })
    }

    /// What the log is to say since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.notes.take()
    }

    /// Whether a certificate has a session.
    pub fn has_session_of(&self, certificate_id: &str) -> bool {
        self.by_certificate.contains_key(certificate_id)
    }

    /// Who is connected there.
    pub fn identity(&self, id: ConnectionId) -> Option<&ClientIdentity> {
        Some(&self.session(id)?.identity)
    }

    pub(super) fn session(&self, id: ConnectionId) -> Option<&ClientSession> {
        self.sessions.get(self.by_connection.get(&id)?)
    }

    /// The session of a connection, and where it leaves notes.
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
        self.sessions
            .insert(key, ClientSession::new(connect, access));
        key
    }

    /// A session belongs to the certificate that it was last used with.
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
