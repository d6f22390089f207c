//! The client against a scripted server.

mod server;

use std::future::Future;
use std::time::Duration;

use mqtt_protocol_core::mqtt::packet::{Packet, Qos};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, DisconnectReasonCode, PubackReasonCode, SubackReasonCode,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::device::tests::server::{Asked, Authority, Peer, Server};
use crate::device::{
    Client, ConnectError, ConnectOptions, ConnectionState, Event, EventStream, LossReason, Reason,
    Reply, RequestError, SilentStage, Unexpected,
};
use crate::protocol::{
    DescribeJobExecutionRequest, GetPendingJobExecutionsRequest, JobId, JobRef, Operation,
    StartNextPendingJobExecutionRequest, UpdateJobExecutionRequest, Verdict,
};

/// No test waits for more than this, and none needs a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it does not hang")
}

async fn connected(server: &Server) -> (Client, EventStream, Peer) {
    connected_with(server, server.options()).await
}

async fn connected_with(server: &Server, options: ConnectOptions) -> (Client, EventStream, Peer) {
    let (connected, peer) =
        within(async { tokio::join!(Client::connect(options), server.accept_subscribed()) }).await;
    let (client, events) = connected.expect("a connection");
    (client, events, peer)
}

fn get_pending(client: &Client) -> impl Future<Output = Result<Reply, RequestError>> + 'static {
    let client = client.clone();
    async move {
        within(client.get_pending_job_executions(GetPendingJobExecutionsRequest::default())).await
    }
}

fn update_to(status: &str) -> UpdateJobExecutionRequest {
    UpdateJobExecutionRequest {
        status: status.to_owned(),
        ..UpdateJobExecutionRequest::default()
    }
}

fn job(id: &str) -> JobId {
    JobId::new(id).expect("a job id")
}

async fn next(events: &mut EventStream) -> Event {
    within(events.next()).await.expect("an event")
}

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
            expected.map(|rest| (format!("$aws/things/lamp/jobs/{rest}"), Qos::AtLeastOnce))
        );
        // What comes before the SUBACK is not lost.
        peer.publish("$aws/things/lamp/jobs/notify", b"early").await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    };
    let (client, _peer) =
        within(async { tokio::join!(Client::connect(server.options()), script) }).await;
    let (client, mut events) = client.expect("a connection");
    assert_eq!(client.state(), ConnectionState::Connected);
    let payload = "early".to_owned();
    assert_eq!(
        next(&mut events).await,
        Event::JobExecutionsChanged { payload }
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
    let filter = |rest: &str| format!("$aws/things/lamp/jobs/{rest}");
    let not_authorized = Reason::NOT_AUTHORIZED;
    let two_refused = ConnectError::SubscriptionRefused {
        filters: vec![
            (filter("notify-next"), not_authorized),
            (filter("+/update/+"), Reason::from_code(0x97)),
        ],
    };
    let garbage = ConnectError::Protocol {
        host: "localhost".to_owned(),
        port: 8883,
        detail: "Mqtt serialization/deserialization error: Packet received has id Zero".to_owned(),
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
        (Failure::HangUpOnSubscribe, ConnectError::HungUpOnSubscribe),
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
        if let ConnectError::Protocol { port, .. } = &mut error {
            *port = 8883;
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
                presented: vec!["DnsName(\"elsewhere.example\")".to_owned()],
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
        ConnectError::UnknownIssuer { host }
    );

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
        assert!(
            matches!(error, ConnectError::NotTls { .. }),
            "{answer:?} {error:?}"
        );
    }

    let mut options = server.options();
    let port = options.port;
    options.connect_timeout = Duration::from_millis(100);
    let silent = within(Client::connect(options.clone())).await;
    let (host, after) = (options.host.clone(), options.connect_timeout);
    let stage = SilentStage::Handshake;
    assert_eq!(
        silent.map(|_| ()),
        Err(ConnectError::Timeout {
            host,
            port,
            stage,
            after
        })
    );

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    options.port = listener.local_addr().expect("an address").port();
    drop(listener);
    let refused = within(Client::connect(options.clone())).await;
    let (host, port) = (options.host.clone(), options.port);
    assert_eq!(
        refused.map(|_| ()),
        Err(ConnectError::Refused { host, port })
    );

    options.host = "https://endpoint".to_owned();
    let invalid = within(Client::connect(options.clone())).await;
    let host = options.host.clone();
    assert_eq!(invalid.map(|_| ()), Err(ConnectError::InvalidHost { host }));
}

#[tokio::test]
async fn each_operation_has_its_topic_and_its_reply() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let (one, next_job) = (JobRef::Id(job("J-1")), JobRef::Next);
    let update = update_to("SUCCEEDED");
    let requests = async {
        let describe = DescribeJobExecutionRequest::default;
        [
            client
                .get_pending_job_executions(GetPendingJobExecutionsRequest::default())
                .await,
            client
                .start_next_pending_job_execution(StartNextPendingJobExecutionRequest::default())
                .await,
            client.describe_job_execution(&one, describe()).await,
            client.describe_job_execution(&next_job, describe()).await,
            client.update_job_execution(&job("J-1"), update).await,
        ]
    };
    let script = async {
        let mut topics = Vec::new();
        for verdict in ["accepted", "accepted", "rejected", "accepted", "rejected"] {
            let asked = peer.request().await;
            peer.reply(&asked, verdict).await;
            topics.push((asked.topic.clone(), asked.payload.contains("SUCCEEDED")));
        }
        topics
    };
    let (replies, topics) = within(async { tokio::join!(requests, script) }).await;
    assert_eq!(
        topics,
        [
            ("get", false),
            ("start-next", false),
            ("J-1/get", false),
            ("$next/get", false),
            ("J-1/update", true),
        ]
        .map(|(rest, body)| (format!("$aws/things/lamp/jobs/{rest}"), body))
    );
    let replies = replies.map(|reply| {
        let reply = reply.expect("a reply");
        let token = reply.head.client_token.expect("a token");
        assert_eq!(reply.payload, format!(r#"{{"clientToken":"{token}"}}"#));
        (reply.operation, reply.verdict)
    });
    assert_eq!(
        replies,
        [
            (Operation::GetPendingJobExecutions, Verdict::Accepted),
            (Operation::StartNextPendingJobExecution, Verdict::Accepted),
            (Operation::DescribeJobExecution(one), Verdict::Rejected),
            (Operation::DescribeJobExecution(next_job), Verdict::Accepted),
            (Operation::UpdateJobExecution(job("J-1")), Verdict::Rejected),
        ]
    );
    assert_eq!(events.try_next(), None);
}

#[tokio::test]
async fn replies_out_of_order_find_their_requests() {
    let server = Server::start().await;
    let (client, _events, mut peer) = connected(&server).await;
    let waiting: Vec<_> = (0..20)
        .map(|_| tokio::spawn(get_pending(&client)))
        .collect();
    let script = async {
        let mut asked: Vec<Asked> = Vec::new();
        for _ in 0..20 {
            asked.push(peer.request().await);
        }
        for asked in asked.iter().rev() {
            peer.reply(asked, "accepted").await;
        }
    };
    within(script).await;
    for reply in waiting {
        let reply = within(reply).await.expect("no panic").expect("a reply");
        assert_eq!(reply.verdict, Verdict::Accepted);
    }
}

#[tokio::test]
async fn a_reply_that_ends_no_request_is_an_event() {
    let server = Server::start().await;
    let mut options = server.options();
    options.request_timeout = Duration::from_millis(200);
    let (client, mut events, mut peer) = connected_with(&server, options).await;

    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    let foreign = br#"{"clientToken":"somebody else's"}"#;
    within(peer.publish("$aws/things/lamp/jobs/get/accepted", foreign)).await;
    within(peer.reply(&asked, "accepted")).await;
    within(peer.reply_alone(&asked, "accepted")).await;
    let reply = within(request).await.expect("no panic").expect("a reply");
    assert_eq!(reply.head.client_token, Some(asked.token()));
    assert_eq!(unexpected(&mut events).await, Unexpected::Unknown);
    assert_eq!(unexpected(&mut events).await, Unexpected::Duplicate);

    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(peer.puback(&asked, PubackReasonCode::Success)).await;
    let timeout = within(request).await.expect("no panic");
    assert!(
        matches!(
            timeout,
            Err(RequestError::Timeout {
                sent: true,
                acknowledged: true,
                ..
            })
        ),
        "{timeout:?}"
    );
    within(peer.reply_alone(&asked, "accepted")).await;
    assert_eq!(unexpected(&mut events).await, Unexpected::Late);
}

async fn unexpected(events: &mut EventStream) -> Unexpected {
    match next(events).await {
        Event::UnexpectedReply { kind, .. } => kind,
        other => panic!("not a reply: {other:?}"),
    }
}

#[tokio::test]
async fn a_refused_message_ends_its_request_and_nothing_else() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(peer.puback(&asked, PubackReasonCode::NotAuthorized)).await;
    assert_eq!(
        within(request).await.expect("no panic"),
        Err(RequestError::Refused {
            operation: Operation::GetPendingJobExecutions,
            reason: Reason::NOT_AUTHORIZED,
        })
    );
    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(peer.reply(&asked, "accepted")).await;
    assert!(within(request).await.expect("no panic").is_ok());
    assert_eq!(events.try_next(), None);
}

#[tokio::test]
async fn events_come_in_order_and_nonsense_does_no_harm() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    for (topic, payload) in [
        ("notify", &b"1"[..]),
        ("J-1/get/accepted", b"\xff not UTF-8"),
        ("notify-next", b"2"),
        ("no/such/api", b"{}"),
        ("get", b"{}"),
        ("J-1/update/rejected", b"{\"code\":7"),
        ("notify", b"\xff"),
    ] {
        within(peer.publish(&format!("$aws/things/lamp/jobs/{topic}"), payload)).await;
    }
    within(peer.publish("$aws/things/other/jobs/notify", b"of another thing")).await;
    within(peer.publish("elsewhere", b"of nobody")).await;
    let text = |payload: &str| payload.to_owned();
    let payload = text("1");
    assert_eq!(
        next(&mut events).await,
        Event::JobExecutionsChanged { payload }
    );
    assert_eq!(unexpected(&mut events).await, Unexpected::Unknown);
    let payload = text("2");
    assert_eq!(
        next(&mut events).await,
        Event::NextJobExecutionChanged { payload }
    );
    assert_eq!(unexpected(&mut events).await, Unexpected::Unknown);
    let payload = text("\u{FFFD}");
    assert_eq!(
        next(&mut events).await,
        Event::JobExecutionsChanged { payload }
    );
    assert_eq!(client.state(), ConnectionState::Connected);
}

#[tokio::test]
async fn a_lost_connection_ends_every_request_and_is_repaired() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let updated = job("J-1");
    let mut waiting: Vec<_> = (0..30)
        .map(|_| tokio::spawn(get_pending(&client)))
        .collect();
    let update = client.update_job_execution(&updated, update_to("FAILED"));
    let script = async {
        for _ in 0..31 {
            peer.request().await;
        }
        drop(peer);
    };
    let (updated_to, ()) = within(async { tokio::join!(update, script) }).await;
    let reason = LossReason::HungUp;
    let lost = |operation| {
        Err(RequestError::ConnectionLost {
            operation,
            reason: LossReason::HungUp,
            sent: true,
        })
    };
    assert_eq!(updated_to, lost(Operation::UpdateJobExecution(updated)));
    for request in waiting.drain(..) {
        assert_eq!(
            within(request).await.expect("no panic"),
            lost(Operation::GetPendingJobExecutions)
        );
    }
    let retrying = true;
    assert_eq!(
        next(&mut events).await,
        Event::ConnectionLost { reason, retrying }
    );

    let mut peer = within(server.accept_subscribed()).await;
    let again = next(&mut events).await;
    assert!(matches!(again, Event::ConnectedAgain { .. }), "{again:?}");
    assert_eq!(client.state(), ConnectionState::Connected);
    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(peer.reply(&asked, "accepted")).await;
    assert!(within(request).await.expect("no panic").is_ok());
}

#[tokio::test]
async fn the_last_words_of_a_connection_are_heard() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(async {
        peer.reply(&asked, "accepted").await;
        peer.publish("$aws/things/lamp/jobs/notify", b"last").await;
        peer.disconnect(DisconnectReasonCode::ServerBusy, "come\nback later")
            .await;
    })
    .await;
    assert!(within(request).await.expect("no panic").is_ok());
    let payload = "last".to_owned();
    assert_eq!(
        next(&mut events).await,
        Event::JobExecutionsChanged { payload }
    );
    let reason = LossReason::Disconnected {
        reason: Reason::from_code(0x89),
        text: Some("come\u{FFFD}back later".to_owned()),
    };
    let retrying = true;
    assert_eq!(
        next(&mut events).await,
        Event::ConnectionLost { reason, retrying }
    );
}

#[tokio::test]
async fn two_clients_with_one_id_do_not_fight_for_ever() {
    let server = Server::start().await;
    let (client, mut events, peer) = connected(&server).await;
    let taken_over = |retrying| Event::ConnectionLost {
        reason: LossReason::TakenOver,
        retrying,
    };
    within(peer.disconnect(DisconnectReasonCode::SessionTakenOver, "taken over")).await;
    assert_eq!(next(&mut events).await, taken_over(true));
    let peer = within(server.accept_subscribed()).await;
    assert!(matches!(
        next(&mut events).await,
        Event::ConnectedAgain { .. }
    ));
    within(peer.disconnect(DisconnectReasonCode::SessionTakenOver, "taken over")).await;
    assert_eq!(next(&mut events).await, taken_over(false));
    assert_eq!(client.state(), ConnectionState::TakenOver);

    let script = async {
        let mut peer = server.accept_subscribed().await;
        let asked = peer.request().await;
        peer.reply(&asked, "accepted").await;
        peer
    };
    let (reply, _peer) = within(async { tokio::join!(get_pending(&client), script) }).await;
    assert!(reply.is_ok(), "{reply:?}");
    assert_eq!(client.state(), ConnectionState::Connected);
}

#[tokio::test]
async fn a_request_without_a_connection_tries_to_make_one() {
    let server = Server::start().await;
    let mut options = server.options();
    // Nothing but a request ends this pause.
    options.first_retry = Duration::from_secs(3600);
    let (client, mut events, peer) = connected_with(&server, options.clone()).await;
    drop(peer);
    assert!(matches!(
        next(&mut events).await,
        Event::ConnectionLost { .. }
    ));
    assert_eq!(client.state(), ConnectionState::Reconnecting);
    drop(client);

    let (client, mut events, peer) = connected(&server).await;
    drop(peer);
    assert!(matches!(
        next(&mut events).await,
        Event::ConnectionLost { .. }
    ));
    let script = async {
        let mut peer = server.accept().await;
        peer.connect().await;
        peer.connack(ConnectReasonCode::NotAuthorized).await;
        peer.hang_up().await;
    };
    let (reply, ()) = within(async { tokio::join!(get_pending(&client), script) }).await;
    let error = ConnectError::NotAuthorized {
        client_id: "lamp-1".to_owned(),
    };
    assert_eq!(
        reply,
        Err(RequestError::NotConnected {
            operation: Operation::GetPendingJobExecutions,
            cause: Box::new(error.clone()),
        })
    );
    assert_eq!(next(&mut events).await, Event::ReconnectFailed { error });
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_here() {
    let server = Server::start().await;
    let script = async {
        let mut peer = server.accept().await;
        peer.connect().await;
        peer.connack_with_limit(1000).await;
        let subscribe = peer.subscribe().await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    };
    let (client, mut peer) =
        within(async { tokio::join!(Client::connect(server.options()), script) }).await;
    let (client, _events) = client.expect("a connection");

    for (status_bytes, limit) in [(128 * 1024, 128 * 1024), (1000, 1000)] {
        let request = update_to(&"x".repeat(status_bytes));
        let refused = within(client.update_job_execution(&job("J"), request)).await;
        assert!(
            matches!(refused, Err(RequestError::TooLarge { limit: told, .. }) if told == limit),
            "{refused:?}"
        );
    }
    let long = job(&"j".repeat(70_000));
    let refused = within(client.update_job_execution(&long, update_to("FAILED"))).await;
    assert!(
        matches!(refused, Err(RequestError::TopicTooLong { .. })),
        "{refused:?}"
    );

    let with_token = || GetPendingJobExecutionsRequest {
        client_token: Some("mine".to_owned()),
    };
    let script = async {
        let asked = peer.request().await;
        let second = within(client.get_pending_job_executions(with_token())).await;
        let token = "mine".to_owned();
        assert_eq!(second, Err(RequestError::TokenInUse { token }));
        peer.reply(&asked, "accepted").await;
    };
    let first = client.get_pending_job_executions(with_token());
    let (first, ()) = within(async { tokio::join!(first, script) }).await;
    assert!(first.is_ok(), "{first:?}");

    let waiting: Vec<_> = (0..100)
        .map(|_| tokio::spawn(get_pending(&client)))
        .collect();
    for _ in 0..100 {
        within(peer.request()).await;
    }
    assert_eq!(
        get_pending(&client).await,
        Err(RequestError::TooMany { limit: 100 })
    );
    within(client.disconnect()).await;
    for request in waiting {
        assert!(within(request).await.expect("no panic").is_err());
    }
}

#[tokio::test]
async fn disconnecting_says_goodbye() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    within(client.disconnect()).await;
    let goodbye = within(peer.next()).await;
    assert!(
        matches!(goodbye, Some(Packet::V5_0Disconnect(_))),
        "{goodbye:?}"
    );
    assert!(within(peer.next()).await.is_none());
    assert_eq!(client.state(), ConnectionState::Closed);
    assert_eq!(get_pending(&client).await, Err(RequestError::Closed));
    assert_eq!(within(events.next()).await, None);

    let (client, _events, mut peer) = connected(&server).await;
    drop(client);
    let goodbye = within(peer.next()).await;
    assert!(
        matches!(goodbye, Some(Packet::V5_0Disconnect(_))),
        "{goodbye:?}"
    );
}
