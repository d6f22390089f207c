//! Lost connections, and reconnecting.

use std::time::Duration;

use mqtt_protocol_core::mqtt::packet::Packet;
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, DisconnectReasonCode};
use tokio::sync::mpsc;

use crate::device::link::Link;
use crate::device::subscribed_connection::SubscribedConnection;
use crate::device::tests::server::Server;
use crate::device::tests::{connected, get_pending, job, message, next, topic, update, within};
use crate::device::{ConnectError, ConnectionState, Event, LossReason, Reason, RequestError};
use crate::protocol::{EventName, Operation};

#[tokio::test]
async fn a_lost_connection_ends_every_request_and_is_repaired() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let updated = job("J-1");
    let mut waiting: Vec<_> = (0..30)
        .map(|_| tokio::spawn(get_pending(&client)))
        .collect();
    let update = update(&updated, "FAILED");
    let update = client.request(&update);
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
        peer.publish(&topic("notify"), b"last").await;
        peer.disconnect(DisconnectReasonCode::ServerBusy, "come\nback later")
            .await;
    })
    .await;
    assert!(within(request).await.expect("no panic").is_ok());
    assert_eq!(
        next(&mut events).await,
        message(EventName::JobExecutionsChanged, "last")
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
async fn a_disconnect_in_short_form_is_reported_as_far_as_possible() {
    let taken_over = b"\xe0\x01\x8e";
    let no_reason = b"\xe0\x00";
    let disconnected = LossReason::Disconnected {
        reason: Reason::from_code(0x00),
        text: None,
    };
    let again = LossReason::HungUpAgain {
        client_id: "lamp-1".to_owned(),
    };
    let server = Server::start().await;
    let (_client, mut events, mut peer) = connected(&server).await;
    for (packet, reason) in [
        (&taken_over[..], LossReason::HungUp),
        (taken_over, again),
        (no_reason, disconnected),
    ] {
        within(peer.send_bytes(packet)).await;
        within(peer.hang_up()).await;
        let retrying = true;
        assert_eq!(
            next(&mut events).await,
            Event::ConnectionLost { reason, retrying }
        );
        peer = within(server.accept_subscribed()).await;
        assert!(matches!(
            next(&mut events).await,
            Event::ConnectedAgain { .. }
        ));
    }
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
async fn a_server_with_new_certificates_is_distinguished_from_a_stranger() {
    let server = Server::start().await;
    let (client, mut events, peer) = connected(&server).await;
    drop(peer);
    let lost = next(&mut events).await;
    assert!(matches!(lost, Event::ConnectionLost { .. }), "{lost:?}");
    let server = server.restarted();
    let (reply, accepted) =
        within(async { tokio::join!(get_pending(&client), server.try_accept()) }).await;
    assert!(accepted.is_err());
    let Err(RequestError::NotConnected { cause, .. }) = reply else {
        panic!("{reply:?}")
    };
    assert!(
        matches!(*cause, ConnectError::NewAuthority { .. }),
        "{cause:?}"
    );
    let text = cause.to_string();
    let (_, step) = text.split_once('\n').expect("a next step");
    assert!(step.contains("start it with the new files"), "{text}");
}

#[tokio::test]
async fn a_server_that_falls_silent_is_noticed() {
    let server = Server::start().await;
    let options = server.options();
    let (connection, mut peer) = within(async {
        tokio::join!(
            SubscribedConnection::open(&options),
            server.accept_subscribed()
        )
    })
    .await;
    let mut connection = connection.expect("a connection");
    connection.ping_every = Some(Duration::from_millis(10));
    let (_client, commands) = mpsc::channel(1);
    let (link, mut events, _state) = Link::new(options, commands);
    tokio::spawn(link.run(connection));
    let ping = within(peer.next()).await;
    assert!(matches!(ping, Some(Packet::V5_0Pingreq(_))), "{ping:?}");
    let reason = LossReason::Silent;
    let retrying = true;
    assert_eq!(
        next(&mut events).await,
        Event::ConnectionLost { reason, retrying }
    );
}
