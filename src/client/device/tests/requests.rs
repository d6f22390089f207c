//! Requests, replies and events on a connection that holds.

use std::time::Duration;

use mqtt_protocol_core::mqtt::packet::{MaximumPacketSize, Packet, Property};
use mqtt_protocol_core::mqtt::result_code::{PubackReasonCode, SubackReasonCode};

use crate::device::tests::server::{Asked, Server};
use crate::device::tests::{
    connected, connected_with, get_pending, job, message, next, topic, unexpected, update, within,
};
use crate::device::{Client, ConnectionState, Reason, RequestError, Unexpected};
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, EventName, GetPendingJobExecutionsRequest, JobRef,
    Operation, StartNextPendingJobExecutionRequest, Verdict,
};

#[tokio::test]
async fn each_operation_has_its_topic_and_its_reply() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let (one, next_job) = (JobRef::Id(job("J-1")), JobRef::Next);
    let describe = |job: &JobRef| DeviceRequest::DescribeJobExecution {
        job: job.clone(),
        request: DescribeJobExecutionRequest::default(),
    };
    let requests = [
        DeviceRequest::GetPendingJobExecutions(GetPendingJobExecutionsRequest::default()),
        DeviceRequest::StartNextPendingJobExecution(StartNextPendingJobExecutionRequest::default()),
        describe(&one),
        describe(&next_job),
        update(&job("J-1"), "SUCCEEDED"),
    ];
    let requests = async {
        let mut replies = Vec::new();
        for request in &requests {
            replies.push(client.request(request).await);
        }
        replies
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
        .map(|(rest, body)| (topic(rest), body))
    );
    let replies: Vec<_> = replies
        .into_iter()
        .map(|reply| {
            let reply = reply.expect("a reply");
            let token = reply.head.client_token.expect("a token");
            assert_eq!(
                reply.payload.text(),
                format!(r#"{{"clientToken":"{token}"}}"#)
            );
            (reply.operation, reply.verdict)
        })
        .collect();
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
    within(peer.publish(&topic("get/accepted"), foreign)).await;
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
            thing: server.options().thing,
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
    for (rest, payload) in [
        ("notify", &b"1"[..]),
        ("J-1/get/accepted", b"\xff not UTF-8"),
        ("notify-next", b"2"),
        ("no/such/api", b"{}"),
        ("get", b"{}"),
        ("J-1/update/rejected", b"{\"code\":7"),
        ("notify", b"\xff"),
    ] {
        within(peer.publish(&topic(rest), payload)).await;
    }
    within(peer.publish("$aws/things/other/jobs/notify", b"of another thing")).await;
    within(peer.publish("elsewhere", b"of nobody")).await;
    assert_eq!(
        next(&mut events).await,
        message(EventName::JobExecutionsChanged, "1")
    );
    assert_eq!(unexpected(&mut events).await, Unexpected::Unknown);
    assert_eq!(
        next(&mut events).await,
        message(EventName::NextJobExecutionChanged, "2")
    );
    assert_eq!(unexpected(&mut events).await, Unexpected::Unknown);
    assert_eq!(
        next(&mut events).await,
        message(EventName::JobExecutionsChanged, "\u{FFFD}")
    );
    assert_eq!(client.state(), ConnectionState::Connected);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_here() {
    let server = Server::start().await;
    let script = async {
        let mut peer = server.accept().await;
        peer.connect().await;
        let limit = MaximumPacketSize::new(1000).expect("a limit");
        peer.connack_with(vec![Property::MaximumPacketSize(limit)])
            .await;
        let subscribe = peer.subscribe().await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    };
    let (client, mut peer) =
        within(async { tokio::join!(Client::connect(server.options()), script) }).await;
    let (client, _events) = client.expect("a connection");

    for (status_bytes, limit) in [(128 * 1024, 128 * 1024), (1000, 1000)] {
        let request = update(&job("J"), &"x".repeat(status_bytes));
        let refused = within(client.request(&request)).await;
        assert!(
            matches!(refused, Err(RequestError::TooLarge { limit: told, .. }) if told == limit),
            "{refused:?}"
        );
    }
    let long = job(&"j".repeat(70_000));
    let refused = within(client.request(&update(&long, "FAILED"))).await;
    assert!(
        matches!(refused, Err(RequestError::TopicTooLong { .. })),
        "{refused:?}"
    );

    let with_token = DeviceRequest::GetPendingJobExecutions(GetPendingJobExecutionsRequest {
        client_token: Some("mine".to_owned()),
    });
    let script = async {
        let asked = peer.request().await;
        let second = within(client.request(&with_token)).await;
        let token = "mine".to_owned();
        assert_eq!(second, Err(RequestError::TokenInUse { token }));
        peer.reply(&asked, "accepted").await;
    };
    let first = client.request(&with_token);
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
async fn disconnecting_sends_a_disconnect() {
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

#[tokio::test]
async fn a_reply_to_a_caller_that_gave_up_is_late() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let request = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    request.abort();
    assert!(within(request).await.is_err());
    within(peer.reply(&asked, "accepted")).await;
    assert_eq!(unexpected(&mut events).await, Unexpected::Late);
}
