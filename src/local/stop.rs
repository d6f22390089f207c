//! How the tasks of the service learn that it stops.

use std::time::Duration;

use tokio::sync::watch;

/// How long connections of either port may stay open when the service stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Waits until the service is to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that its owner is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits until the service should have stopped and has not: a client holds a connection open.
pub(crate) async fn overdue(mut stop: watch::Receiver<bool>) {
    stopped(&mut stop).await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}
