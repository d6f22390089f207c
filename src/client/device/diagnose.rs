//! Translates errors of rumqttc and rustls: from what happened to what the user can do about it.

use std::fmt;
use std::io;

use rumqttc::v5::mqttbytes::Error as CodecError;
use rumqttc::v5::mqttbytes::v5::{
    ConnectReturnCode, DisconnectReasonCode, PubAckReason, SubscribeReasonCode,
};
use rumqttc::v5::{ConnectionError, StateError, TlsError};
use rustls::{AlertDescription, CertificateError};

use crate::device::error::{ConnectError, LossReason, SilentStage, quote};
use crate::device::options::ConnectOptions;
use crate::device::reason::Reason;
use crate::tls::UntrustedAuthority;

/// Why an attempt to connect failed; `accepted` if a CONNACK had accepted it.
pub(crate) fn connect_error(
    options: &ConnectOptions,
    error: &ConnectionError,
    accepted: bool,
) -> ConnectError {
    match error {
        ConnectionError::Timeout(_) => ConnectError::Timeout {
            peer: options.peer(),
            stage: SilentStage::Handshake,
            after: options.connect_timeout,
        },
        // rumqttc fails in this way only for the socket.
        ConnectionError::Io(error) => tcp_error(options, error),
        ConnectionError::Tls(TlsError::Io(error)) => match rustls_error(error) {
            Some(error) => tls_error(options, error),
            None => ConnectError::HungUpInTls(options.peer()),
        },
        ConnectionError::Tls(TlsError::TLS(error)) => tls_error(options, error),
        ConnectionError::Tls(error) => tls_failure(options, error),
        ConnectionError::ConnectionRefused(code) => refused(options, connack_code(*code)),
        ConnectionError::MqttState(error) => mqtt_error(options, error, accepted),
        ConnectionError::NotConnAck(_) => {
            let detail = "its first packet is not the answer to CONNECT";
            protocol_error(options, &detail)
        }
        ConnectionError::RequestsDone => protocol_error(options, error),
    }
}

/// TLS was established, and MQTT failed.
fn mqtt_error(options: &ConnectOptions, error: &StateError, accepted: bool) -> ConnectError {
    match error {
        StateError::ConnFail { reason } => refused(options, connack_code(*reason)),
        StateError::Deserialization(CodecError::InvalidConnectReturnCode(code)) => {
            refused(options, *code)
        }
        StateError::ConnectionAborted => hung_up(options, accepted),
        StateError::Io(error) | StateError::Deserialization(CodecError::Io(error)) => {
            match rustls_error(error) {
                Some(error) => tls_error(options, error),
                None => hung_up(options, accepted),
            }
        }
        StateError::ServerDisconnect {
            reason_code,
            reason_string,
        } => {
            let reason = disconnected(*reason_code, reason_string.as_deref());
            protocol_error(options, &reason)
        }
        error => protocol_error(options, &broken(error)),
    }
}

fn protocol_error(options: &ConnectOptions, detail: &dyn fmt::Display) -> ConnectError {
    ConnectError::Protocol {
        peer: options.peer(),
        detail: quote(&detail.to_string()),
    }
}

fn refused(options: &ConnectOptions, code: u8) -> ConnectError {
    let client_id = quote(&options.client_id);
    let reason = Reason::from_code(code);
    if reason == Reason::NOT_AUTHORIZED {
        ConnectError::NotAuthorized { client_id }
    } else {
        ConnectError::RefusedByServer { client_id, reason }
    }
}

fn hung_up(options: &ConnectOptions, accepted: bool) -> ConnectError {
    if accepted {
        ConnectError::HungUpOnSubscribe {
            thing: options.thing.clone(),
        }
    } else {
        ConnectError::HungUp {
            client_id: quote(&options.client_id),
        }
    }
}

fn tcp_error(options: &ConnectOptions, error: &io::Error) -> ConnectError {
    let peer = options.peer();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused(peer),
        // The server accepted TCP and closed the connection before TLS began.
        io::ErrorKind::ConnectionReset => ConnectError::HungUpInTls(peer),
        _ => ConnectError::Unreachable {
            peer,
            detail: error.to_string(),
        },
    }
}

fn tls_error(options: &ConnectOptions, error: &rustls::Error) -> ConnectError {
    match error {
        rustls::Error::InvalidMessage(_) => ConnectError::NotTls {
            peer: options.peer(),
            detail: "its first bytes are not TLS".to_owned(),
        },
        rustls::Error::InvalidCertificate(error) => server_certificate_error(options, error),
        rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            ConnectError::WrongAlpn(options.peer())
        }
        rustls::Error::AlertReceived(alert) if concerns_client_certificate(*alert) => {
            ConnectError::ClientCertificateRefused {
                alert: format!("{alert:?}"),
            }
        }
        _ => tls_failure(options, error),
    }
}

/// This client refuses the certificate of the server.
fn server_certificate_error(options: &ConnectOptions, error: &CertificateError) -> ConnectError {
    let host = options.host.clone();
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            ConnectError::UnknownIssuer {
                host,
                authority: None,
            }
        }
        CertificateError::Other(other) if other.0.is::<UntrustedAuthority>() => {
            let authority = other.0.downcast_ref::<UntrustedAuthority>();
            ConnectError::UnknownIssuer {
                host,
                authority: authority.map(|authority| authority.name.clone()),
            }
        }
        CertificateError::NotValidForName => ConnectError::HostMismatch {
            host,
            presented: Vec::new(),
        },
        CertificateError::NotValidForNameContext { presented, .. } => ConnectError::HostMismatch {
            host,
            presented: presented.iter().map(|name| plain_name(name)).collect(),
        },
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            ConnectError::ServerCertificateExpired { host }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ConnectError::ServerCertificateNotYetValid { host }
        }
        _ => tls_failure(options, error),
    }
}

fn tls_failure(options: &ConnectOptions, error: &dyn fmt::Display) -> ConnectError {
    ConnectError::Tls {
        host: options.host.clone(),
        detail: quote(&error.to_string()),
    }
}

/// Servers use different alerts for a client certificate that they do not accept. A failed handshake may have other causes,
/// but this is the likely one once the server's own certificate was accepted.
fn concerns_client_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError
            | AlertDescription::CertificateRequired
    )
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// rustls writes the names of a certificate as `DnsName("localhost")`.
fn plain_name(name: &str) -> String {
    name.split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .map_or(name, |inner| inner.trim_matches('"'))
        .to_owned()
}

/// How MQTT was violated.
fn broken(error: &StateError) -> String {
    match error {
        StateError::Deserialization(CodecError::PayloadSizeLimitExceeded { pkt_size, max }) => {
            format!("received a packet of {pkt_size} bytes; the limit is {max}")
        }
        StateError::Deserialization(error) => {
            format!("received a packet that is not MQTT 5 ({error})")
        }
        StateError::Unsolicited(packet_id) => {
            format!("the server acknowledged packet id {packet_id}, which is not in use")
        }
        StateError::CollisionTimeout => "an acknowledgement did not arrive".to_owned(),
        error => error.to_string(),
    }
}

/// Why an established connection ended.
pub(crate) fn loss_reason(error: &ConnectionError) -> LossReason {
    match error {
        ConnectionError::MqttState(StateError::ServerDisconnect {
            reason_code,
            reason_string,
        }) => disconnected(*reason_code, reason_string.as_deref()),
        // Besides PINGRESP, the only packet of a server that may be empty is a DISCONNECT without a reason.
        ConnectionError::MqttState(StateError::Deserialization(CodecError::PayloadRequired)) => {
            disconnected(DisconnectReasonCode::NormalDisconnection, None)
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => LossReason::HungUp,
        ConnectionError::MqttState(StateError::AwaitPingResp) | ConnectionError::Timeout(_) => {
            LossReason::Silent
        }
        ConnectionError::Io(error)
        | ConnectionError::MqttState(
            StateError::Io(error) | StateError::Deserialization(CodecError::Io(error)),
        ) => match error.kind() {
            // The error of TLS if the peer closes TCP without notice.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => LossReason::HungUp,
            _ => LossReason::Network(quote(&error.to_string())),
        },
        ConnectionError::MqttState(error) => LossReason::Protocol(quote(&broken(error))),
        error => LossReason::Protocol(quote(&error.to_string())),
    }
}

fn disconnected(code: DisconnectReasonCode, text: Option<&str>) -> LossReason {
    if code == DisconnectReasonCode::SessionTakenOver {
        return LossReason::TakenOver;
    }
    LossReason::Disconnected {
        reason: Reason::from_code(code as u8),
        text: text.map(quote),
    }
}

/// The reason of a PUBACK, if it is a refusal.
pub(crate) fn puback_refusal(reason: PubAckReason) -> Option<Reason> {
    let code = match reason {
        PubAckReason::Success | PubAckReason::NoMatchingSubscribers => return None,
        PubAckReason::UnspecifiedError => 0x80,
        PubAckReason::ImplementationSpecificError => 0x83,
        PubAckReason::NotAuthorized => 0x87,
        PubAckReason::TopicNameInvalid => 0x90,
        PubAckReason::PacketIdentifierInUse => 0x91,
        PubAckReason::QuotaExceeded => 0x97,
        PubAckReason::PayloadFormatInvalid => 0x99,
    };
    Some(Reason::from_code(code))
}

/// The reason of one filter in a SUBACK, if it is a refusal.
pub(crate) fn suback_refusal(reason: SubscribeReasonCode) -> Option<Reason> {
    let code = match reason {
        SubscribeReasonCode::Success(_) => return None,
        SubscribeReasonCode::Failure | SubscribeReasonCode::Unspecified => 0x80,
        SubscribeReasonCode::ImplementationSpecific => 0x83,
        SubscribeReasonCode::NotAuthorized => 0x87,
        SubscribeReasonCode::TopicFilterInvalid => 0x8F,
        SubscribeReasonCode::PkidInUse => 0x91,
        SubscribeReasonCode::QuotaExceeded => 0x97,
        SubscribeReasonCode::SharedSubscriptionsNotSupported => 0x9E,
        SubscribeReasonCode::SubscriptionIdNotSupported => 0xA1,
        SubscribeReasonCode::WildcardSubscriptionsNotSupported => 0xA2,
    };
    Some(Reason::from_code(code))
}

fn connack_code(code: ConnectReturnCode) -> u8 {
    match code {
        ConnectReturnCode::Success => 0x00,
        ConnectReturnCode::UnspecifiedError => 0x80,
        ConnectReturnCode::MalformedPacket => 0x81,
        ConnectReturnCode::ProtocolError => 0x82,
        ConnectReturnCode::ImplementationSpecificError => 0x83,
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => 0x84,
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => 0x85,
        ConnectReturnCode::BadUserNamePassword => 0x86,
        ConnectReturnCode::NotAuthorized => 0x87,
        ConnectReturnCode::ServiceUnavailable | ConnectReturnCode::ServerUnavailable => 0x88,
        ConnectReturnCode::ServerBusy => 0x89,
        ConnectReturnCode::Banned => 0x8A,
        ConnectReturnCode::BadAuthenticationMethod => 0x8C,
        ConnectReturnCode::TopicNameInvalid => 0x90,
        ConnectReturnCode::PacketTooLarge => 0x95,
        ConnectReturnCode::QuotaExceeded => 0x97,
        ConnectReturnCode::PayloadFormatInvalid => 0x99,
        ConnectReturnCode::RetainNotSupported => 0x9A,
        ConnectReturnCode::QoSNotSupported => 0x9B,
        ConnectReturnCode::UseAnotherServer => 0x9C,
        ConnectReturnCode::ServerMoved => 0x9D,
        ConnectReturnCode::ConnectionRateExceeded => 0x9F,
    }
}
