//! Connections that are cut here for a while.

use std::time::{Duration, Instant};

use crate::device::tests::server::Server;
use crate::device::tests::{connected, get_pending, next, within};
use crate::device::{Client, ConnectionState, Event, EventStream, LossReason, RequestError};
use crate::protocol::Operation;

/// Ten times the pause after which the client would reconnect.
const LASTS: Duration = Duration::from_millis(200);

const HOUR: Duration = Duration::from_hours(1);

async fn expect_cut(client: &Client, events: &mut EventStream, lasts: Duration) {
    let reason = LossReason::CutHere { lasts };
    let retrying = true;
    assert_eq!(
        next(events).await,
        Event::ConnectionLost { reason, retrying }
    );
    assert_eq!(client.state(), ConnectionState::Reconnecting);
}

#[tokio::test]
async fn a_cut_ends_what_waits_and_holds_back_what_comes() {
    let server = Server::start().await;
    let (client, mut events, mut peer) = connected(&server).await;
    let waiting = tokio::spawn(get_pending(&client));
    within(peer.request()).await;
    let began = Instant::now();
    within(client.cut(LASTS)).await;
    assert!(within(peer.next()).await.is_none(), "no DISCONNECT");
    assert_eq!(
        within(waiting).await.expect("no panic"),
        Err(RequestError::ConnectionLost {
            operation: Operation::GetPendingJobExecutions,
            reason: LossReason::CutHere { lasts: LASTS },
            sent: true,
        })
    );
    expect_cut(&client, &mut events, LASTS).await;

    let script = async {
        let mut peer = server.accept_subscribed().await;
        assert!(began.elapsed() >= LASTS, "{:?}", began.elapsed());
        let asked = peer.request().await;
        peer.reply(&asked, "accepted").await;
        peer
    };
    let (reply, _peer) = within(async { tokio::join!(get_pending(&client), script) }).await;
    assert!(reply.is_ok(), "{reply:?}");
    let again = next(&mut events).await;
    assert!(
        matches!(again, Event::ConnectedAgain { after } if after >= LASTS),
        "{again:?}"
    );
    assert_eq!(client.state(), ConnectionState::Connected);
}

#[tokio::test]
async fn the_later_end_of_two_cuts_counts() {
    for cuts in [[LASTS / 10, LASTS], [LASTS, Duration::ZERO]] {
        let server = Server::start().await;
        let (client, mut events, _peer) = connected(&server).await;
        let began = Instant::now();
        within(client.cut(cuts[0])).await;
        within(client.cut(cuts[1])).await;
        expect_cut(&client, &mut events, cuts[0]).await;
        let _peer = within(server.accept_subscribed()).await;
        assert!(began.elapsed() >= LASTS, "{cuts:?}: {:?}", began.elapsed());
        let again = next(&mut events).await;
        assert!(matches!(again, Event::ConnectedAgain { .. }), "{again:?}");
    }
}

#[tokio::test]
async fn a_cut_can_be_ended_before_its_time() {
    let server = Server::start().await;
    let (client, mut events, _peer) = connected(&server).await;
    within(client.mend()).await;
    within(client.cut(HOUR)).await;
    expect_cut(&client, &mut events, HOUR).await;
    within(client.mend()).await;
    let _peer = within(server.accept_subscribed()).await;
    let again = next(&mut events).await;
    assert!(matches!(again, Event::ConnectedAgain { .. }), "{again:?}");
}

#[tokio::test]
async fn a_cut_ends_an_attempt_to_reconnect() {
    let server = Server::start().await;
    let (client, mut events, peer) = connected(&server).await;
    drop(peer);
    let lost = next(&mut events).await;
    assert!(matches!(lost, Event::ConnectionLost { .. }), "{lost:?}");
    let mut peer = within(server.accept()).await;
    within(peer.connect()).await;
    let began = Instant::now();
    within(client.cut(LASTS)).await;
    assert!(within(peer.next()).await.is_none());
    let _peer = within(server.accept_subscribed()).await;
    assert!(began.elapsed() >= LASTS, "{:?}", began.elapsed());
    let again = next(&mut events).await;
    assert!(matches!(again, Event::ConnectedAgain { .. }), "{again:?}");
}

#[tokio::test]
async fn a_client_that_is_cut_can_be_closed() {
    let server = Server::start().await;
    for disconnects in [true, false] {
        let (client, mut events, _peer) = connected(&server).await;
        within(client.cut(HOUR)).await;
        expect_cut(&client, &mut events, HOUR).await;
        let state = client.watch();
        if disconnects {
            within(client.disconnect()).await;
            assert_eq!(get_pending(&client).await, Err(RequestError::Closed));
            within(client.cut(HOUR)).await;
        }
        drop(client);
        assert_eq!(within(events.next()).await, None);
        assert_eq!(*state.borrow(), ConnectionState::Closed);
    }
}
