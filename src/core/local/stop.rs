//! How the tasks of the service are stopped.

use std::time::Duration;

use tokio::sync::watch;

/// How long connections of any port may stay open after the service was stopped.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Waits until the service must stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the owner was dropped.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits until the service is late to stop: a client holds a connection open.
pub(crate) async fn overdue(mut stop: watch::Receiver<bool>) {
    stopped(&mut stop).await;
    tokio::time::sleep(STOP_TIMEOUT).await;
}
