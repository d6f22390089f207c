//! A request is sent again while the service throttles it and there is time.
//!
//! A throttled request was not carried out, so to send it again is safe; everything else is left to the caller.
//! <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>

use std::time::{Duration, Instant};

use crate::backoff::dice::dice;
use crate::backoff::pauses::Backoff;

const FIRST: Duration = Duration::from_millis(500);

const LONGEST: Duration = Duration::from_secs(8);

/// Calls `attempt` with the time that is left of `timeout` until its answer is not throttled, or no time is left for another
/// attempt; returns the last answer. `pausing` is called before each pause.
pub(crate) async fn while_throttled<T>(
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
