//! Packets of `mqtt-protocol-core`, of both versions, as the broker takes them.

use mqtt_protocol_core::mqtt::packet::{self, Property, v3_1_1, v5_0};

use crate::broker::{
    ClientIdentity, Connect, IN_FLIGHT_MAX, MqttMessage, Properties, Publish, RetainHandling,
    SubscribeFilter, Version, Will,
};

/// What a CONNECT says.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// For the broker.
    pub(crate) connect: Connect,
    /// As asked for, in seconds; 0 is "none".
    pub(crate) keep_alive_s: u16,
    /// Whether the client wants enhanced authentication, which AWS does not offer.
    pub(crate) wants_auth: bool,
}

/// Reads a CONNECT of MQTT 3.1.1. `fresh_id` becomes the client id if there is none.
pub(crate) fn greeting_v3(
    packet: &v3_1_1::Connect,
    certificate_id: String,
    fresh_id: impl FnOnce() -> String,
) -> Greeting {
    // A 3.1.1 client without an id must ask for a clean session; without one it is refused for its empty id.
    let assigned = packet.client_id().is_empty() && packet.clean_session();
    let will = packet.will_topic().map(|topic| Will {
        message: MqttMessage {
            topic: topic.to_owned(),
            payload: packet.will_payload().unwrap_or_default().into(),
            retain: packet.will_retain(),
            ..MqttMessage::default()
        },
        qos: packet.will_qos() as u8,
        delay_s: 0,
    });
    let client_id = packet.client_id().to_owned();
    Greeting {
        connect: Connect {
            version: Version::V3,
            identity: ClientIdentity {
                client_id: if assigned { fresh_id() } else { client_id },
                certificate_id,
            },
            assigned: false,
            clean_start: packet.clean_session(),
            // "Persistent sessions" last an hour by default.
            // https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-persistent-sessions
            session_expiry_s: if packet.clean_session() { 0 } else { 3600 },
            receive_maximum: IN_FLIGHT_MAX,
            will,
        },
        keep_alive_s: packet.keep_alive(),
        wants_auth: false,
    }
}

/// Reads a CONNECT of MQTT 5. `fresh_id` becomes the client id if there is none.
pub(crate) fn greeting_v5(
    packet: &v5_0::Connect,
    certificate_id: String,
    fresh_id: impl FnOnce() -> String,
) -> Greeting {
    let assigned = packet.client_id().is_empty();
    let client_id = packet.client_id().to_owned();
    let mut connect = Connect {
        version: Version::V5,
        identity: ClientIdentity {
            client_id: if assigned { fresh_id() } else { client_id },
            certificate_id,
        },
        assigned,
        clean_start: packet.clean_start(),
        session_expiry_s: 0,
        receive_maximum: u16::MAX,
        will: None,
    };
    let mut wants_auth = false;
    for property in packet.props() {
        match property {
            Property::SessionExpiryInterval(value) => connect.session_expiry_s = value.val(),
            Property::ReceiveMaximum(value) => connect.receive_maximum = value.val(),
            Property::AuthenticationMethod(_) => wants_auth = true,
            _ => {}
        }
    }
    connect.will = packet.will_topic().map(|topic| Will {
        message: MqttMessage {
            topic: topic.to_owned(),
            payload: packet.will_payload().unwrap_or_default().into(),
            retain: packet.will_retain(),
            properties: read_properties(packet.will_props()),
            ..MqttMessage::default()
        },
        qos: packet.will_qos() as u8,
        delay_s: packet
            .will_props()
            .iter()
            .find_map(|property| match property {
                Property::WillDelayInterval(value) => Some(value.val()),
                _ => None,
            })
            .unwrap_or(0),
    });
    Greeting {
        connect,
        keep_alive_s: packet.keep_alive(),
        wants_auth,
    }
}

/// Reads a PUBLISH of MQTT 3.1.1.
pub(crate) fn publish_v3(packet: &v3_1_1::Publish) -> Publish {
    Publish {
        packet_id: packet.packet_id(),
        qos: packet.qos() as u8,
        message: MqttMessage {
            topic: packet.topic_name().to_owned(),
            payload: packet.payload().as_slice().into(),
            retain: packet.retain(),
            ..MqttMessage::default()
        },
    }
}

/// Reads a PUBLISH of MQTT 5.
pub(crate) fn publish_v5(packet: &v5_0::Publish) -> Publish {
    Publish {
        packet_id: packet.packet_id(),
        qos: packet.qos() as u8,
        message: MqttMessage {
            topic: packet.topic_name().to_owned(),
            payload: packet.payload().as_slice().into(),
            retain: packet.retain(),
            properties: read_properties(packet.props()),
            ..MqttMessage::default()
        },
    }
}

/// Reads the filters of a SUBSCRIBE. The options that AWS ignores (No Local, Retain As Published) are ignored.
pub(crate) fn filters(entries: &[packet::SubEntry]) -> Vec<SubscribeFilter> {
    entries
        .iter()
        .map(|entry| SubscribeFilter {
            text: entry.topic_filter().to_owned(),
            qos: entry.sub_opts().qos() as u8,
            retain_handling: match entry.sub_opts().rh() {
                packet::RetainHandling::SendRetained => RetainHandling::Always,
                packet::RetainHandling::SendRetainedIfNotExists => RetainHandling::IfNew,
                packet::RetainHandling::DoNotSendRetained => RetainHandling::Never,
            },
        })
        .collect()
}

fn read_properties(properties: &[Property]) -> Properties {
    let mut read = Properties::default();
    for property in properties {
        match property {
            Property::PayloadFormatIndicator(value) => read.is_text = Some(value.val() != 0),
            Property::MessageExpiryInterval(value) => read.expiry_s = Some(value.val()),
            Property::ContentType(value) => read.content_type = Some(value.val().to_owned()),
            Property::ResponseTopic(value) => read.response_topic = Some(value.val().to_owned()),
            Property::CorrelationData(value) => {
                read.correlation_data = Some(value.val().to_owned());
            }
            Property::UserProperty(value) => {
                read.user
                    .push((value.key().to_owned(), value.val().to_owned()));
            }
            _ => {}
        }
    }
    read
}
