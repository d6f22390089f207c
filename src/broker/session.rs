//! One session: what a client is subscribed to, what is on its way to it, and what waits.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::broker::access::{Action, ConnectionAccess};
use crate::broker::filter::TopicFilter;
use crate::broker::limits::{IN_FLIGHT_MAX, SESSION_EXPIRY_MAX_S};
use crate::broker::notes::Notes;
use crate::broker::packet::{
    ClientIdentity, Connect, ConnectionId, Delivery, MqttMessage, Qos, RetainHandling, Version,
    Will,
};
use crate::broker::queue::{MessageQueue, Origin, WaitingMessage};

/// Which session; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey(pub(crate) u64);

impl SessionKey {
    /// The key after this one.
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
    /// What the last connection may do.
    pub(crate) access: ConnectionAccess,
    /// The version of the last CONNECT.
    pub(crate) version: Version,
    /// Absent while the client is away.
    pub(crate) connection: Option<ConnectionId>,
    /// How long it outlives its connection, in seconds.
    pub(crate) expiry_s: u32,
    /// When it ends, in milliseconds since the epoch, if the client stays away.
    pub(crate) expires_ms: Option<u64>,
    /// Published when the connection is lost.
    pub(crate) will: Option<Will>,
    /// When the will is due, in milliseconds since the epoch, once the connection is lost.
    pub(crate) will_due_ms: Option<u64>,
    /// By the text of the filter.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// The most messages in flight.
    window: usize,
    last_packet_id: u16,
    /// QoS 1 messages that are not acknowledged yet.
    in_flight: VecDeque<(u16, WaitingMessage)>,
    queue: MessageQueue,
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
            window: 1,
            last_packet_id: 0,
            in_flight: VecDeque::new(),
            queue: MessageQueue::default(),
        }
    }

    /// A connection takes the session up.
    pub(crate) fn attach(&mut self, id: ConnectionId, connect: Connect, access: ConnectionAccess) {
        // GUESS: what another certificate asked for is answered to that one alone, since no policy is asked for a reply.
        if self.identity.certificate_id != connect.identity.certificate_id {
            self.in_flight
                .retain(|(_, waiting)| waiting.origin != Origin::Reply);
            self.queue.forget_replies();
        }
        self.identity = connect.identity;
        self.access = access;
        self.version = connect.version;
        self.connection = Some(id);
        self.expiry_s = connect.session_expiry_s.min(SESSION_EXPIRY_MAX_S);
        self.expires_ms = None;
        self.will = connect.will;
        self.will_due_ms = None;
        self.window = usize::from(connect.receive_maximum.clamp(1, IN_FLIGHT_MAX));
    }

    /// What a client that comes back gets at once: first everything in flight again, then what waited.
    pub(crate) fn resume(&mut self, now_ms: u64, notes: &mut Notes) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        // A client with a smaller window than last time gets the rest later.
        while self.in_flight.len() > self.window
            && let Some((_, waiting)) = self.in_flight.pop_back()
        {
            self.queue.put_back(waiting);
        }
        for (packet_id, waiting) in std::mem::take(&mut self.in_flight) {
            if self.may_receive(&waiting, notes) {
                deliveries.push(waiting.delivery(now_ms, Some(packet_id), true));
                self.in_flight.push_back((packet_id, waiting));
            }
        }
        while let Some(delivery) = self.send_next(now_ms, notes) {
            deliveries.push(delivery);
        }
        deliveries
    }

    /// A message for this client: what to send now, if anything.
    pub(crate) fn deliver(
        &mut self,
        now_ms: u64,
        message: &Arc<MqttMessage>,
        qos: Qos,
        origin: Origin,
        notes: &mut Notes,
    ) -> Option<Delivery> {
        let waiting = WaitingMessage {
            message: Arc::clone(message),
            origin,
        };
        match qos {
            Qos::AtMostOnce => {
                self.connection?;
                self.may_receive(&waiting, notes)
                    .then(|| waiting.delivery(now_ms, None, false))
            }
            Qos::AtLeastOnce => {
                if !self.queue.push(waiting) {
                    notes.dropped(&self.identity.client_id, &message.topic);
                }
                self.send_next(now_ms, notes)
            }
        }
    }

    /// The client acknowledged a message: what to send next, if anything waits.
    pub(crate) fn acknowledge(
        &mut self,
        now_ms: u64,
        packet_id: u16,
        notes: &mut Notes,
    ) -> Option<Delivery> {
        self.in_flight.retain(|(id, _)| *id != packet_id);
        self.send_next(now_ms, notes)
    }

    /// Whether the client may have a message at this moment, however long that has waited: "the iot:Receive permission is
    /// confirmed every time a message is delivered to a client".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html>
    ///
    /// GUESS: a reply is sent without asking, because such messages "don't pass through the message broker".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
    fn may_receive(&self, waiting: &WaitingMessage, notes: &mut Notes) -> bool {
        waiting.origin == Origin::Reply
            || notes
                .check(self.access.check(Action::Receive(&waiting.message.topic)))
                .is_ok()
    }

    /// The QoS at which a reply to this client is sent: 1 if it asked for that by a subscription, else 0.
    ///
    /// GUESS: AWS does not say at which QoS the answer to a request comes; the granted QoS where there is one.
    pub(crate) fn reply_qos(&self, topic: &str) -> Qos {
        self.subscriptions
            .values()
            .filter(|subscription| subscription.filter.group().is_none())
            .filter(|subscription| subscription.filter.matches(topic))
            .map(|subscription| subscription.qos)
            .max()
            .unwrap_or(Qos::AtMostOnce)
    }

    /// Whether a SUBSCRIBE that made (or renewed) a subscription asks for the retained message.
    pub(crate) fn wants_retained(&self, filter: &str, handling: RetainHandling) -> bool {
        match handling {
            RetainHandling::Always => true,
            RetainHandling::IfNew => !self.subscriptions.contains_key(filter),
            RetainHandling::Never => false,
        }
    }

    /// When this session needs the time, in milliseconds since the epoch.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        [self.expires_ms, self.will_due_ms]
            .into_iter()
            .flatten()
            .min()
    }

    fn send_next(&mut self, now_ms: u64, notes: &mut Notes) -> Option<Delivery> {
        self.connection?;
        while self.in_flight.len() < self.window {
            let waiting = self.queue.pop()?;
            if waiting.message.has_expired(now_ms) || !self.may_receive(&waiting, notes) {
                continue;
            }
            let packet_id = self.free_packet_id();
            let delivery = waiting.delivery(now_ms, Some(packet_id), false);
            self.in_flight.push_back((packet_id, waiting));
            return Some(delivery);
        }
        None
    }

    /// The window is far smaller than 65,535, so there always is one.
    fn free_packet_id(&mut self) -> u16 {
        loop {
            self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
            let id = self.last_packet_id;
            if self.in_flight.iter().all(|(used, _)| *used != id) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{ConnectionContext, PolicyDocument, ResourceArns};

    use super::*;

    fn connect(receive_maximum: u16) -> Connect {
        Connect {
            version: Version::V5,
            identity: ClientIdentity {
                client_id: "c".to_owned(),
                certificate_id: "0".to_owned(),
                origin: Arc::default(),
            },
            assigned: false,
            clean_start: false,
            session_expiry_s: 7200,
            receive_maximum,
            will: None,
        }
    }

    fn access() -> ConnectionAccess {
        let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let document = PolicyDocument::parse(everything).expect("a policy");
        ConnectionAccess {
            policies: Arc::new([("p".to_owned(), document)]),
            context: ConnectionContext::default(),
            arns: ResourceArns::new("us-east-1", "123456789012"),
            is_active: true,
        }
    }

    fn session(receive_maximum: u16) -> ClientSession {
        let connect = connect(receive_maximum);
        let mut session = ClientSession::new(&connect, access());
        session.attach(ConnectionId(1), connect, access());
        session
    }

    fn message(payload: &str, expires_ms: Option<u64>) -> Arc<MqttMessage> {
        Arc::new(MqttMessage {
            topic: "t".to_owned(),
            payload: payload.as_bytes().into(),
            expires_ms,
            ..MqttMessage::default()
        })
    }

    /// What a step lets out, as `ID[!]PAYLOAD` with `!` for DUP and without an id at QoS 0.
    fn shown(deliveries: impl IntoIterator<Item = Delivery>) -> String {
        let words: Vec<String> = deliveries
            .into_iter()
            .map(|delivery| {
                let id = delivery.packet_id.map(|id| id.to_string());
                let dup = if delivery.dup { "!" } else { "" };
                let payload = String::from_utf8_lossy(&delivery.message.payload).into_owned();
                format!("{}{dup}{payload}", id.unwrap_or_default())
            })
            .collect();
        words.join(" ")
    }

    fn deliver(
        session: &mut ClientSession,
        message: &Arc<MqttMessage>,
        qos: Qos,
    ) -> Option<Delivery> {
        session.deliver(0, message, qos, Origin::Published, &mut Notes::default())
    }

    enum Step {
        One(&'static str),
        Zero(&'static str),
        Ack(u16),
        Leave,
        Return(u16),
    }

    fn check(receive_maximum: u16, steps: &[(Step, &str)]) {
        let mut session = session(receive_maximum);
        for (index, (step, expected)) in steps.iter().enumerate() {
            let sent = match step {
                Step::One(payload) => shown(deliver(
                    &mut session,
                    &message(payload, None),
                    Qos::AtLeastOnce,
                )),
                Step::Zero(payload) => shown(deliver(
                    &mut session,
                    &message(payload, None),
                    Qos::AtMostOnce,
                )),
                Step::Ack(packet_id) => {
                    shown(session.acknowledge(0, *packet_id, &mut Notes::default()))
                }
                Step::Leave => {
                    session.connection = None;
                    String::new()
                }
                Step::Return(receive_maximum) => {
                    session.attach(ConnectionId(2), connect(*receive_maximum), access());
                    shown(session.resume(0, &mut Notes::default()))
                }
            };
            assert_eq!(sent, *expected, "step {index}");
        }
    }

    #[test]
    fn no_more_is_in_flight_than_the_client_takes() {
        check(
            2,
            &[
                (Step::One("a"), "1a"),
                (Step::One("b"), "2b"),
                (Step::One("c"), ""),
                (Step::Zero("z"), "z"),
                (Step::Ack(2), "3c"),
                (Step::Ack(9), ""),
                (Step::One("d"), ""),
                (Step::Ack(1), "4d"),
                (Step::Ack(3), ""),
            ],
        );
    }

    #[test]
    fn what_was_not_acknowledged_comes_again_and_what_waited_follows() {
        check(
            2,
            &[
                (Step::One("a"), "1a"),
                (Step::One("b"), "2b"),
                (Step::Leave, ""),
                (Step::One("c"), ""),
                (Step::Zero("z"), ""),
                (Step::Return(3), "1!a 2!b 3c"),
                (Step::Leave, ""),
                (Step::Return(1), "1!a"),
                (Step::Ack(1), "4b"),
            ],
        );
    }

    #[test]
    fn packet_ids_start_again_at_one_and_skip_those_in_use() {
        let mut session = session(10);
        assert_eq!(
            shown(deliver(&mut session, &message("a", None), Qos::AtLeastOnce)),
            "1a"
        );
        session.last_packet_id = u16::MAX;
        assert_eq!(
            shown(deliver(&mut session, &message("b", None), Qos::AtLeastOnce)),
            "2b"
        );
    }

    #[test]
    fn a_message_expires_while_it_waits() {
        let mut session = session(1);
        let first = deliver(&mut session, &message("a", Some(10_000)), Qos::AtLeastOnce);
        assert_eq!(first.and_then(|delivery| delivery.expiry_s), Some(10));
        for (payload, expires_ms) in [("b", 5_000), ("c", 20_000)] {
            deliver(
                &mut session,
                &message(payload, Some(expires_ms)),
                Qos::AtLeastOnce,
            );
        }
        let next = session.acknowledge(6_500, 1, &mut Notes::default());
        assert_eq!(
            next.as_ref().and_then(|delivery| delivery.expiry_s),
            Some(14)
        );
        assert_eq!(shown(next), "2c");
    }
}
