//! Operations of both planes, sent again while the service throttles them and there is time.

use std::time::Instant;

use serde::Serialize;
use uuid::Uuid;

use crate::control::{Control, ControlError};
use crate::device::{Client, Reply, RequestError};
use crate::protocol::ErrorCode;
use crate::repl::throttle::Backoff;

/// Gives a request a client token of its own, and returns it as it is sent. `token` is where it goes.
pub(crate) fn with_token<R: Serialize>(
    request: &mut R,
    token: fn(&mut R) -> &mut Option<String>,
) -> String {
    *token(request) = Some(Uuid::new_v4().to_string());
    // A struct of texts and numbers has a JSON form.
    serde_json::to_string(request).unwrap_or_default()
}

/// Shows a line in the middle of a command.
pub(crate) type Say<'a> = dyn Fn(&str) + 'a;

/// A request of the device.
pub(crate) async fn ask(
    client: &Client,
    say: &Say<'_>,
    mut request: impl AsyncFnMut(Client) -> Result<Reply, RequestError>,
) -> Result<Reply, RequestError> {
    let until = Instant::now() + client.request_timeout();
    let mut backoff = Backoff::default();
    let mut client = client.clone();
    loop {
        let reply = request(client.clone()).await;
        let Ok(throttled) = &reply else { return reply };
        if throttled.head.code.as_deref() != Some(ErrorCode::RequestThrottled.as_str())
            || !pause(&mut backoff, until, throttled.operation.name(), say).await
        {
            return reply;
        }
        client = client.within(until.saturating_duration_since(Instant::now()));
    }
}

/// An operation of the control plane.
pub(crate) async fn order<T>(
    control: &Control,
    say: &Say<'_>,
    operation: &str,
    mut request: impl AsyncFnMut(Control) -> Result<T, ControlError>,
) -> Result<T, ControlError> {
    let until = Instant::now() + control.timeout();
    let mut backoff = Backoff::default();
    let mut control = control.clone();
    loop {
        let answer = request(control.clone()).await;
        let is_throttled = answer.as_ref().is_err_and(ControlError::is_throttled);
        if !is_throttled || !pause(&mut backoff, until, operation, say).await {
            return answer;
        }
        control = control.within(until.saturating_duration_since(Instant::now()));
    }
}

/// Waits until a throttled operation may be sent again, and says so; false if there is no time left for that.
async fn pause(backoff: &mut Backoff, until: Instant, operation: &str, say: &Say<'_>) -> bool {
    // The random bits of a version 4 UUID are random enough for a jitter.
    let pause = backoff.pause(Uuid::new_v4().as_u64_pair().0);
    if Instant::now() + pause >= until {
        return false;
    }
    say(&format!(
        "{operation} was throttled; trying again in {:.1} s",
        pause.as_secs_f64()
    ));
    tokio::time::sleep(pause).await;
    true
}
