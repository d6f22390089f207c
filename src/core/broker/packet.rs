//! The inputs and outputs of the broker: MQTT 3.1.1 and 5 packets without their encoding.

use std::borrow::Cow;
use std::sync::Arc;

use crate::broker::limits::MESSAGE_BYTES_MIN;
use crate::broker::reserved::AbsentService;
use crate::policy::ConnectionOrigin;
use crate::text;

/// The version of MQTT that a client speaks. AWS reports refusals on 5 and hangs up on 3.1.1.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1.
    V3,
    /// MQTT 5.
    V5,
}

/// The QoS of a delivery. AWS has no QoS 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qos {
    /// QoS 0.
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce,
}

impl Qos {
    /// The QoS that a client is granted if it asks for 0, 1 or 2.
    pub(crate) const fn granted(asked: u8) -> Self {
        if asked == 0 {
            Self::AtMostOnce
        } else {
            Self::AtLeastOnce
        }
    }
}

/// One connection of one client; the number is used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// The identity of a client: what policies decide by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The MQTT client id.
    pub client_id: String,
    /// Lower-case hexadecimal SHA-256 of the client certificate's DER.
    pub certificate_id: String,
    pub origin: Arc<ConnectionOrigin>,
}

#[derive(Debug, Clone)]
pub struct Connect {
    /// The version spoken from here on.
    pub version: Version,
    /// The identity of the client; the server may have assigned the client id.
    pub identity: ClientIdentity,
    /// Whether the server assigned the client id because the client sent none.
    pub assigned: bool,
    /// MQTT 5 Clean Start, 3.1.1 Clean Session.
    pub clean_start: bool,
    /// How long the session outlives the connection, in seconds, as requested.
    pub session_expiry_s: u32,
    /// How many unacknowledged QoS 1 messages the client accepts at a time.
    pub receive_maximum: u16,
    /// Published if the connection ends without a DISCONNECT.
    pub will: Option<Will>,
}

#[derive(Debug, Clone)]
pub struct Will {
    pub message: MqttMessage,
    /// The QoS that the client asked for, 0 to 2.
    pub qos: u8,
    /// How long after the end of the connection, in seconds.
    pub delay_s: u32,
}

/// A PUBLISH of a client.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Absent at QoS 0.
    pub packet_id: Option<u16>,
    /// 0 to 2.
    pub qos: u8,
    pub message: MqttMessage,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MqttMessage {
    /// The topic on which it is published.
    pub topic: String,
    /// At most 128 KB.
    pub payload: Arc<[u8]>,
    /// Whether the broker keeps it for later subscribers of exactly this topic.
    pub retain: bool,
    /// MQTT 5 only.
    pub properties: Properties,
    /// When it expires, in milliseconds since the epoch; the broker sets this on arrival.
    pub expires_ms: Option<u64>,
}

impl MqttMessage {
    /// The approximate memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let Properties {
            content_type,
            response_topic,
            correlation_data,
            user,
            ..
        } = &self.properties;
        let texts = [content_type, response_topic].into_iter().flatten();
        let texts = texts.map(String::len).sum::<usize>();
        let user = user.iter().map(|(key, value)| key.len() + value.len());
        let data = correlation_data.as_ref().map_or(0, Vec::len);
        let properties = texts + data + user.sum::<usize>();
        MESSAGE_BYTES_MIN + self.topic.len() + self.payload.len() + properties
    }

    pub(crate) fn has_expired(&self, now_ms: u64) -> bool {
        self.expires_ms
            .is_some_and(|expires_ms| expires_ms <= now_ms)
    }
}

/// The properties of an MQTT 5 message; the broker carries them and reads only the expiry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    /// Whether the payload is UTF-8 text.
    pub is_text: Option<bool>,
    /// After how long the message expires, in seconds.
    pub expiry_s: Option<u32>,
    /// The type of the payload.
    pub content_type: Option<String>,
    /// The topic on which a response is expected.
    pub response_topic: Option<String>,
    /// What the response repeats.
    pub correlation_data: Option<Vec<u8>>,
    /// User properties, in order.
    pub user: Vec<(String, String)>,
}

/// One filter of a SUBSCRIBE.
#[derive(Debug, Clone)]
pub struct SubscribeFilter {
    /// As the client wrote it.
    pub text: String,
    /// 0 to 2; 2 is granted as 1.
    pub qos: u8,
    /// When the client wants retained messages.
    pub retain_handling: RetainHandling,
}

/// MQTT 5 Retain Handling; 3.1.1 is always [`RetainHandling::Always`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetainHandling {
    Always,
    /// Only if the subscription is new.
    IfNew,
    Never,
}

/// What the broker answers and sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerOutput {
    Connack {
        /// Whether the client's earlier session is resumed.
        session_present: bool,
        /// The client id, if the server assigned it.
        assigned_client_id: Option<Box<str>>,
        /// How long the session really outlives the connection, in seconds, if not as requested.
        session_expiry_s: Option<u32>,
    },
    /// The connection is refused and closes. On 3.1.1 [`Refusal::NotAuthorized`] only closes it.
    Refuse(Refusal),
    /// Acknowledges a QoS 1 message, or (MQTT 5) refuses it.
    Puback {
        packet_id: u16,
        /// The reason if it was refused.
        refusal: Option<Refusal>,
    },
    /// Answers a SUBSCRIBE, filter by filter.
    Suback {
        packet_id: u16,
        /// In the order of the filters.
        results: Box<[Result<Qos, Refusal>]>,
    },
    /// Answers an UNSUBSCRIBE, filter by filter.
    Unsuback {
        packet_id: u16,
        /// Whether each subscription existed, in the order of the filters.
        existed: Box<[bool]>,
    },
    /// A message for the client.
    Deliver(Delivery),
    /// The broker ends the connection. Nothing follows.
    Close(Refusal),
}

// The channel of each connection keeps room for 32 of them, also while the client is idle.
const _: () = assert!(size_of::<BrokerOutput>() <= 32);

impl BrokerOutput {
    /// The approximate memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Deliver(delivery) => delivery.message.bytes(),
            _ => MESSAGE_BYTES_MIN,
        }
    }
}

/// Outputs of the broker, in order, each with its connection.
pub type Outputs = Vec<(ConnectionId, BrokerOutput)>;

/// One PUBLISH to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub message: Arc<MqttMessage>,
    /// Absent at QoS 0.
    pub packet_id: Option<u16>,
    /// The DUP flag: the message was sent before, on an earlier connection of the session.
    pub dup: bool,
    /// Whether the message was sent before on this connection.
    pub is_repeat: bool,
    /// Whether it comes from the store of retained messages.
    pub retain: bool,
    /// What is left of the message's expiry, in seconds.
    pub expiry_s: Option<u32>,
}

/// Why the broker refuses something or ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 0x81: the packet does not have the form that the protocol prescribes.
    MalformedPacket,
    /// 0x82: the client broke the protocol.
    ProtocolError,
    /// 0x85: the client id is not allowed to be empty, is too long, or starts with `$`.
    ClientIdentifierNotValid,
    /// 0x83: it concerns a service of AWS that is not emulated. AWS itself does not use this code.
    NotEmulated(AbsentService),
    /// 0x87: the policies do not allow it, or the certificate is not active.
    NotAuthorized,
    /// 0x8B: the server stops.
    ServerShuttingDown,
    /// 0x8C: enhanced authentication is not supported.
    BadAuthenticationMethod,
    /// 0x8D: nothing was received for 1.5 times the keep-alive.
    KeepAliveTimeout,
    /// 0x8E: another connection now uses the client id.
    SessionTakenOver,
    /// 0x8F: the filter is malformed, too long, too deep, or reserved.
    TopicFilterInvalid,
    /// 0x90: the topic is malformed, too long, too deep, or reserved.
    TopicNameInvalid,
    /// 0x95: the payload is larger than 128 KB.
    PacketTooLarge,
    /// 0x97: too many filters or subscriptions, or the client is too slow.
    QuotaExceeded,
    /// 0x9B: QoS 2.
    QosNotSupported,
    /// 0xA1: subscription identifiers.
    SubscriptionIdentifiersNotSupported,
    /// Closed without a packet, as AWS closes a connection with an unknown certificate.
    Silent,
}

impl Refusal {
    /// The text of the Reason String.
    pub fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NotEmulated(service) => return text::not_emulated(service.name()).into(),
            Self::MalformedPacket => "malformed packet",
            Self::ProtocolError => "protocol error",
            Self::ClientIdentifierNotValid => "client identifier not valid",
            Self::NotAuthorized => "not authorized",
            Self::ServerShuttingDown => "server shutting down",
            Self::BadAuthenticationMethod => "bad authentication method",
            Self::KeepAliveTimeout => "keep alive timeout",
            Self::SessionTakenOver => "session taken over",
            Self::TopicFilterInvalid => "topic filter invalid",
            Self::TopicNameInvalid => "topic name invalid",
            Self::PacketTooLarge => "packet too large",
            Self::QuotaExceeded => "quota exceeded",
            Self::QosNotSupported => "QoS not supported",
            Self::SubscriptionIdentifiersNotSupported => "subscription identifiers not supported",
            Self::Silent => "closed",
        })
    }
}
