//! Errors of the device's client, each with the likely cause and the next step.

use std::fmt::Write;
use std::time::Duration;

use crate::cause::Cause;
use crate::device::peer::Peer;
use crate::device::reason::Reason;
use crate::protocol::{JobsTopic, Operation, ThingName, Topic};
use crate::text;

/// The longest text of a server that an error repeats, in characters.
const QUOTE_LIMIT: usize = 200;

/// The last stage that a connection reached before the server stopped responding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilentStage {
    /// The name was not resolved in time.
    Name,
    /// No TCP connection was made in time.
    Tcp,
    /// The port is open, but TLS or MQTT got no answer.
    Handshake,
}

/// Why the client is not connected. Each text ends with the next step, on its own line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The text is not a host name.
    #[error("`{host}` is not a host name\ngive the name alone, without `https://`, port or path")]
    InvalidHost { host: String },
    /// The client id is longer than MQTT can carry, which is 65535 bytes.
    #[error("the client id has {bytes} bytes\ngive one of 1 to 128 bytes")]
    ClientIdTooLong { bytes: usize },
    /// The name has no address.
    #[error(
        "the name `{host}` cannot be resolved: {detail}\ncheck its spelling and the network; `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it"
    )]
    NameNotResolved {
        host: String,
        /// The error of the resolver.
        detail: String,
    },
    /// Nothing listens on the port.
    #[error(
        "nothing listens on {0} (connection refused)\ncheck the port (AWS IoT offers MQTT on 8883 and 443), and that the service is running"
    )]
    Refused(Peer),
    /// The network cannot reach the host.
    #[error("{peer} cannot be reached: {detail}\ncheck the network")]
    Unreachable {
        peer: Peer,
        /// The error of the operating system.
        detail: String,
    },
    #[error("no answer from {peer} within {after:?}{}", silence(*.stage))]
    Timeout {
        peer: Peer,
        /// The last stage.
        stage: SilentStage,
        /// How long the client tried.
        after: Duration,
    },
    /// The peer does not use TLS.
    #[error(
        "{peer} does not speak TLS: {detail}\ncheck the port: AWS IoT offers MQTT over TLS on 8883 and 443"
    )]
    NotTls { peer: Peer, detail: String },
    /// The peer accepts TCP, and closes the connection before TLS is established.
    #[error(
        "{0} hung up during the TLS handshake\ncheck that this port is for MQTT over TLS; AWS IoT uses 8883 and 443"
    )]
    HungUpInTls(Peer),
    /// The server does not support any protocol that ALPN offered.
    #[error(
        "the server does not offer MQTT on {0} (ALPN x-amzn-mqtt-ca refused)\ncheck the endpoint and the port: AWS IoT offers MQTT on 443 at its data endpoint, and on 8883 without ALPN"
    )]
    WrongAlpn(Peer),
    /// The server's certificate comes from an authority that is not trusted here.
    #[error(
        "the certificate of `{host}` is from an unknown authority{}\ngive its CA file with --ca-file and start again; for AWS IoT give Amazon Root CA 1, or no CA file",
        called(.authority.as_deref())
    )]
    UnknownIssuer {
        host: String,
        /// The name of that authority, if known.
        authority: Option<String>,
    },
    /// The same, for a server that was trusted before in this run.
    #[error(
        "the certificate of `{host}` is now from another authority{}\n`jobs-sandbox serve` makes new certificates at each start: end this program, and start it with the new files",
        called(.authority.as_deref())
    )]
    NewAuthority {
        host: String,
        /// The name of that authority, if known.
        authority: Option<String>,
    },
    /// The server's certificate is for other names.
    #[error("the certificate of the server is not for `{host}`{}\ngive the endpoint by a name in its certificate", presented_names(.presented))]
    HostMismatch {
        /// The requested name.
        host: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// The server's certificate has expired.
    #[error(
        "the certificate of `{host}` has expired\ncheck the clock of this machine; if it is right, the server needs a new certificate"
    )]
    ServerCertificateExpired { host: String },
    /// The server's certificate is not valid yet.
    #[error("the certificate of `{host}` is not valid yet\ncheck the clock of this machine")]
    ServerCertificateNotYetValid { host: String },
    /// TLS failed in another way.
    #[error(
        "TLS with `{host}` failed: {detail}\ncheck the endpoint, the port and the certificates"
    )]
    Tls { host: String, detail: String },
    /// The server sent a TLS alert about this client's certificate.
    #[error(
        "the server refused the client certificate (TLS alert: {alert})\ncheck that it is registered and active in this account and region, and not expired"
    )]
    ClientCertificateRefused { alert: String },
    /// CONNACK 0x87.
    #[error(
        "the server refused client id `{client_id}` (CONNACK {})\nattach a policy that allows iot:Connect on client/{client_id} to the certificate, and activate it",
        Reason::NOT_AUTHORIZED
    )]
    NotAuthorized { client_id: String },
    #[error(
        "the server refused the connection (CONNACK {reason})\ncheck the client id `{client_id}`, and retry later"
    )]
    RefusedByServer { client_id: String, reason: Reason },
    /// The server hung up instead of a CONNACK.
    #[error(
        "the server hung up after TLS without a reason\ncheck that a policy allows iot:Connect for client id `{client_id}`, and that the certificate is registered there and active"
    )]
    HungUp { client_id: String },
    /// Some filters of the SUBSCRIBE were refused.
    #[error("the server refused the subscription{}\nallow iot:Subscribe on these in the policy, as topicfilter/…", refused_filters(.filters))]
    SubscriptionRefused {
        /// Each refused filter with the reason.
        filters: Vec<(String, Reason)>,
    },
    /// The server hung up instead of a SUBACK.
    #[error(
        "the server hung up on the subscription\nallow iot:Subscribe on topicfilter/{} in the policy",
        JobsTopic::covering(.thing)
    )]
    HungUpOnSubscribe { thing: ThingName },
    /// Not MQTT 5, or not a valid answer.
    #[error(
        "{peer} does not answer as an MQTT 5 server: {detail}\ncheck the endpoint and the port; on port 443 AWS IoT needs ALPN"
    )]
    Protocol { peer: Peer, detail: String },
}

impl ConnectError {
    /// The same error, for a server that was trusted before.
    pub(crate) fn of_trusted(self) -> Self {
        match self {
            Self::UnknownIssuer { host, authority } => Self::NewAuthority { host, authority },
            other => other,
        }
    }
}

fn silence(stage: SilentStage) -> &'static str {
    match stage {
        SilentStage::Name => ": the name was not resolved\ncheck the network and its name server",
        SilentStage::Tcp => ": no TCP connection\ncheck host, port and firewalls",
        SilentStage::Handshake => {
            ": the port is open, but TLS and MQTT get no answer\ncheck that this port is for MQTT over TLS"
        }
    }
}

fn called(authority: Option<&str>) -> String {
    authority.map_or_else(String::new, |name| format!(", `{}`", quote(name)))
}

fn presented_names(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = names.iter().take(5).map(|name| quote(name)).collect();
    format!(", only for {}", names.join(", "))
}

fn refused_filters(filters: &[(String, Reason)]) -> String {
    let mut text = String::new();
    for (filter, reason) in filters {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {filter} ({reason})");
    }
    text
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LossReason {
    /// DISCONNECT 0x8E.
    #[error(
        "another client connected with the same client id ({})",
        Reason::from_code(0x8E)
    )]
    TakenOver,
    /// DISCONNECT with another reason.
    #[error("the server disconnected ({reason}){}", said(.text.as_deref().filter(|text| *text != .reason.name)))]
    Disconnected {
        reason: Reason,
        /// The server's text, if it sent any; bounded and without control characters.
        text: Option<String>,
    },
    /// The connection ended without a DISCONNECT.
    #[error("the server hung up")]
    HungUp,
    /// The same, soon after the client had reconnected. rumqttc does not distinguish a DISCONNECT without properties from a
    /// hang-up, so this may also be a take-over.
    #[error("the server hung up again; another client may be using the client id `{client_id}`")]
    HungUpAgain { client_id: String },
    /// The server no longer answers.
    #[error("the server stopped responding")]
    Silent,
    #[error("{0}")]
    Network(String),
    /// The server sent something that is not allowed, or an acknowledgement did not arrive.
    #[error("protocol error: {0}")]
    Protocol(String),
    /// This side dropped it, as a cable that is pulled does.
    #[error("cut by the agent's plan for {lasts:?}")]
    CutHere {
        /// How long the connection is gone, unless a further cut extends it.
        lasts: Duration,
    },
    /// This client closed it.
    #[error("closed here")]
    Closed,
}

fn said(text: Option<&str>) -> String {
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

/// Why a request has no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The client is not connected, and an attempt to connect failed. The request was not sent.
    #[error("not connected, so {} was not sent: {cause}", .operation.name())]
    NotConnected {
        operation: Operation,
        cause: Box<ConnectError>,
    },
    /// The connection was lost while the request waited.
    #[error("connection lost during {}: {reason}{}", .operation.name(), outcome(.operation, *.sent))]
    ConnectionLost {
        operation: Operation,
        reason: LossReason,
        /// It had been handed to the connection, so the service may have carried it out.
        sent: bool,
    },
    /// No reply in time.
    #[error("no reply to {} within {after:?}{}", .operation.name(), late(.operation, *.sent, *.acknowledged))]
    Timeout {
        operation: Operation,
        /// How long it waited.
        after: Duration,
        /// It had been handed to the connection.
        sent: bool,
        /// The service had acknowledged it (PUBACK).
        acknowledged: bool,
    },
    /// The PUBACK carried a refusal. The connection stays.
    #[error("the server refused the message of {} (PUBACK {reason}){}", .operation.name(), refusal(.thing, .operation, *.reason))]
    Refused {
        thing: ThingName,
        operation: Operation,
        reason: Reason,
    },
    /// The message is too large. It was not sent.
    #[error("the message has {bytes} bytes; the limit is {limit}\nshorten statusDetails")]
    TooLarge {
        bytes: usize,
        /// The limit in bytes: <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>
        limit: usize,
    },
    /// The topic is longer than MQTT can carry, which is 65535 bytes. It was not sent.
    #[error("the topic has {bytes} bytes, which MQTT cannot carry\ngive a shorter job id")]
    TopicTooLong { bytes: usize },
    /// Too many requests wait. It was not sent.
    #[error("{limit} requests are already waiting for a reply\nwait for some of them")]
    TooMany { limit: usize },
    /// A request of the same operation with the same token waits. It was not sent.
    #[error(
        "a request with the client token `{token}` is already waiting for its reply\ngive another token, or none"
    )]
    TokenInUse { token: String },
    /// The client was closed.
    #[error("the client is closed\nconnect a new one")]
    Closed,
}

impl RequestError {
    /// The class of the failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::NotConnected { .. } | Self::ConnectionLost { .. } | Self::Closed => {
                Cause::Connection
            }
            Self::Timeout { .. } => Cause::Timeout,
            Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::TopicTooLong { .. }
            | Self::TooMany { .. }
            | Self::TokenInUse { .. } => Cause::Refused,
        }
    }

    /// The operation, if it changes something and its outcome is unknown.
    pub fn unknown_outcome(&self) -> Option<&Operation> {
        match self {
            Self::ConnectionLost {
                operation,
                sent: true,
                ..
            }
            | Self::Timeout {
                operation,
                sent: true,
                ..
            } if operation.is_change() => Some(operation),
            _ => None,
        }
    }
}

fn outcome(operation: &Operation, sent: bool) -> &'static str {
    match (sent, operation.is_change()) {
        (false, _) => "\nit was not sent; retry it",
        (true, true) => "\noutcome unknown: it may have been carried out",
        (true, false) => "\nretry it",
    }
}

fn late(operation: &Operation, sent: bool, acknowledged: bool) -> String {
    let hint = if acknowledged {
        "\nthe server has the message; check that the policy allows iot:Receive for the reply"
    } else {
        ""
    };
    format!("{hint}{}", outcome(operation, sent))
}

fn refusal(thing: &ThingName, operation: &Operation, reason: Reason) -> String {
    if reason != Reason::NOT_AUTHORIZED {
        return String::new();
    }
    let topic = JobsTopic {
        thing: thing.clone(),
        topic: Topic::Request(operation.clone()),
    };
    format!("\nallow iot:Publish on topic/{topic} in the policy")
}

/// A text of a server, made safe to show: bounded, and without control characters.
pub(crate) fn quote(text: &str) -> String {
    let (shown, cut) = match text.char_indices().nth(QUOTE_LIMIT) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    };
    text::mask(shown, '\u{FFFD}') + cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{JobId, JobRef};

    fn update() -> Operation {
        Operation::UpdateJobExecution(JobId::new("J").expect("a job id"))
    }

    #[test]
    fn a_text_names_the_cause_and_the_next_step() {
        let host = "h".to_owned();
        let peer = |port| Peer {
            host: host.clone(),
            port,
        };
        let describe = Operation::DescribeJobExecution(JobRef::Next);
        let lost = |operation, sent| RequestError::ConnectionLost {
            operation,
            reason: LossReason::TakenOver,
            sent,
        };
        let late = |operation, sent, acknowledged| RequestError::Timeout {
            operation,
            after: Duration::from_secs(30),
            sent,
            acknowledged,
        };
        let texts: [(&dyn std::error::Error, &str); 12] = [
            (
                &ConnectError::Timeout {
                    peer: peer(1),
                    stage: SilentStage::Tcp,
                    after: Duration::from_secs(10),
                },
                "no answer from h:1 within 10s: no TCP connection\ncheck host, port and firewalls",
            ),
            (
                &ConnectError::HostMismatch {
                    host: host.clone(),
                    presented: vec!["a".to_owned(), "b\u{1b}[2J".to_owned()],
                },
                "the certificate of the server is not for `h`, only for a, b\u{FFFD}[2J\n\
                 give the endpoint by a name in its certificate",
            ),
            (
                &ConnectError::SubscriptionRefused {
                    filters: vec![("f".to_owned(), Reason::NOT_AUTHORIZED)],
                },
                "the server refused the subscription\n  f (0x87 not authorized)\n\
                 allow iot:Subscribe on these in the policy, as topicfilter/…",
            ),
            (
                &ConnectError::WrongAlpn(peer(443)),
                "the server does not offer MQTT on h:443 (ALPN x-amzn-mqtt-ca refused)\n\
                 check the endpoint and the port: AWS IoT offers MQTT on 443 at its data endpoint, and on 8883 without ALPN",
            ),
            (
                &LossReason::HungUpAgain {
                    client_id: "lamp-1".to_owned(),
                },
                "the server hung up again; another client may be using the client id `lamp-1`",
            ),
            (
                &LossReason::CutHere {
                    lasts: Duration::from_secs(30),
                },
                "cut by the agent's plan for 30s",
            ),
            (
                &lost(update(), true),
                "connection lost during UpdateJobExecution: \
                 another client connected with the same client id (0x8E session taken over)\n\
                 outcome unknown: it may have been carried out",
            ),
            (
                &lost(update(), false),
                "connection lost during UpdateJobExecution: \
                 another client connected with the same client id (0x8E session taken over)\n\
                 it was not sent; retry it",
            ),
            (
                &late(describe.clone(), true, false),
                "no reply to DescribeJobExecution within 30s\nretry it",
            ),
            (
                &late(describe.clone(), true, true),
                "no reply to DescribeJobExecution within 30s\n\
                 the server has the message; check that the policy allows iot:Receive for the reply\nretry it",
            ),
            (
                &RequestError::Refused {
                    thing: ThingName::new("lamp").expect("a thing"),
                    operation: describe.clone(),
                    reason: Reason::NOT_AUTHORIZED,
                },
                "the server refused the message of DescribeJobExecution (PUBACK 0x87 not authorized)\n\
                 allow iot:Publish on topic/$aws/things/lamp/jobs/$next/get in the policy",
            ),
            (
                &RequestError::NotConnected {
                    operation: describe,
                    cause: Box::new(ConnectError::ServerCertificateNotYetValid {
                        host: host.clone(),
                    }),
                },
                "not connected, so DescribeJobExecution was not sent: the certificate of `h` is not valid yet\n\
                 check the clock of this machine",
            ),
        ];
        for (error, expected) in texts {
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_quoted_text_is_bounded_and_plain() {
        for (text, expected) in [
            ("as it is", "as it is".to_owned()),
            (
                "a\r\n\u{1b}b\u{9b}c",
                "a\u{FFFD}\u{FFFD}\u{FFFD}b\u{FFFD}c".to_owned(),
            ),
            (&"é".repeat(QUOTE_LIMIT), "é".repeat(QUOTE_LIMIT)),
            (
                &"é".repeat(QUOTE_LIMIT + 1),
                format!("{}…", "é".repeat(QUOTE_LIMIT)),
            ),
        ] {
            assert_eq!(quote(text), expected);
        }
    }
}
