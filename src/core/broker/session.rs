//! One session: its subscriptions, its messages in flight, and those that wait.

use std::collections::BTreeMap;

use crate::broker::access::ConnectionAccess;
use crate::broker::filter::TopicFilter;
use crate::broker::limits::{IN_FLIGHT_MAX, SESSION_EXPIRY_MAX_S};
use crate::broker::packet::{
    ClientIdentity, Connect, ConnectionId, Qos, RetainHandling, Version, Will,
};
use crate::broker::queue::Lane;

/// Identifies a session; used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey(pub(crate) u64);

impl SessionKey {
    /// The next key.
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// One subscription of a session.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) filter: TopicFilter,
    pub(crate) qos: Qos,
}

/// The state that belongs to a client id.
#[derive(Debug)]
pub(crate) struct ClientSession {
    pub(crate) identity: ClientIdentity,
    /// The rights of the last connection.
    pub(crate) access: ConnectionAccess,
    /// The version of the last CONNECT.
    pub(crate) version: Version,
    /// Absent while the client is away.
    pub(crate) connection: Option<ConnectionId>,
    /// How long the session outlives its connection, in seconds.
    pub(crate) expiry_s: u32,
    /// When the session expires, in milliseconds since the epoch, unless the client reconnects.
    pub(crate) expires_ms: Option<u64>,
    /// Published when the connection is lost.
    pub(crate) will: Option<Will>,
    /// When the will is due, in milliseconds since the epoch, once the connection is lost.
    pub(crate) will_due_ms: Option<u64>,
    /// By the text of the filter.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    pub(super) lane: Lane,
}

impl ClientSession {
    /// A new session for a CONNECT.
    pub(crate) fn new(connect: &Connect, access: ConnectionAccess) -> Self {
        Self {
            identity: connect.identity.clone(),
            access,
            version: connect.version,
            connection: None,
            expiry_s: 0,
            expires_ms: None,
            will: None,
            will_due_ms: None,
            subscriptions: BTreeMap::new(),
            lane: Lane::default(),
        }
    }

    /// A connection resumes the session.
    pub(crate) fn attach(&mut self, id: ConnectionId, connect: Connect, access: ConnectionAccess) {
        // GUESS: replies to requests of another certificate are dropped, because policies are not asked about replies.
        if self.identity.certificate_id != connect.identity.certificate_id {
            self.lane.forget_replies();
        }
        self.identity = connect.identity;
        self.access = access;
        self.version = connect.version;
        self.connection = Some(id);
        self.expiry_s = connect.session_expiry_s.min(SESSION_EXPIRY_MAX_S);
        self.expires_ms = None;
        self.will = connect.will;
        self.will_due_ms = None;
        self.lane.window = usize::from(connect.receive_maximum.clamp(1, IN_FLIGHT_MAX));
    }

    /// The QoS of a reply to this client: 1 if it subscribed to the topic with QoS 1, else 0.
    ///
    /// GUESS: AWS does not document the QoS of replies; it is the granted QoS of the subscription, if one exists.
    pub(crate) fn reply_qos(&self, topic: &str) -> Qos {
        self.subscriptions
            .values()
            .filter(|subscription| subscription.filter.group().is_none())
            .filter(|subscription| subscription.filter.matches(topic))
            .map(|subscription| subscription.qos)
            .max()
            .unwrap_or(Qos::AtMostOnce)
    }

    /// Whether a SUBSCRIBE that created (or renewed) a subscription asks for retained messages.
    pub(crate) fn wants_retained(&self, filter: &str, handling: RetainHandling) -> bool {
        match handling {
            RetainHandling::Always => true,
            RetainHandling::IfNew => !self.subscriptions.contains_key(filter),
            RetainHandling::Never => false,
        }
    }

    /// Whether the session may have to send something later: with MQTT 3.1.1 what is not acknowledged, and what is stored.
    pub(crate) fn plans_sending(&self) -> bool {
        let has_any = !self.lane.in_flight.is_empty() || !self.lane.stored.is_empty();
        match self.lane.pace_ms {
            None => has_any && self.version == Version::V3 && self.lane.wake_ms.is_none(),
            Some(_) => has_any,
        }
    }

    /// The next deadline of the session, in milliseconds since the epoch.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        [self.expires_ms, self.will_due_ms]
            .into_iter()
            .flatten()
            .min()
    }
}
