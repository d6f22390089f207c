//! A request that its caller gives up is never sent, whatever it waits for.

use std::time::Duration;

use mqtt_protocol_core::mqtt::packet::{Property, ReceiveMaximum};
use mqtt_protocol_core::mqtt::result_code::{PubackReasonCode, SubackReasonCode};
use tokio::sync::mpsc;

use crate::device::link::Link;
use crate::device::subscribed_connection::SubscribedConnection;
use crate::device::tests::server::{Asked, ScriptedPeer, Server};
use crate::device::tests::{connected, get_pending, job, next, update, within};
use crate::device::{Client, Event, EventStream, LossReason, RequestError};
use crate::underway::Underway;

/// Begins a request, lets the link's task have it, and gives it up. Returns whether it may have been sent.
async fn give_up(client: &Client, status: &str) -> bool {
    let underway = Underway::default();
    let client = client.marking(&underway);
    let request = update(&job("J-1"), status);
    let given_up = async {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        ended = client.request(&request) => panic!("{ended:?}"),
        () = given_up => underway.is_set(),
    }
}

/// Waits until the next request that is sent is this one.
async fn expect_next(peer: &mut ScriptedPeer, client: &Client) -> Asked {
    let asking = tokio::spawn(get_pending(client));
    let asked = within(peer.request()).await;
    assert!(asked.topic.ends_with("/jobs/get"), "{}", asked.topic);
    within(peer.reply(&asked, "accepted")).await;
    assert!(within(asking).await.expect("no panic").is_ok());
    asked
}

/// A client of a server that accepts this many unacknowledged publishes.
async fn with_window(server: &Server, window: u16) -> (Client, EventStream, ScriptedPeer) {
    let script = async {
        let mut peer = server.accept().await;
        peer.connect().await;
        let window = ReceiveMaximum::new(window).expect("a number");
        peer.connack_with(vec![Property::ReceiveMaximum(window)])
            .await;
        let subscribe = peer.subscribe().await;
        peer.suback(&subscribe, [SubackReasonCode::GrantedQos1; 6])
            .await;
        peer
    };
    let connecting = Client::connect(server.options());
    let (client, peer) = within(async { tokio::join!(connecting, script) }).await;
    let (client, events) = client.expect("a connection");
    (client, events, peer)
}

/// The end of a request whose time was over before it could be sent.
async fn too_late(client: &Client) {
    let short = client.within(Duration::from_millis(100));
    let ended = within(short.request(&update(&job("J-1"), "REJECTED"))).await;
    assert!(
        matches!(ended, Err(RequestError::Timeout { sent: false, .. })),
        "{ended:?}"
    );
}

#[tokio::test]
async fn what_waits_for_a_connection_is_not_sent_once_given_up() {
    let server = Server::start().await;
    let (client, mut events, peer) = connected(&server).await;
    drop(peer);
    let lost = next(&mut events).await;
    assert!(matches!(lost, Event::ConnectionLost { .. }), "{lost:?}");
    for status in ["SUCCEEDED", "FAILED"] {
        assert!(!give_up(&client, status).await, "{status}");
    }
    too_late(&client).await;
    let mut peer = within(server.accept_subscribed()).await;
    expect_next(&mut peer, &client).await;
}

#[tokio::test]
async fn what_waits_for_an_acknowledgement_of_others_is_not_sent_once_given_up() {
    let server = Server::start().await;
    let (client, _events, mut peer) = with_window(&server, 1).await;
    let first = tokio::spawn(get_pending(&client));
    let asked = within(peer.request()).await;
    within(peer.reply_alone(&asked, "accepted")).await;
    assert!(within(first).await.expect("no panic").is_ok());
    // The reply is there, and the acknowledgement is not.
    assert!(!give_up(&client, "SUCCEEDED").await);
    too_late(&client).await;
    within(peer.puback(&asked, PubackReasonCode::Success)).await;
    expect_next(&mut peer, &client).await;
}

#[tokio::test]
async fn a_packet_id_in_use_holds_requests_back_that_can_be_given_up() {
    let server = Server::start().await;
    let (client, _events, mut peer) = with_window(&server, 3).await;
    let first = tokio::spawn(get_pending(&client));
    let in_use = within(peer.request()).await;
    within(peer.reply_alone(&in_use, "accepted")).await;
    assert!(within(first).await.expect("no panic").is_ok());
    // All others of the window are used and acknowledged, so that the next packet id is that one.
    for _ in 1..3 {
        expect_next(&mut peer, &client).await;
    }
    assert!(!give_up(&client, "SUCCEEDED").await);
    too_late(&client).await;
    within(peer.puback(&in_use, PubackReasonCode::Success)).await;
    let asked = expect_next(&mut peer, &client).await;
    assert_eq!(asked.packet_id, in_use.packet_id);
}

#[tokio::test]
async fn what_was_sent_is_known_to_be_underway() {
    let server = Server::start().await;
    let (client, _events, mut peer) = connected(&server).await;
    assert!(give_up(&client, "SUCCEEDED").await);
    let asked = within(peer.request()).await;
    assert!(asked.topic.ends_with("/J-1/update"), "{}", asked.topic);
    within(peer.reply(&asked, "accepted")).await;
    let underway = Underway::default();
    let script = async {
        let asked = peer.request().await;
        peer.reply(&asked, "accepted").await;
    };
    let marking = client.marking(&underway);
    let (reply, ()) = within(async { tokio::join!(get_pending(&marking), script) }).await;
    assert!(reply.is_ok(), "{reply:?}");
    assert!(!underway.is_set());
}

#[tokio::test]
async fn requests_that_were_given_up_make_room_for_others() {
    let server = Server::start().await;
    let (client, mut events, peer) = connected(&server).await;
    drop(peer);
    let lost = next(&mut events).await;
    assert!(matches!(lost, Event::ConnectionLost { .. }), "{lost:?}");
    for _ in 0..150 {
        assert!(!give_up(&client, "SUCCEEDED").await);
    }
    let mut peer = within(server.accept_subscribed()).await;
    expect_next(&mut peer, &client).await;
}

#[tokio::test]
async fn a_server_that_never_acknowledges_is_left() {
    let server = Server::start().await;
    let options = server.options();
    let opening = SubscribedConnection::open(&options);
    let (connection, mut peer) =
        within(async { tokio::join!(opening, server.accept_subscribed()) }).await;
    let mut connection = connection.expect("a connection");
    connection.window = 1;
    connection.last_packet_id = 1;
    connection.patience = Duration::from_millis(20);
    let (commands, queue) = mpsc::channel(9);
    let (link, mut events, state) = Link::new(options, queue);
    tokio::spawn(link.run(connection));
    let client = Client::of_link(commands, state, Duration::from_secs(9));
    let first = tokio::spawn(get_pending(&client));
    within(peer.request()).await;
    let ended = within(client.request(&update(&job("J-1"), "FAILED"))).await;
    let reason = LossReason::Protocol("an acknowledgement did not arrive".to_owned());
    assert!(
        matches!(&ended, Err(RequestError::ConnectionLost { sent: false, reason: it, .. }) if *it == reason),
        "{ended:?}"
    );
    assert!(within(first).await.expect("no panic").is_err());
    let retrying = true;
    assert_eq!(
        next(&mut events).await,
        Event::ConnectionLost { reason, retrying }
    );
}
