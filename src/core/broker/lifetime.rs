//! The start and end of sessions and connections: CONNECT, a lost connection, an expired session, a revoked certificate.

use crate::broker::access::{Action, ConnectionAccess};
use crate::broker::limits::{CLIENT_ID_BYTES_MAX, SESSION_EXPIRY_MAX_S};
use crate::broker::packet::{
    BrokerOutput, ClientIdentity, Connect, ConnectionId, Outputs, Refusal,
};
use crate::broker::session::SessionKey;
use crate::broker::state::Broker;

impl Broker {
    /// A CONNECT of a client that has the rights `access`. An older connection with the same client id is closed.
    pub fn handle_connect(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        connect: Connect,
        access: ConnectionAccess,
        out: &mut Outputs,
    ) {
        if let Err(refusal) = self.check_connect(&connect, &access) {
            out.push((id, BrokerOutput::Refuse(refusal)));
            return;
        }
        let existing = self.take_over(now_ms, &connect, out);
        let key = existing.unwrap_or_else(|| self.new_session(&connect, access.clone()));
        let assigned_client_id = connect
            .assigned
            .then(|| connect.identity.client_id.as_str().into());
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
        let deliveries = session.resume(now_ms, &mut self.notes).into_iter();
        out.extend(deliveries.map(|delivery| (id, BrokerOutput::Deliver(delivery))));
        self.plan_sending(key);
    }

    fn check_connect(
        &mut self,
        connect: &Connect,
        access: &ConnectionAccess,
    ) -> Result<(), Refusal> {
        let client_id = &connect.identity.client_id;
        if let Some(why) = client_id_mistake(client_id) {
            let what = format!("CONNECT is refused: the client id {why}");
            self.notes.refused(client_id, what);
            return Err(Refusal::ClientIdentifierNotValid);
        }
        let connecting = access.to_connect(connect);
        self.notes
            .check(connecting.check(Action::Connect(client_id)))?;
        match &connect.will {
            Some(will) => access.check_will(will, &mut self.notes),
            None => Ok(()),
        }
    }

    /// Closes the connection that uses the client id, and returns the session that the new connection resumes, if it exists.
    fn take_over(
        &mut self,
        now_ms: u64,
        connect: &Connect,
        out: &mut Outputs,
    ) -> Option<SessionKey> {
        let client_id = &connect.identity.client_id;
        let key = self.by_client.get(client_id).copied()?;
        if self.is_connected(key) {
            let what = "its connection is closed: another client has connected with its client id";
            self.notes.refused(client_id, what.to_owned());
        }
        self.close_session_connection(now_ms, key, Refusal::SessionTakenOver, out);
        // The session may have ended with its connection.
        if connect.clean_start || !self.sessions.contains_key(&key) {
            self.end_session(now_ms, key, out);
            return None;
        }
        Some(key)
    }

    /// A connection has ended. The will is published unless the client sent a DISCONNECT, which may also have changed the
    /// expiry of the session.
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

    /// Ends a connection; the client gets the reason if its version of MQTT supports that.
    pub fn close(&mut self, now_ms: u64, id: ConnectionId, refusal: Refusal, out: &mut Outputs) {
        if self.by_connection.contains_key(&id) {
            out.push((id, BrokerOutput::Close(refusal)));
            self.handle_gone(now_ms, id, true, None, out);
        }
    }

    /// The rights of a certificate have changed: they apply from the next packet of every session that used it.
    pub fn set_access(
        &mut self,
        certificate_id: &str,
        mut access: impl FnMut(&ClientIdentity) -> Option<ConnectionAccess>,
    ) {
        for key in self
            .by_certificate
            .get(certificate_id)
            .into_iter()
            .flatten()
        {
            if let Some(session) = self.sessions.get_mut(key)
                && let Some(access) = access(&session.identity)
            {
                session.access = access;
            }
        }
    }

    /// A certificate is no longer valid: its connections and sessions end, without wills.
    pub fn revoke(&mut self, now_ms: u64, certificate_id: &str, out: &mut Outputs) {
        let keys = self.by_certificate.get(certificate_id).cloned();
        for key in keys.unwrap_or_default() {
            if let Some(session) = self.sessions.get_mut(&key) {
                session.access.is_active = false;
                if session.connection.is_some() {
                    let what = "its connection is closed: its certificate is not active";
                    let client_id = &session.identity.client_id;
                    self.notes.refused(client_id, what.to_owned());
                }
            }
            self.close_session_connection(now_ms, key, Refusal::NotAuthorized, out);
            self.end_session(now_ms, key, out);
        }
    }

    /// Ends the connections that would receive a message to this topic.
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

    /// Ends every connection, without wills.
    pub fn shut_down(&mut self, out: &mut Outputs) {
        let connections = std::mem::take(&mut self.by_connection);
        out.extend(
            connections
                .into_keys()
                .map(|id| (id, BrokerOutput::Close(Refusal::ServerShuttingDown))),
        );
    }

    /// When [`Broker::handle_timeout`] must be called next, in milliseconds since the epoch.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.deadlines.first().map(|(deadline_ms, _)| *deadline_ms)
    }

    /// Publishes the wills that are due, and ends the sessions that have expired.
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
            let will = will.map(|will| (will, session.access.clone()));
            if let Some(deadline_ms) = session.deadline_ms() {
                self.deadlines.insert((deadline_ms, key));
            }
            if let Some((will, access)) = will {
                self.publish_will(now_ms, will, &access, out);
            }
        }
    }

    fn is_connected(&self, key: SessionKey) -> bool {
        let session = self.sessions.get(&key);
        session.is_some_and(|session| session.connection.is_some())
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

    /// Ends a session with its subscriptions and waiting messages; a will that is still pending is published now.
    fn end_session(&mut self, now_ms: u64, key: SessionKey, out: &mut Outputs) {
        let Some(session) = self.sessions.remove(&key) else {
            return;
        };
        self.by_client.remove(&session.identity.client_id);
        self.notes.end_of_dropped(&session.identity.client_id);
        self.forget_certificate(&session.identity.certificate_id, key);
        for subscription in session.subscriptions.values() {
            self.router.unsubscribe(&subscription.filter, key);
        }
        if let Some(will) = session.will {
            self.publish_will(now_ms, will, &session.access, out);
        }
    }
}

/// What is wrong with a client id.
fn client_id_mistake(client_id: &str) -> Option<&'static str> {
    if client_id.is_empty() {
        Some("is empty")
    } else if client_id.len() > CLIENT_ID_BYTES_MAX {
        Some("is longer than 128 bytes")
    } else if client_id.starts_with('$') {
        Some("starts with `$`")
    } else {
        None
    }
}
