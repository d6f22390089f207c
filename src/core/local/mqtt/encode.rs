//! Outputs of the broker as packets of `mqtt-protocol-core`, for both versions.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::packet::{
    self, GenericPacketTrait as _, Packet, PayloadFormat, Property, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, MqttError, PubackReasonCode,
    SubackReasonCode, SubackReturnCode, UnsubackReasonCode,
};

use crate::broker::{BrokerOutput, Delivery, IN_FLIGHT_MAX, Qos, Refusal, Version};

/// The largest packet that a client may send, in bytes; recorded in the CONNACK of AWS IoT Core.
pub(crate) const PACKET_BYTES_MAX: u32 = 149_504;

/// How many topic aliases a client may use; recorded in the CONNACK of AWS IoT Core.
const TOPIC_ALIAS_MAX: u16 = 8;

/// Which Reason Strings a client of MQTT 5 accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reasons {
    /// Request Problem Information: 0 keeps them out of all packets but CONNACK and DISCONNECT (3.1.2.11.7).
    pub(crate) are_wanted: bool,
    /// Maximum Packet Size: a packet that exceeds it with a Reason String is sent without (3.4.2.2.2, 3.9.2.1.2, 3.14.2.2.3).
    pub(crate) packet_bytes_max: usize,
}

impl Default for Reasons {
    fn default() -> Self {
        Self {
            are_wanted: true,
            packet_bytes_max: usize::MAX,
        }
    }
}

impl Reasons {
    /// A packet without the Reason String that the client does not accept.
    pub(crate) fn fit(self, packet: Packet) -> Packet {
        let is_too_large = packet.size() > self.packet_bytes_max;
        let fitting = match &packet {
            Packet::V5_0Puback(puback) if is_too_large || !self.are_wanted => {
                let builder = v5_0::Puback::builder().packet_id(puback.packet_id());
                let builder = match puback.reason_code() {
                    Some(code) => builder.reason_code(code),
                    None => builder,
                };
                builder.build().map(Into::into)
            }
            Packet::V5_0Suback(suback) if is_too_large || !self.are_wanted => {
                v5_0::Suback::builder()
                    .packet_id(suback.packet_id())
                    .reason_codes(suback.reason_codes())
                    .build()
                    .map(Into::into)
            }
            Packet::V5_0Disconnect(disconnect) if is_too_large => {
                let code = disconnect.reason_code();
                let code = code.unwrap_or(DisconnectReasonCode::NormalDisconnection);
                v5_0::Disconnect::builder()
                    .reason_code(code)
                    .build()
                    .map(Into::into)
            }
            _ => return packet,
        };
        fitting.unwrap_or(packet)
    }
}

/// The packet for an output; `None` if the version does not have one and the connection is only closed.
pub(crate) fn encode(
    version: Version,
    server_keep_alive_s: u16,
    output: &BrokerOutput,
) -> Result<Option<Packet>, MqttError> {
    if let BrokerOutput::Refuse(Refusal::Silent) | BrokerOutput::Close(Refusal::Silent) = output {
        return Ok(None);
    }
    match version {
        Version::V3 => encode_v3(output),
        Version::V5 => encode_v5(server_keep_alive_s, output).map(Some),
    }
}

fn encode_v3(output: &BrokerOutput) -> Result<Option<Packet>, MqttError> {
    let packet: Packet = match output {
        BrokerOutput::Connack {
            session_present, ..
        } => connack_v3(*session_present, ConnectReturnCode::Accepted)?,
        BrokerOutput::Refuse(Refusal::ClientIdentifierNotValid) => {
            connack_v3(false, ConnectReturnCode::IdentifierRejected)?
        }
        BrokerOutput::Refuse(_) | BrokerOutput::Close(_) => return Ok(None),
        BrokerOutput::Puback { packet_id, .. } => v3_1_1::Puback::builder()
            .packet_id(*packet_id)
            .build()?
            .into(),
        BrokerOutput::Suback { packet_id, results } => v3_1_1::Suback::builder()
            .packet_id(*packet_id)
            .return_codes(results.iter().copied().map(suback_code_v3).collect())
            .build()?
            .into(),
        BrokerOutput::Unsuback { packet_id, .. } => v3_1_1::Unsuback::builder()
            .packet_id(*packet_id)
            .build()?
            .into(),
        BrokerOutput::Deliver(delivery) => publish_v3(delivery)?.into(),
    };
    Ok(Some(packet))
}

fn connack_v3(session_present: bool, code: ConnectReturnCode) -> Result<Packet, MqttError> {
    let connack = v3_1_1::Connack::builder()
        .session_present(session_present)
        .return_code(code)
        .build()?;
    Ok(connack.into())
}

fn suback_code_v3(result: Result<Qos, Refusal>) -> SubackReturnCode {
    match result {
        Ok(Qos::AtMostOnce) => SubackReturnCode::SuccessMaximumQos0,
        Ok(Qos::AtLeastOnce) => SubackReturnCode::SuccessMaximumQos1,
        Err(_) => SubackReturnCode::Failure,
    }
}

fn publish_v3(delivery: &Delivery) -> Result<v3_1_1::Publish, MqttError> {
    let builder = v3_1_1::Publish::builder()
        .topic_name(delivery.message.topic.as_str())?
        .qos(wire_qos(delivery))
        .dup(delivery.dup)
        .retain(delivery.retain)
        .payload(Arc::clone(&delivery.message.payload));
    match delivery.packet_id {
        Some(packet_id) => builder.packet_id(packet_id).build(),
        None => builder.build(),
    }
}

fn encode_v5(server_keep_alive_s: u16, output: &BrokerOutput) -> Result<Packet, MqttError> {
    Ok(match output {
        BrokerOutput::Connack {
            session_present,
            assigned_client_id,
            session_expiry_s,
        } => {
            let client_id = assigned_client_id.as_deref();
            let properties = connack_properties(server_keep_alive_s, client_id, *session_expiry_s)?;
            connack_v5(*session_present, ConnectReasonCode::Success, properties)?
        }
        BrokerOutput::Refuse(refusal) => {
            connack_v5(false, connect_code(*refusal), reason(&refusal.text())?)?
        }
        BrokerOutput::Puback { packet_id, refusal } => {
            let builder = v5_0::Puback::builder().packet_id(*packet_id);
            match refusal {
                None => builder.build()?.into(),
                Some(refusal @ Refusal::NotEmulated(_)) => builder
                    .reason_code(puback_code(*refusal))
                    .props(reason(&refusal.text())?)
                    .build()?
                    .into(),
                Some(refusal) => builder.reason_code(puback_code(*refusal)).build()?.into(),
            }
        }
        BrokerOutput::Suback { packet_id, results } => suback_v5(*packet_id, results)?.into(),
        BrokerOutput::Unsuback { packet_id, existed } => v5_0::Unsuback::builder()
            .packet_id(*packet_id)
            .reason_codes(existed.iter().copied().map(unsuback_code).collect())
            .build()?
            .into(),
        BrokerOutput::Deliver(delivery) => publish_v5(delivery)?.into(),
        BrokerOutput::Close(refusal) => {
            disconnect(disconnect_code(*refusal), &refusal.text())?.into()
        }
    })
}

/// If a service is not emulated, the Reason String names it; AWS's own refusals have no Reason String.
fn suback_v5(packet_id: u16, results: &[Result<Qos, Refusal>]) -> Result<v5_0::Suback, MqttError> {
    let absent = results.iter().find_map(|result| match result {
        Err(refusal @ Refusal::NotEmulated(_)) => Some(refusal.text()),
        _ => None,
    });
    let builder = v5_0::Suback::builder()
        .packet_id(packet_id)
        .reason_codes(results.iter().copied().map(suback_code_v5).collect());
    match absent {
        Some(text) => builder.props(reason(&text)?).build(),
        None => builder.build(),
    }
}

/// As recorded from AWS IoT Core.
fn connack_properties(
    server_keep_alive_s: u16,
    assigned_client_id: Option<&str>,
    session_expiry_s: Option<u32>,
) -> Result<Vec<Property>, MqttError> {
    let mut properties: Vec<Property> = vec![
        packet::ReceiveMaximum::new(IN_FLIGHT_MAX)?.into(),
        packet::MaximumQos::new(1)?.into(),
        packet::RetainAvailable::new(1)?.into(),
        packet::MaximumPacketSize::new(PACKET_BYTES_MAX)?.into(),
        packet::TopicAliasMaximum::new(TOPIC_ALIAS_MAX)?.into(),
        packet::WildcardSubscriptionAvailable::new(1)?.into(),
        packet::SubscriptionIdentifierAvailable::new(0)?.into(),
        packet::SharedSubscriptionAvailable::new(1)?.into(),
        packet::ServerKeepAlive::new(server_keep_alive_s)?.into(),
    ];
    if let Some(client_id) = assigned_client_id {
        properties.push(packet::AssignedClientIdentifier::new(client_id)?.into());
    }
    if let Some(expiry_s) = session_expiry_s {
        properties.push(packet::SessionExpiryInterval::new(expiry_s)?.into());
    }
    Ok(properties)
}

fn connack_v5(
    session_present: bool,
    code: ConnectReasonCode,
    properties: Vec<Property>,
) -> Result<Packet, MqttError> {
    let connack = v5_0::Connack::builder()
        .session_present(session_present)
        .reason_code(code)
        .props(properties)
        .build()?;
    Ok(connack.into())
}

fn publish_v5(delivery: &Delivery) -> Result<v5_0::Publish, MqttError> {
    let builder = v5_0::Publish::builder()
        .topic_name(delivery.message.topic.as_str())?
        .qos(wire_qos(delivery))
        .dup(delivery.dup)
        .retain(delivery.retain)
        .props(write_properties(delivery)?)
        .payload(Arc::clone(&delivery.message.payload));
    match delivery.packet_id {
        Some(packet_id) => builder.packet_id(packet_id).build(),
        None => builder.build(),
    }
}

/// A DISCONNECT with a Reason String: clients log it, and rumqttc ignores one without.
pub(crate) fn disconnect(
    code: DisconnectReasonCode,
    text: &str,
) -> Result<v5_0::Disconnect, MqttError> {
    v5_0::Disconnect::builder()
        .reason_code(code)
        .props(reason(text)?)
        .build()
}

/// A name of the library, such as `MalformedPacket`, in words as in [`Refusal::text`].
pub(crate) fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

fn reason(text: &str) -> Result<Vec<Property>, MqttError> {
    Ok(vec![packet::ReasonString::new(text)?.into()])
}

fn wire_qos(delivery: &Delivery) -> packet::Qos {
    match delivery.packet_id {
        None => packet::Qos::AtMostOnce,
        Some(_) => packet::Qos::AtLeastOnce,
    }
}

fn write_properties(delivery: &Delivery) -> Result<Vec<Property>, MqttError> {
    let properties = &delivery.message.properties;
    let mut written: Vec<Property> = Vec::new();
    if let Some(is_text) = properties.is_text {
        let format = if is_text {
            PayloadFormat::String
        } else {
            PayloadFormat::Binary
        };
        written.push(packet::PayloadFormatIndicator::new(format)?.into());
    }
    if let Some(expiry_s) = delivery.expiry_s {
        written.push(packet::MessageExpiryInterval::new(expiry_s)?.into());
    }
    if let Some(content_type) = &properties.content_type {
        written.push(packet::ContentType::new(content_type.as_str())?.into());
    }
    if let Some(topic) = &properties.response_topic {
        written.push(packet::ResponseTopic::new(topic.as_str())?.into());
    }
    if let Some(data) = &properties.correlation_data {
        written.push(packet::CorrelationData::new(data.clone())?.into());
    }
    for (key, value) in &properties.user {
        written.push(packet::UserProperty::new(key.as_str(), value.as_str())?.into());
    }
    Ok(written)
}

fn connect_code(refusal: Refusal) -> ConnectReasonCode {
    match refusal {
        Refusal::ClientIdentifierNotValid => ConnectReasonCode::ClientIdentifierNotValid,
        Refusal::NotAuthorized => ConnectReasonCode::NotAuthorized,
        Refusal::BadAuthenticationMethod => ConnectReasonCode::BadAuthenticationMethod,
        Refusal::TopicNameInvalid => ConnectReasonCode::TopicNameInvalid,
        Refusal::QosNotSupported => ConnectReasonCode::QosNotSupported,
        Refusal::PacketTooLarge => ConnectReasonCode::PacketTooLarge,
        Refusal::QuotaExceeded => ConnectReasonCode::QuotaExceeded,
        Refusal::ProtocolError => ConnectReasonCode::ProtocolError,
        Refusal::NotEmulated(_) => ConnectReasonCode::ImplementationSpecificError,
        // The list of AWS does not have a code for a malformed packet here, unlike that for DISCONNECT.
        // https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-reason-codes
        Refusal::MalformedPacket
        | Refusal::ServerShuttingDown
        | Refusal::KeepAliveTimeout
        | Refusal::SessionTakenOver
        | Refusal::TopicFilterInvalid
        | Refusal::SubscriptionIdentifiersNotSupported
        | Refusal::Silent => ConnectReasonCode::UnspecifiedError,
    }
}

fn puback_code(refusal: Refusal) -> PubackReasonCode {
    match refusal {
        Refusal::NotAuthorized => PubackReasonCode::NotAuthorized,
        Refusal::NotEmulated(_) => PubackReasonCode::ImplementationSpecificError,
        _ => PubackReasonCode::TopicNameInvalid,
    }
}

fn suback_code_v5(result: Result<Qos, Refusal>) -> SubackReasonCode {
    match result {
        Ok(Qos::AtMostOnce) => SubackReasonCode::GrantedQos0,
        Ok(Qos::AtLeastOnce) => SubackReasonCode::GrantedQos1,
        Err(Refusal::NotAuthorized) => SubackReasonCode::NotAuthorized,
        Err(Refusal::NotEmulated(_)) => SubackReasonCode::ImplementationSpecificError,
        Err(Refusal::QuotaExceeded) => SubackReasonCode::QuotaExceeded,
        Err(_) => SubackReasonCode::TopicFilterInvalid,
    }
}

fn unsuback_code(existed: bool) -> UnsubackReasonCode {
    if existed {
        UnsubackReasonCode::Success
    } else {
        UnsubackReasonCode::NoSubscriptionExisted
    }
}

fn disconnect_code(refusal: Refusal) -> DisconnectReasonCode {
    match refusal {
        Refusal::MalformedPacket => DisconnectReasonCode::MalformedPacket,
        Refusal::ProtocolError | Refusal::BadAuthenticationMethod => {
            DisconnectReasonCode::ProtocolError
        }
        Refusal::NotAuthorized => DisconnectReasonCode::NotAuthorized,
        Refusal::NotEmulated(_) => DisconnectReasonCode::ImplementationSpecificError,
        Refusal::ServerShuttingDown => DisconnectReasonCode::ServerShuttingDown,
        Refusal::KeepAliveTimeout => DisconnectReasonCode::KeepAliveTimeout,
        Refusal::SessionTakenOver => DisconnectReasonCode::SessionTakenOver,
        Refusal::TopicFilterInvalid => DisconnectReasonCode::TopicFilterInvalid,
        Refusal::TopicNameInvalid => DisconnectReasonCode::TopicNameInvalid,
        Refusal::PacketTooLarge => DisconnectReasonCode::PacketTooLarge,
        Refusal::QuotaExceeded => DisconnectReasonCode::QuotaExceeded,
        Refusal::QosNotSupported => DisconnectReasonCode::QosNotSupported,
        Refusal::SubscriptionIdentifiersNotSupported => {
            DisconnectReasonCode::SubscriptionIdentifiersNotSupported
        }
        Refusal::ClientIdentifierNotValid | Refusal::Silent => {
            DisconnectReasonCode::UnspecifiedError
        }
    }
}
