//! Messages: they are checked, acknowledged, retained, and sent to their receivers.

use std::borrow::Cow;
use std::sync::Arc;

use crate::broker::access::{ConnectionAccess, MESSAGE, QOS_2, RETAIN, is_retained_reserved};
use crate::broker::filter::{TopicUse, topic_use};
use crate::broker::limits::PAYLOAD_BYTES_MAX;
use crate::broker::notes::shown;
use crate::broker::packet::{
    BrokerOutput, ConnectionId, Delivery, MqttMessage, Outputs, Publish, Qos, Refusal, Version,
    Will,
};
use crate::broker::queue::Origin;
use crate::broker::session::ClientSession;
use crate::broker::state::Broker;

impl Broker {
    /// A PUBLISH. It is acknowledged or refused here. If it is accepted, it is returned: the caller passes it to
    /// [`Broker::route`] or to a service, depending on `topic_use`.
    pub fn handle_publish(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        publish: Publish,
        topic_use: TopicUse,
        out: &mut Outputs,
    ) -> Option<(Arc<MqttMessage>, Qos)> {
        let session = self.sessions.get(self.by_connection.get(&id)?)?;
        let version = session.version;
        if let Some((refusal, why)) = breach(&publish) {
            session
                .access
                .refuse((MESSAGE, &publish.message), refusal, &why, &mut self.notes);
            // 3.1.1: "AWS IoT doesn't send PUBACK, PUBREC" and nothing is delivered. GUESS: on MQTT 5 the protocol's own
            // reason code is sent.
            if refusal != Refusal::QosNotSupported || version == Version::V5 {
                self.close(now_ms, id, refusal, out);
            }
            return None;
        }
        let Publish {
            packet_id,
            qos,
            mut message,
        } = publish;
        let access = &self.sessions.get(self.by_connection.get(&id)?)?.access;
        let added = Arc::clone(&access.user_properties);
        let refusal = access
            .check_message((MESSAGE, &message), topic_use, &mut self.notes)
            .err();
        match (packet_id, refusal) {
            // MQTT 5 reports a refusal in the PUBACK. Without a PUBACK, or if it cannot carry the refusal, the connection
            // ends.
            (Some(packet_id), refusal) if refusal.is_none() || version == Version::V5 => {
                out.push((id, BrokerOutput::Puback { packet_id, refusal }));
            }
            (_, Some(refusal)) => self.close(now_ms, id, refusal, out),
            (_, None) => {}
        }
        if refusal.is_some() {
            return None;
        }
        // GUESS: behind those of the client, also if one has the same key; MQTT 5 allows both, and the page does not say.
        message.properties.user.extend_from_slice(&added);
        stamp(now_ms, &mut message);
        Some((Arc::new(message), Qos::granted(qos)))
    }

    /// Sends a message to the subscribers of its topic, and retains it if requested.
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
        let mut planned = Vec::new();
        for (key, granted) in receivers {
            let Some(session) = sessions.get_mut(&key) else {
                continue;
            };
            let qos = qos.min(granted);
            let notes = &mut self.notes;
            let delivery = session.deliver(now_ms, message, qos, Origin::Published, notes);
            push_delivery(session, delivery, out);
            if session.plans_sending() {
                planned.push(key);
            }
        }
        for key in planned {
            self.plan_sending(key);
        }
    }

    /// Sends one copy of a message to one connection, subscribed or not.
    pub fn reply(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        message: &Arc<MqttMessage>,
        out: &mut Outputs,
    ) {
        if let Some((session, notes)) = self.session_and_notes(id) {
            let qos = session.reply_qos(&message.topic);
            let delivery = session.deliver(now_ms, message, qos, Origin::Reply, notes);
            push_delivery(session, delivery, out);
            self.plan_sending_to(id);
        }
    }

    /// A PUBACK: the next waiting message is sent.
    pub fn handle_puback(
        &mut self,
        now_ms: u64,
        id: ConnectionId,
        packet_id: u16,
        out: &mut Outputs,
    ) {
        if let Some((session, notes)) = self.session_and_notes(id) {
            let delivery = session.acknowledge(now_ms, packet_id, notes);
            push_delivery(session, delivery, out);
            self.plan_sending_to(id);
        }
    }

    /// A will to a reserved topic is "ignored by the AWS IoT Device Shadow service", but "processed by subscribed clients".
    // GUESS: the other services ignore it as well, because the page speaks of all topics that begin with `$`.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-comms-app.html#thing-connection>
    ///
    /// GUESS: the right to publish the will is checked again when it is published. The page says that iot:Publish "is
    /// checked every time a PUBLISH request is sent", and a will has no such request; a right that was revoked should not
    /// outlive the connection.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html>
    pub(crate) fn publish_will(
        &mut self,
        now_ms: u64,
        will: Will,
        access: &ConnectionAccess,
        out: &mut Outputs,
    ) {
        if access.check_will(&will, &mut self.notes).is_err() {
            return;
        }
        let mut message = will.message;
        if topic_use(&message.topic) != TopicUse::Route {
            let topic = shown(&message.topic);
            let what = format!(
                "its will to `{topic}` only goes to subscribers: the services of AWS IoT ignore wills"
            );
            self.notes.refused(access.client_id(), what);
        }
        stamp(now_ms, &mut message);
        self.route(now_ms, &Arc::new(message), Qos::granted(will.qos), out);
    }

    /// Retains a message. An empty payload removes the retained one.
    fn retain(&mut self, message: &Arc<MqttMessage>) {
        if !self.retained.put(message) {
            self.notes.not_retained(&message.topic);
        } else if self.retained.has_ample_room() {
            self.notes.end_of_not_retained();
        }
    }
}

/// Violations that end the connection of the sender, whatever the policies allow, and the reason for the log.
fn breach(publish: &Publish) -> Option<(Refusal, Cow<'static, str>)> {
    let message = &publish.message;
    let bytes = message.payload.len();
    if publish.qos > 1 {
        Some((Refusal::QosNotSupported, QOS_2.into()))
    } else if bytes > PAYLOAD_BYTES_MAX {
        let why =
            format!("its payload has {bytes} bytes, and at most {PAYLOAD_BYTES_MAX} are allowed");
        Some((Refusal::PacketTooLarge, why.into()))
    } else if is_retained_reserved(message) {
        // GUESS: that ends the connection, as "unsupported operations to reserved topics" do.
        Some((Refusal::TopicNameInvalid, RETAIN.into()))
    } else {
        None
    }
}

fn stamp(now_ms: u64, message: &mut MqttMessage) {
    message.expires_ms = message
        .properties
        .expiry_s
        .map(|expiry_s| now_ms + u64::from(expiry_s) * 1000);
}

/// Appends a delivery, if given.
pub(crate) fn push_delivery(
    session: &ClientSession,
    delivery: Option<Delivery>,
    out: &mut Outputs,
) {
    if let (Some(id), Some(delivery)) = (session.connection, delivery) {
        out.push((id, BrokerOutput::Deliver(delivery)));
    }
}
