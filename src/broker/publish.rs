//! What becomes of a message: checked, acknowledged, kept, sent to whom it is for.

use std::sync::Arc;

use crate::broker::access::{Access, Action, Denial};
use crate::broker::filter::{TopicUse, check_topic, topic_use};
use crate::broker::packet::{
    BrokerOutput, ConnectionId, Delivery, MqttMessage, Publish, Qos, Refusal, Version, Will,
};
use crate::broker::session::ClientSession;
use crate::broker::{Broker, Outputs, PAYLOAD_BYTES_MAX, RETAINED_MAX, record};

impl Broker {
    /// A PUBLISH. It is acknowledged or refused here; if it is accepted it comes back, for the caller to
    /// [`Broker::route`] or to hand to a service, as `topic_use` says.
    pub fn handle_publish(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        publish: Publish,
        topic_use: TopicUse,
        out: &mut Outputs,
    ) -> Option<(Arc<MqttMessage>, Qos)> {
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
        } else if let Err(denial) = check_publish(&session.access, &message) {
            record(&mut self.denials, denial);
            Some(Refusal::NotAuthorized)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // MQTT 5 tells the client with the PUBACK; what has no PUBACK, or no room in it, ends the connection.
            match packet_id {
                Some(packet_id) if version == Version::V5 => {
                    out.push((
                        id,
                        BrokerOutput::Puback {
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
                BrokerOutput::Puback {
                    packet_id,
                    refusal: None,
                },
            ));
        }
        stamp(now_ms, &mut message);
        Some((Arc::new(message), qos))
    }

    /// Sends a message to the subscribers of its topic, and keeps it if it is to be retained.
    pub fn route(&mut self, now_ms: u64, message: &Arc<MqttMessage>, qos: Qos, out: &mut Outputs) {
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
            if let Err(denial) = session.access.check(Action::Receive(&message.topic)) {
                record(&mut self.denials, denial);
                continue;
            }
            let delivery = session.deliver(now_ms, message, qos.min(granted), false);
            push_delivery(session, delivery, out);
        }
    }

    /// Sends a message to one connection, subscribed or not, in one copy.
    ///
    /// GUESS: without asking for `iot:Receive`, because such messages "don't pass through the message broker".
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
    pub fn reply(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        message: &Arc<MqttMessage>,
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

    /// GUESS: a will to a topic that belongs to a service of AWS goes nowhere.
    pub(crate) fn publish_will(&mut self, now_ms: u64, will: Will, out: &mut Outputs) {
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
    fn retain(&mut self, message: &Arc<MqttMessage>) {
        if message.payload.is_empty() {
            self.retained.remove(&message.topic);
        } else if self.retained.len() < RETAINED_MAX || self.retained.contains_key(&message.topic) {
            self.retained
                .insert(message.topic.clone(), Arc::clone(message));
        }
    }
}

fn stamp(now_ms: u64, message: &mut MqttMessage) {
    message.expires_ms = message
        .properties
        .expiry_s
        .map(|expiry_s| now_ms + u64::from(expiry_s) * 1000);
}

/// Whether a client may publish this message, now or as its will.
pub(crate) fn check_publish(access: &Access, message: &MqttMessage) -> Result<(), Denial> {
    access.check(Action::Publish(&message.topic))?;
    if message.retain {
        access.check(Action::RetainPublish(&message.topic))?;
    }
    Ok(())
}

/// Appends a delivery if there is one.
pub(crate) fn push_delivery(
    session: &ClientSession,
    delivery: Option<Delivery>,
    out: &mut Outputs,
) {
    if let (Some(id), Some(delivery)) = (session.connection, delivery) {
        out.push((id, BrokerOutput::Deliver(delivery)));
    }
}
