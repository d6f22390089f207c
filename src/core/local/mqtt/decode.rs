//! Packets of `mqtt-protocol-core`, of both versions, as inputs of the connection and the broker.

use mqtt_protocol_core::mqtt::packet::{
    MqttString, Packet, Property, RetainHandling as WireRetainHandling, SubEntry, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::DisconnectReasonCode;

use crate::broker::{
    ClientIdentity, Connect, ConnectionId, IN_FLIGHT_MAX, MqttMessage, Properties, Publish,
    Refusal, RetainHandling, SubscribeFilter, Version, Will,
};
use crate::local::hub::input::HubInput;
use crate::local::mqtt::encode::{Reasons, words};

/// What a packet means for its connection.
#[derive(Debug)]
pub(crate) enum Decoded {
    Connect(Greeting),
    /// An input for the hub.
    Input(HubInput),
    Pingreq,
    Disconnect(End),
    /// The client broke the protocol, or AWS does not support this.
    Refused(Refusal),
}

#[derive(Debug)]
pub(crate) struct Greeting {
    pub(crate) connect: Connect,
    /// As requested, in seconds; 0 is "none".
    pub(crate) keep_alive_s: u16,
    /// Why the CONNECT is refused, whatever the policies allow.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) reasons: Reasons,
}

/// How a connection ended, for the hub.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) with_will: bool,
    pub(crate) session_expiry_s: Option<u32>,
    /// Why, for the log; `None` if the client left, or if the hub knows.
    pub(crate) why: Option<Box<str>>,
}

/// Reads a packet of a client. The first CONNECT receives the identity.
pub(crate) fn decode(
    packet: &Packet,
    id: ConnectionId,
    peer: &mut Option<Box<ClientIdentity>>,
) -> Decoded {
    if has_packet_id_zero(packet) {
        return Decoded::Refused(Refusal::ProtocolError);
    }
    let input = match packet {
        Packet::V3_1_1Connect(_) | Packet::V5_0Connect(_) => {
            return match (packet, peer.take()) {
                (Packet::V3_1_1Connect(packet), Some(peer)) => {
                    Decoded::Connect(connect_v3(packet, *peer))
                }
                (Packet::V5_0Connect(packet), Some(peer)) => {
                    Decoded::Connect(connect_v5(packet, *peer))
                }
                _ => Decoded::Refused(Refusal::ProtocolError),
            };
        }
        Packet::V3_1_1Publish(packet) => Ok(publish_v3(id, packet)),
        Packet::V5_0Publish(packet) => publish_v5(id, packet),
        Packet::V3_1_1Puback(packet) => Ok(puback(id, packet.packet_id())),
        Packet::V5_0Puback(packet) => Ok(puback(id, packet.packet_id())),
        Packet::V3_1_1Subscribe(packet) => subscribe_v3(id, packet),
        Packet::V5_0Subscribe(packet) => subscribe_v5(id, packet),
        Packet::V3_1_1Unsubscribe(packet) => {
            Ok(unsubscribe(id, packet.packet_id(), packet.entries()))
        }
        Packet::V5_0Unsubscribe(packet) => {
            Ok(unsubscribe(id, packet.packet_id(), packet.entries()))
        }
        Packet::V3_1_1Pingreq(_) | Packet::V5_0Pingreq(_) => return Decoded::Pingreq,
        Packet::V3_1_1Disconnect(_) => {
            return Decoded::Disconnect(End {
                with_will: false,
                session_expiry_s: None,
                why: None,
            });
        }
        Packet::V5_0Disconnect(packet) => return Decoded::Disconnect(disconnect_v5(packet)),
        // QoS 2 acknowledgements and enhanced authentication.
        _ => Err(Refusal::ProtocolError),
    };
    input.map_or_else(Decoded::Refused, Decoded::Input)
}

/// "Packet Identifier … non-zero" (MQTT 3.1.1 and 5, 2.2.1). The library lets such a packet through and panics at the second one
/// of QoS 2.
fn has_packet_id_zero(packet: &Packet) -> bool {
    let packet_id = match packet {
        Packet::V3_1_1Publish(packet) => packet.packet_id(),
        Packet::V5_0Publish(packet) => packet.packet_id(),
        Packet::V3_1_1Subscribe(packet) => Some(packet.packet_id()),
        Packet::V5_0Subscribe(packet) => Some(packet.packet_id()),
        Packet::V3_1_1Unsubscribe(packet) => Some(packet.packet_id()),
        Packet::V5_0Unsubscribe(packet) => Some(packet.packet_id()),
        // Other packets acknowledge packets of the server, which never have this id.
        _ => None,
    };
    packet_id == Some(0)
}

fn connect_v3(packet: &v3_1_1::Connect, peer: ClientIdentity) -> Greeting {
    // A 3.1.1 client without an id must ask for a clean session; without one it is refused for its empty id.
    let is_assigned = packet.client_id().is_empty() && packet.clean_session();
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
    Greeting {
        connect: Connect {
            version: Version::V3,
            identity: identity(packet.client_id(), is_assigned, peer),
            assigned: false,
            clean_start: packet.clean_session(),
            // "Persistent sessions" last an hour by default.
            // https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-persistent-sessions
            session_expiry_s: if packet.clean_session() { 0 } else { 3600 },
            receive_maximum: IN_FLIGHT_MAX,
            will,
        },
        keep_alive_s: packet.keep_alive(),
        refusal: check_texts([Some(packet.client_id()), packet.user_name()]).err(),
        reasons: Reasons::default(),
    }
}

fn connect_v5(packet: &v5_0::Connect, peer: ClientIdentity) -> Greeting {
    let assigned = packet.client_id().is_empty();
    let (will, will_refusal) = match will_v5(packet) {
        Ok(will) => (will, None),
        Err(refusal) => (None, Some(refusal)),
    };
    let mut connect = Connect {
        version: Version::V5,
        identity: identity(packet.client_id(), assigned, peer),
        assigned,
        clean_start: packet.clean_start(),
        session_expiry_s: 0,
        receive_maximum: u16::MAX,
        will,
    };
    let mut reasons = Reasons::default();
    for property in packet.props() {
        match property {
            Property::RequestProblemInformation(value) => reasons.are_wanted = value.val() != 0,
            Property::MaximumPacketSize(value) => reasons.packet_bytes_max = value.val() as usize,
            Property::SessionExpiryInterval(value) => connect.session_expiry_s = value.val(),
            Property::ReceiveMaximum(value) => connect.receive_maximum = value.val(),
            _ => {}
        }
    }
    let texts = check_texts([Some(packet.client_id()), packet.user_name()]);
    Greeting {
        connect,
        keep_alive_s: packet.keep_alive(),
        refusal: texts.err().or(will_refusal).or(auth_refusal(packet)),
        reasons,
    }
}

/// AWS does not support enhanced authentication; data for it without a method is an error in any case (3.1.2.11.10).
fn auth_refusal(packet: &v5_0::Connect) -> Option<Refusal> {
    let has = |is_meant: fn(&Property) -> bool| packet.props().iter().any(is_meant);
    if has(|it| matches!(it, Property::AuthenticationMethod(_))) {
        return Some(Refusal::BadAuthenticationMethod);
    }
    has(|it| matches!(it, Property::AuthenticationData(_))).then_some(Refusal::ProtocolError)
}

/// A client without an id gets one of AWS's form: 32 hexadecimal characters.
fn identity(client_id: &str, is_assigned: bool, peer: ClientIdentity) -> ClientIdentity {
    ClientIdentity {
        client_id: if is_assigned {
            uuid::Uuid::new_v4().simple().to_string()
        } else {
            client_id.to_owned()
        },
        ..peer
    }
}

fn will_v5(packet: &v5_0::Connect) -> Result<Option<Will>, Refusal> {
    let Some(topic) = packet.will_topic() else {
        return Ok(None);
    };
    let properties = packet.will_props();
    let delay_s = properties.iter().find_map(|property| match property {
        Property::WillDelayInterval(value) => Some(value.val()),
        _ => None,
    });
    Ok(Some(Will {
        message: MqttMessage {
            topic: topic.to_owned(),
            payload: packet.will_payload().unwrap_or_default().into(),
            retain: packet.will_retain(),
            properties: read_properties(properties)?,
            ..MqttMessage::default()
        },
        qos: packet.will_qos() as u8,
        delay_s: delay_s.unwrap_or(0),
    }))
}

fn publish_v3(id: ConnectionId, packet: &v3_1_1::Publish) -> HubInput {
    let message = MqttMessage {
        topic: packet.topic_name().to_owned(),
        payload: packet.payload().as_slice().into(),
        retain: packet.retain(),
        ..MqttMessage::default()
    };
    publish(id, packet.packet_id(), packet.qos() as u8, message)
}

fn publish_v5(id: ConnectionId, packet: &v5_0::Publish) -> Result<HubInput, Refusal> {
    let message = MqttMessage {
        topic: packet.topic_name().to_owned(),
        payload: packet.payload().as_slice().into(),
        retain: packet.retain(),
        properties: read_properties(packet.props())?,
        ..MqttMessage::default()
    };
    let input = publish(id, packet.packet_id(), packet.qos() as u8, message);
    Ok(input)
}

fn publish(id: ConnectionId, packet_id: Option<u16>, qos: u8, message: MqttMessage) -> HubInput {
    let publish = Publish {
        packet_id,
        qos,
        message,
    };
    HubInput::Publish { id, publish }
}

fn puback(id: ConnectionId, packet_id: u16) -> HubInput {
    HubInput::Puback { id, packet_id }
}

/// The other bits of the options are reserved (MQTT 3.1.1, 3.8.3).
fn subscribe_v3(id: ConnectionId, packet: &v3_1_1::Subscribe) -> Result<HubInput, Refusal> {
    let uses_reserved = |entry: &SubEntry| {
        let options = entry.sub_opts();
        options.nl() || options.rap() || options.rh() != WireRetainHandling::SendRetained
    };
    if packet.entries().iter().any(uses_reserved) {
        return Err(Refusal::MalformedPacket);
    }
    Ok(subscribe(id, packet.packet_id(), packet.entries()))
}

fn subscribe_v5(id: ConnectionId, packet: &v5_0::Subscribe) -> Result<HubInput, Refusal> {
    let is_identifier = |it: &Property| matches!(it, Property::SubscriptionIdentifier(_));
    if packet.props().iter().any(is_identifier) {
        return Err(Refusal::SubscriptionIdentifiersNotSupported);
    }
    Ok(subscribe(id, packet.packet_id(), packet.entries()))
}

fn subscribe(id: ConnectionId, packet_id: u16, entries: &[SubEntry]) -> HubInput {
    HubInput::Subscribe {
        id,
        packet_id,
        filters: filters(entries),
    }
}

fn unsubscribe(id: ConnectionId, packet_id: u16, entries: &[MqttString]) -> HubInput {
    HubInput::Unsubscribe {
        id,
        packet_id,
        filters: entries
            .iter()
            .map(|entry| entry.as_str().to_owned())
            .collect(),
    }
}

fn disconnect_v5(packet: &v5_0::Disconnect) -> End {
    let code = packet.reason_code();
    let mut properties = packet.props().iter().flatten();
    End {
        // "The Will Message MUST be removed … once the Server has received a DISCONNECT packet with a Reason Code of 0x00"
        // (3.1.2.5), which is also that of a packet without one. With any other, such as 0x04 or an error, it is published.
        with_will: code.is_some_and(|code| code != DisconnectReasonCode::NormalDisconnection),
        session_expiry_s: properties.find_map(|property| match property {
            Property::SessionExpiryInterval(value) => Some(value.val()),
            _ => None,
        }),
        why: code
            .filter(|code| *code as u8 >= 0x80)
            .map(|code| format!("it reports `{}`", words(&code.to_string())).into()),
    }
}

/// Options that AWS ignores (No Local, Retain As Published) are ignored.
fn filters(entries: &[SubEntry]) -> Vec<SubscribeFilter> {
    entries
        .iter()
        .map(|entry| SubscribeFilter {
            text: entry.topic_filter().to_owned(),
            qos: entry.sub_opts().qos() as u8,
            retain_handling: match entry.sub_opts().rh() {
                WireRetainHandling::SendRetained => RetainHandling::Always,
                WireRetainHandling::SendRetainedIfNotExists => RetainHandling::IfNew,
                WireRetainHandling::DoNotSendRetained => RetainHandling::Never,
            },
        })
        .collect()
}

/// The properties of a message. Its Response Topic has no wildcards (3.3.2.3.5), and only the server names subscriptions
/// (3.3.4).
fn read_properties(properties: &[Property]) -> Result<Properties, Refusal> {
    let mut read = Properties::default();
    for property in properties {
        match property {
            Property::PayloadFormatIndicator(value) => read.is_text = Some(value.val() != 0),
            Property::MessageExpiryInterval(value) => read.expiry_s = Some(value.val()),
            Property::ContentType(value) => read.content_type = Some(checked(value.val())?),
            Property::ResponseTopic(value) if value.val().contains(['+', '#']) => {
                return Err(Refusal::ProtocolError);
            }
            Property::ResponseTopic(value) => read.response_topic = Some(checked(value.val())?),
            Property::CorrelationData(value) => {
                read.correlation_data = Some(value.val().to_owned());
            }
            Property::UserProperty(value) => {
                let pair = (checked(value.key())?, checked(value.val())?);
                read.user.push(pair);
            }
            Property::SubscriptionIdentifier(_) => return Err(Refusal::ProtocolError),
            _ => {}
        }
    }
    Ok(read)
}

fn checked(text: &str) -> Result<String, Refusal> {
    check_texts([Some(text)])?;
    Ok(text.to_owned())
}

/// "If a receiver … receives a Control Packet containing U+0000 it MUST close the Network Connection" (3.1.1 and 5, 1.5.3 and
/// 1.5.4). Topics and filters are checked by the broker.
fn check_texts<const N: usize>(texts: [Option<&str>; N]) -> Result<(), Refusal> {
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(Refusal::MalformedPacket);
    }
    Ok(())
}
