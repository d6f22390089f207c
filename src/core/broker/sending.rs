//! What is sent to a client, and when: within its window, resent if not acknowledged, and stored messages at a limited rate.

use std::sync::Arc;

use crate::broker::access::Action;
use crate::broker::limits::{RESEND_AFTER_MS, RESEND_FOR_MS};
use crate::broker::notes::{Notes, shown};
use crate::broker::packet::{Delivery, MqttMessage, Qos, Version};
use crate::broker::queue::{InFlight, Origin, WaitingMessage};
use crate::broker::session::ClientSession;

impl ClientSession {
    /// What a reconnected client gets at once: first all messages in flight, then waiting ones.
    pub(crate) fn resume(&mut self, now_ms: u64, notes: &mut Notes) -> Vec<Delivery> {
        self.give_up(now_ms, notes);
        let lane = &mut self.lane;
        // Stored messages come before later ones.
        let dropped = lane.stored.append(&mut lane.queue);
        // A client with a smaller window than before gets the rest later.
        while lane.in_flight.len() > lane.window
            && let Some(in_flight) = lane.in_flight.pop_back()
        {
            lane.stored.put_back(in_flight.waiting);
        }
        for in_flight in &mut lane.in_flight {
            in_flight.sent_ms = None;
        }
        lane.next_stored_ms = now_ms;
        for waiting in dropped {
            notes.dropped(&self.identity.client_id, &waiting.message.topic);
        }
        notes.end_of_dropped(&self.identity.client_id);
        self.release_stored(now_ms, notes)
    }

    /// A message for this client; returns what to send now. Current messages do not wait for stored ones, which are sent
    /// "along with any current message traffic".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-persistent-sessions>
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
                    .then(|| waiting.delivery(now_ms, None))
            }
            Qos::AtLeastOnce => {
                if !self.lane.queue.push(waiting) {
                    notes.dropped(&self.identity.client_id, &message.topic);
                }
                self.send_next(now_ms, notes)
            }
        }
    }

    /// The client acknowledged a message; returns the next message to send.
    pub(crate) fn acknowledge(
        &mut self,
        now_ms: u64,
        packet_id: u16,
        notes: &mut Notes,
    ) -> Option<Delivery> {
        self.lane
            .in_flight
            .retain(|in_flight| in_flight.packet_id != packet_id);
        self.send_next(now_ms, notes)
    }

    /// When the next message is due without further input, in milliseconds since the epoch.
    pub(crate) fn sending_due_ms(&self) -> Option<u64> {
        self.connection?;
        let lane = &self.lane;
        let unanswered = lane.in_flight.iter().filter_map(|it| it.sent_ms).min();
        let repeat = unanswered
            .filter(|_| self.version == Version::V3)
            .map(|sent_ms| sent_ms + RESEND_AFTER_MS);
        let has_stored = lane.in_flight.iter().any(|it| it.sent_ms.is_none())
            || (!lane.stored.is_empty() && lane.in_flight.len() < lane.window);
        let stored = (has_stored && lane.pace_ms.is_some()).then_some(lane.next_stored_ms);
        repeat.into_iter().chain(stored).min()
    }

    /// Sends what is due by now. A message that has become due several times is sent once, because the client had no time to
    /// acknowledge it; for the same reason, one that was made since this time counts as sent now.
    pub(crate) fn handle_sending(
        &mut self,
        now_ms: u64,
        since_ms: u64,
        notes: &mut Notes,
    ) -> Vec<Delivery> {
        let sent = |at_ms| if at_ms < since_ms { at_ms } else { now_ms };
        for in_flight in &mut self.lane.in_flight {
            in_flight.sent_ms = in_flight.sent_ms.map(sent);
            in_flight.first_ms = sent(in_flight.first_ms);
        }
        let mut deliveries = self.repeat(now_ms, notes);
        deliveries.extend(self.release_stored(now_ms, notes));
        // In place of those that were given up.
        deliveries.extend(std::iter::from_fn(|| self.send_next(now_ms, notes)));
        deliveries
    }

    /// "Sent at least one time, and then repeatedly until a PUBACK response is received". After 30 seconds, with the same
    /// packet id and without DUP, as reported by people who tested their clients against AWS:
    /// <https://github.com/aws/amazon-freertos/pull/2517>, <https://github.com/FreeRTOS/coreMQTT/pull/83>.
    // GUESS: with MQTT 5 only on a new connection, and then with DUP, because that protocol forbids it at other times (4.4)
    // and the reports are about MQTT 3.1.1.
    fn repeat(&mut self, now_ms: u64, notes: &mut Notes) -> Vec<Delivery> {
        if self.connection.is_none() || self.version != Version::V3 {
            return Vec::new();
        }
        self.give_up(now_ms, notes);
        let mut deliveries = Vec::new();
        for mut in_flight in std::mem::take(&mut self.lane.in_flight) {
            let is_due = in_flight
                .sent_ms
                .is_some_and(|sent_ms| sent_ms + RESEND_AFTER_MS <= now_ms);
            if is_due {
                if !self.may_receive(&in_flight.waiting, notes) {
                    continue;
                }
                in_flight.sent_ms = Some(now_ms);
                deliveries.push(Delivery {
                    is_repeat: true,
                    ..in_flight
                        .waiting
                        .delivery(now_ms, Some(in_flight.packet_id))
                });
            }
            self.lane.in_flight.push_back(in_flight);
        }
        deliveries
    }

    /// Drops messages that were not acknowledged for an hour: "AWS IoT Core drops the publish requests" then.
    /// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
    // GUESS: with MQTT 5 only when the client reconnects, because until then they count for its Receive Maximum.
    fn give_up(&mut self, now_ms: u64, notes: &mut Notes) {
        let client_id = &self.identity.client_id;
        self.lane.in_flight.retain(|in_flight| {
            let is_current = now_ms < in_flight.first_ms + RESEND_FOR_MS;
            if !is_current {
                let topic = shown(&in_flight.waiting.message.topic);
                let what = format!(
                    "a message to `{topic}` is dropped: it was not acknowledged for an hour"
                );
                notes.refused(client_id, what);
            }
            is_current
        });
    }

    /// Sends stored messages, as far as the window and the rate allow.
    fn release_stored(&mut self, now_ms: u64, notes: &mut Notes) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        while self.lane.pace_ms.is_none() || self.lane.next_stored_ms <= now_ms {
            let Some(delivery) = self.stored_next(now_ms, notes) else {
                // Time in which nothing could be sent does not count.
                self.lane.next_stored_ms = self.lane.next_stored_ms.max(now_ms);
                break;
            };
            self.lane.next_stored_ms += self.lane.pace_ms.unwrap_or_default();
            deliveries.push(delivery);
        }
        deliveries
    }

    /// The next stored message: first those that an earlier connection did not acknowledge, then later ones.
    fn stored_next(&mut self, now_ms: u64, notes: &mut Notes) -> Option<Delivery> {
        self.connection?;
        while let Some(at) = self
            .lane
            .in_flight
            .iter()
            .position(|in_flight| in_flight.sent_ms.is_none())
        {
            let mut in_flight = self.lane.in_flight.remove(at)?;
            if !self.may_receive(&in_flight.waiting, notes) {
                continue;
            }
            in_flight.sent_ms = Some(now_ms);
            let delivery = Delivery {
                dup: self.version == Version::V5,
                ..in_flight
                    .waiting
                    .delivery(now_ms, Some(in_flight.packet_id))
            };
            self.lane.in_flight.insert(at, in_flight);
            return Some(delivery);
        }
        while self.lane.in_flight.len() < self.lane.window {
            let waiting = self.lane.stored.pop()?;
            if let Some(delivery) = self.send(now_ms, waiting, notes) {
                return Some(delivery);
            }
        }
        None
    }

    fn send_next(&mut self, now_ms: u64, notes: &mut Notes) -> Option<Delivery> {
        self.connection?;
        // At a limited rate, only the clock releases it.
        if self.lane.pace_ms.is_none()
            && let Some(delivery) = self.stored_next(now_ms, notes)
        {
            return Some(delivery);
        }
        while self.lane.in_flight.len() < self.lane.window {
            let Some(waiting) = self.lane.queue.pop() else {
                // What was dropped while it was full.
                notes.end_of_dropped(&self.identity.client_id);
                return None;
            };
            if let Some(delivery) = self.send(now_ms, waiting, notes) {
                return Some(delivery);
            }
        }
        None
    }

    /// Puts a message in flight, if the policies allow it.
    fn send(
        &mut self,
        now_ms: u64,
        waiting: WaitingMessage,
        notes: &mut Notes,
    ) -> Option<Delivery> {
        if waiting.message.has_expired(now_ms) || !self.may_receive(&waiting, notes) {
            return None;
        }
        let packet_id = self.lane.free_packet_id();
        let delivery = waiting.delivery(now_ms, Some(packet_id));
        self.lane.in_flight.push_back(InFlight {
            packet_id,
            waiting,
            first_ms: now_ms,
            sent_ms: Some(now_ms),
        });
        Some(delivery)
    }

    /// Whether the client may receive a message now, however long it has waited: "the iot:Receive permission is confirmed
    /// every time a message is delivered to a client".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html>
    ///
    /// GUESS: policies are not asked about a reply, because such messages "don't pass through the message broker".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
    fn may_receive(&self, waiting: &WaitingMessage, notes: &mut Notes) -> bool {
        waiting.origin == Origin::Reply
            || notes
                .check(self.access.check(Action::Receive(&waiting.message.topic)))
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{ConnectionContext, PolicyDocument, ResourceArns};

    use crate::broker::access::ConnectionAccess;
    use crate::broker::packet::{ClientIdentity, Connect, ConnectionId};

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
            user_properties: Arc::default(),
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

    /// Deliveries as `ID[!]PAYLOAD`, with `!` for DUP and without an id at QoS 0.
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
    fn unacknowledged_messages_are_resent_before_waiting_ones() {
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
    fn packet_ids_wrap_to_one_and_skip_those_in_use() {
        let mut session = session(10);
        assert_eq!(
            shown(deliver(&mut session, &message("a", None), Qos::AtLeastOnce)),
            "1a"
        );
        session.lane.last_packet_id = u16::MAX;
        assert_eq!(
            shown(deliver(&mut session, &message("b", None), Qos::AtLeastOnce)),
            "2b"
        );
    }

    #[test]
    fn what_is_given_up_makes_room() {
        for (version, expected) in [(Version::V3, "2b"), (Version::V5, "")] {
            let mut session = session(1);
            session.version = version;
            let mut notes = Notes::default();
            for payload in ["a", "b"] {
                deliver(&mut session, &message(payload, None), Qos::AtLeastOnce);
            }
            let sent = session.handle_sending(RESEND_FOR_MS - 1, 1, &mut notes);
            assert_eq!(sent.len(), usize::from(version == Version::V3));
            assert_eq!(notes.take().len(), 0);
            let sent = session.handle_sending(RESEND_FOR_MS, 1, &mut notes);
            assert_eq!(shown(sent), expected);
            let lost: Vec<String> = notes.take().iter().map(ToString::to_string).collect();
            let line =
                "client `c`: a message to `t` is dropped: it was not acknowledged for an hour";
            assert_eq!(
                lost,
                if version == Version::V3 {
                    vec![line]
                } else {
                    vec![]
                }
            );
            session.connection = None;
            session.attach(ConnectionId(2), connect(1), access());
            session.version = version;
            let sent = session.resume(RESEND_FOR_MS, &mut notes);
            assert_eq!(shown(sent), "2b");
        }
    }

    #[test]
    fn what_was_made_while_the_clock_moved_is_not_given_up() {
        let mut session = session(1);
        session.version = Version::V3;
        deliver(&mut session, &message("a", None), Qos::AtLeastOnce);
        let mut notes = Notes::default();
        let sent = session.handle_sending(2 * RESEND_FOR_MS, 0, &mut notes);
        assert_eq!((sent.len(), notes.take().len()), (0, 0));
        let sent = session.handle_sending(3 * RESEND_FOR_MS - 1, 3 * RESEND_FOR_MS, &mut notes);
        assert_eq!((shown(sent).as_str(), notes.take().len()), ("1a", 0));
        let sent = session.handle_sending(3 * RESEND_FOR_MS, 3 * RESEND_FOR_MS, &mut notes);
        assert_eq!((sent.len(), notes.take().len()), (0, 1));
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
