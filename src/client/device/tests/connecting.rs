//! The first connection, and why it fails.

use std::sync::Arc;
use std::time::Duration;

use mqtt_protocol_core::mqtt::packet::{Packet, Qos};
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, SubackReasonCode};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::device::tests::server::{Authority, Server};
use crate::device::tests::{message, next, topic, within};
use crate::device::{
    Client, ConnectError, ConnectOptions, ConnectionState, Peer, Reason, SilentStage,
};
use crate::protocol::{EventName, ThingName};

#[tokio::test]
async fn connecting_takes_one_connect_and_one_subscribe() {
    let server = Server::start().await;
    let script = async {
        let mut peer = server.accept().await;
        let connect = peer.connect().await;
        assert_eq!(connect.client_id(), "lamp-1");
        assert_eq!(connect.keep_alive(), 30);
        assert!(connect.clean_start());
        peer.connack(ConnectReasonCode::Success).await;
        let subscribe = peer.subscribe().await;
        let filters: Vec<_> = subscribe
            .entries()
            .iter()
            .map(|entry| (entry.topic_filter().to_owned(), entry.sub_opts().qos()))
            .collect();
        let expected = [
            "notify",
            "notify-next",
            "get/+",
            "start-next/+",
            "+/get/+",
            "+/update/+",
        ];
        assert_eq!(
            filters,
            expected.map(|rest| (topic(rest), Qos::AtLeastOnce))
        );
        // What comes before the SUBACK is not lost.
        peer.publish(&topic("notify"), b"early").await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    };
    let (client, _peer) =
        within(async { tokio::join!(Client::connect(server.options()), script) }).await;
    let (client, mut events) = client.expect("a connection");
    assert_eq!(client.state(), ConnectionState::Connected);
    assert_eq!(
        next(&mut events).await,
        message(EventName::JobExecutionsChanged, "early")
    );
}

/// How a connection fails after TLS.
enum Failure {
    Connack(ConnectReasonCode),
    HangUpOnConnect,
    HangUpOnSubscribe,
    /// The suback refuses these filters, and the server hangs up at once or waits for the client.
    Suback([SubackReasonCode; 6], bool),
    Garbage,
}

#[tokio::test]
async fn a_refusal_names_its_cause() {
    use SubackReasonCode::{GrantedQos1 as Yes, NotAuthorized as No, QuotaExceeded};
    let client_id = "lamp-1".to_owned();
    let not_authorized = Reason::NOT_AUTHORIZED;
    let two_refused = ConnectError::SubscriptionRefused {
        filters: vec![
            (topic("notify-next"), not_authorized),
            (topic("+/update/+"), Reason::from_code(0x97)),
        ],
    };
    let garbage = ConnectError::Protocol {
        peer: Peer {
            host: "localhost".to_owned(),
            port: 8883,
        },
        detail: "received a packet that is not MQTT 5 (Invalid property type = 46)".to_owned(),
    };
    let two = [Yes, No, Yes, Yes, Yes, QuotaExceeded];
    for (failure, expected) in [
        (
            Failure::Connack(ConnectReasonCode::NotAuthorized),
            ConnectError::NotAuthorized {
                client_id: client_id.clone(),
            },
        ),
        (
            Failure::Connack(ConnectReasonCode::ClientIdentifierNotValid),
            ConnectError::RefusedByServer {
                client_id: client_id.clone(),
                reason: Reason::from_code(0x85),
            },
        ),
        (
            Failure::HangUpOnConnect,
            ConnectError::HungUp {
                client_id: client_id.clone(),
            },
        ),
        (
            Failure::HangUpOnSubscribe,
            ConnectError::HungUpOnSubscribe {
                thing: ThingName::new("lamp").expect("a thing"),
            },
        ),
        (Failure::Garbage, garbage),
        (Failure::Suback(two, false), two_refused.clone()),
        (Failure::Suback(two, true), two_refused),
    ] {
        let server = Server::start().await;
        let (connected, ()) = within(async {
            tokio::join!(Client::connect(server.options()), fail(&server, failure))
        })
        .await;
        let mut error = connected.map(|_| ()).expect_err("no connection");
        if let ConnectError::Protocol { peer, .. } = &mut error {
            peer.port = 8883;
        }
        assert_eq!(error, expected);
    }
}

async fn fail(server: &Server, failure: Failure) {
    let mut peer = server.accept().await;
    peer.connect().await;
    match failure {
        Failure::HangUpOnConnect => {}
        Failure::Connack(code) => peer.connack(code).await,
        Failure::Garbage => {
            let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
            peer.send_bytes(answer).await;
        }
        Failure::HangUpOnSubscribe => {
            peer.connack(ConnectReasonCode::Success).await;
            peer.subscribe().await;
        }
        Failure::Suback(codes, at_once) => {
            peer.connack(ConnectReasonCode::Success).await;
            let subscribe = peer.subscribe().await;
            peer.suback(&subscribe, codes).await;
            if !at_once {
                let goodbye = peer.next().await;
                assert!(
                    matches!(goodbye, Some(Packet::V5_0Disconnect(_))),
                    "{goodbye:?}"
                );
            }
        }
    }
    peer.hang_up().await;
}

#[tokio::test]
async fn a_failed_tls_handshake_names_its_cause() {
    let stranger = Authority::new();
    let host = "localhost".to_owned();

    for (name, expired, expected) in [
        (
            "localhost",
            true,
            ConnectError::ServerCertificateExpired { host: host.clone() },
        ),
        (
            "elsewhere.example",
            false,
            ConnectError::HostMismatch {
                host: host.clone(),
                presented: vec!["elsewhere.example".to_owned()],
            },
        ),
    ] {
        let server = Server::start_as(name, expired).await;
        assert_eq!(tls_failure(&server, server.options()).await, expected);
    }

    let server = Server::start().await;
    let mut options = server.options();
    options.tls = stranger.client_config(server.authority());
    assert_eq!(
        tls_failure(&server, options).await,
        ConnectError::UnknownIssuer {
            host: host.clone(),
            authority: None,
        }
    );

    let mut options = server.options();
    let mut tls = (*options.tls).clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    options.tls = Arc::new(tls);
    let wrong_alpn = ConnectError::WrongAlpn(options.peer());
    assert_eq!(tls_failure(&server, options).await, wrong_alpn);

    let mut options = server.options();
    options.tls = server.authority().client_config(&stranger);
    let refused = tls_failure(&server, options).await;
    assert!(
        matches!(refused, ConnectError::ClientCertificateRefused { .. }),
        "{refused:?}"
    );
}

async fn tls_failure(server: &Server, options: ConnectOptions) -> ConnectError {
    let (connected, accepted) =
        within(async { tokio::join!(Client::connect(options), server.try_accept()) }).await;
    assert!(accepted.is_err(), "the server noticed it too");
    connected.map(|_| ()).expect_err("no connection")
}

#[tokio::test]
async fn a_port_without_tls_names_its_cause() {
    let server = Server::start().await;
    for answer in ["", "HTTP/1.1 400 Bad Request\r\n\r\n"] {
        let script = async {
            let mut socket = server.accept_tcp().await;
            let _ = socket.write_all(answer.as_bytes()).await;
        };
        let (connected, ()) =
            within(async { tokio::join!(Client::connect(server.options()), script) }).await;
        let error = connected.map(|_| ()).expect_err("no connection");
        let is_named = match answer {
            "" => matches!(error, ConnectError::HungUpInTls(_)),
            _ => matches!(error, ConnectError::NotTls { .. }),
        };
        assert!(is_named, "{answer:?} {error:?}");
    }

    let mut options = server.options();
    options.connect_timeout = Duration::from_millis(400);
    let silent = within(Client::connect(options.clone())).await;
    let (peer, after) = (options.peer(), options.connect_timeout);
    let stage = SilentStage::Handshake;
    assert_eq!(
        silent.map(|_| ()),
        Err(ConnectError::Timeout { peer, stage, after })
    );

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    options.port = listener.local_addr().expect("an address").port();
    drop(listener);
    let refused = within(Client::connect(options.clone())).await;
    assert_eq!(
        refused.map(|_| ()),
        Err(ConnectError::Refused(options.peer()))
    );

    options.host = "https://endpoint".to_owned();
    let invalid = within(Client::connect(options.clone())).await;
    let host = options.host.clone();
    assert_eq!(invalid.map(|_| ()), Err(ConnectError::InvalidHost { host }));
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_named() {
    let server = Server::start().await;
    let mut options = server.options();
    // Reserved never to exist (RFC 6761); without a network the resolver may take long to report that.
    options.host = "endpoint.invalid".to_owned();
    options.connect_timeout = Duration::from_secs(2);
    let error = within(Client::connect(options)).await.map(|_| ());
    let host_in_error = match &error {
        Err(
            ConnectError::NameNotResolved { host, .. }
            | ConnectError::Timeout {
                peer: Peer { host, .. },
                stage: SilentStage::Name,
                ..
            },
        ) => host,
        other => panic!("not about the name: {other:?}"),
    };
    assert_eq!(host_in_error, "endpoint.invalid");
}
