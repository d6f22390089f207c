//! Retries a request while the service throttles it and there is time.
//!
//! A throttled request was not carried out, so it is safe to retry it. The caller handles all other replies.
//! <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>

use std::time::{Duration, Instant};

use crate::backoff::dice::dice;
use crate::backoff::pauses::Backoff;

const FIRST: Duration = Duration::from_millis(500);

const LONGEST: Duration = Duration::from_secs(8);

/// Calls `attempt` with the remaining time of `timeout`, until its reply is not throttled or the time does not suffice for another
/// attempt. Returns the last reply. Calls `pausing` before each pause.
pub async fn while_throttled<T>(
    timeout: Duration,
    mut attempt: impl AsyncFnMut(Duration) -> T,
    is_throttled: impl Fn(&T) -> bool,
    pausing: impl Fn(Duration),
) -> T {
    let until = Instant::now() + timeout;
    let mut backoff = Backoff::new(FIRST, LONGEST);
    let mut left = timeout;
    loop {
        let answer = attempt(left).await;
        if !is_throttled(&answer) {
            return answer;
        }
        let pause = backoff.pause(dice());
        if Instant::now() + pause >= until {
            return answer;
        }
        pausing(pause);
        tokio::time::sleep(pause).await;
        left = until.saturating_duration_since(Instant::now());
    }
}
