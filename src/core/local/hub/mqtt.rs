//! The packets of a client that concern more than the broker.

use std::sync::Arc;

use crate::broker::{
    BrokerOutput, Connect, ConnectionId, Delivery, MqttMessage, Outputs, Publish, Refusal,
    TopicUse, shown,
};
use crate::faults::FaultTarget;
use crate::local::hub::Hub;
use crate::local::hub::destination::{Destination, destination};
use crate::local::onlooker::{MessageKind, Treatment};
use crate::local::outputs::OutputSender;
use crate::protocol::{EpochMillis, JobsTopic, TopicError};
use crate::service::RefusedRequest;

impl Hub {
    /// Accepts a client whose certificate is active.
    pub(crate) fn handle_connect(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        mut connect: Box<Connect>,
        outputs: OutputSender,
        out: &mut Outputs,
    ) {
        self.links.insert(id, outputs);
        // Connections of one client program have the same origin, so they share it.
        if connect.identity.origin == self.last_origin {
            connect.identity.origin = Arc::clone(&self.last_origin);
        } else {
            self.last_origin = Arc::clone(&connect.identity.origin);
        }
        let identity = &connect.identity;
        match self.grants.of(&self.service, identity) {
            Ok(access) => self.broker.handle_connect(now.0, id, *connect, access, out),
            // AWS closes the connection of a certificate that it does not know, or that is not active, without a CONNACK.
            Err(reason) => {
                self.log.add(&format!(
                    "client `{}`: iot:Connect is refused: {reason}",
                    shown(&identity.client_id)
                ));
                out.push((id, BrokerOutput::Refuse(Refusal::Silent)));
            }
        }
    }

    /// Logs why a connection has ended.
    pub(crate) fn log_end(&mut self, id: ConnectionId, why: &str) {
        let who = match self.broker.identity(id) {
            Some(identity) => format!("client `{}`", identity.client_id),
            None => "a client without a session".to_owned(),
        };
        self.log.add(&format!("{who} is disconnected: {why}"));
    }

    /// Passes a PUBLISH to the handler of its topic.
    pub(crate) fn handle_publish(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        publish: Publish,
        out: &mut Outputs,
    ) {
        let destination = destination(&publish.message.topic);
        let topic_use = match &destination {
            Destination::Jobs(_) => TopicUse::Consume,
            Destination::Broker(topic_use) => *topic_use,
        };
        let Some((message, qos)) = self
            .broker
            .handle_publish(now.0, id, publish, topic_use, out)
        else {
            return;
        };
        match destination {
            Destination::Jobs(topic) => self.handle_request(now, id, topic, &message, out),
            Destination::Broker(TopicUse::Route) => {
                self.broker.route(now.0, &message, qos, out);
            }
            Destination::Broker(TopicUse::Consume | TopicUse::Absent(_) | TopicUse::Refuse) => {}
        }
    }

    /// A message that is larger than the client accepts counts as delivered (MQTT 5, 3.1.2.11.4).
    pub(crate) fn handle_discarded(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        delivery: &Delivery,
        out: &mut Outputs,
    ) {
        if let Some(identity) = self.broker.identity(id) {
            self.log.add(&format!(
                "client `{}`: message to `{}` dropped: it is larger than the client accepts",
                identity.client_id, delivery.message.topic
            ));
        }
        if let Some(packet_id) = delivery.packet_id {
            self.broker.handle_puback(now.0, id, packet_id, out);
        }
    }

    /// Passes a request of a device to the job service.
    fn handle_request(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        parsed: Result<JobsTopic, TopicError>,
        message: &MqttMessage,
        out: &mut Outputs,
    ) {
        let MqttMessage { topic, payload, .. } = message;
        let refusal = match self.look(MessageKind::Request, topic, payload) {
            Treatment::Lose => return,
            Treatment::Throttle => Some(RefusedRequest::Throttled),
            Treatment::Refuse(message) => Some(RefusedRequest::Invalid(message)),
            _ => (self.faults.throttles(FaultTarget::Replies)).then_some(RefusedRequest::Throttled),
        };
        if let Some(refusal) = refusal {
            let rejection = self
                .service
                .refuse_device(now, topic, &parsed, (payload, refusal));
            if let Some(rejection) = rejection {
                self.reply(now, id, rejection, out);
            }
            return;
        }
        let outcome = self.service.handle_device(now, topic, parsed, payload);
        if let Some(reply) = outcome.reply {
            self.reply(now, id, reply, out);
        }
        self.notify(now, outcome.notifications, out);
    }
}
