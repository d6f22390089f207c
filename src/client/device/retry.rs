//! When to reconnect. Pure: the time and the random number are arguments.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_mins(1);

/// A connection that lasted this long was a good one: after its loss, the pauses start with the shortest. Also the time
/// within which a second take-over means that another client uses the same client id.
const MINUTE: Duration = Duration::from_mins(1);

/// The longest hold that can be requested, so that its end can still be computed.
const LONGEST_HOLD: Duration = Duration::from_hours(24 * 365);

/// When the next attempt is due, and whether there is one.
#[derive(Debug)]
pub(crate) struct Retry {
    backoff: Backoff,
    last_attempt: Instant,
    connected_at: Instant,
    taken_over_at: Option<Instant>,
    due: Option<Instant>,
    /// No attempt is made before this time.
    held_until: Instant,
}

impl Retry {
    /// Connected since `now`; the first pause is between half of `first` and all of it, and each next one twice as long.
    pub(crate) fn new(first: Duration, now: Instant) -> Self {
        Self {
            backoff: Backoff::new(first, LONGEST),
            last_attempt: now,
            connected_at: now,
            taken_over_at: None,
            due: None,
            held_until: now,
        }
    }

    /// When the next attempt is due; `None` until a request asks for one.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.map(|due| due.max(self.held_until))
    }

    pub(crate) fn attempted(&mut self, now: Instant) {
        self.last_attempt = now;
        self.due = None;
    }

    pub(crate) fn connected(&mut self, now: Instant) {
        self.connected_at = now;
        self.due = None;
    }

    pub(crate) fn failed(&mut self, now: Instant, dice: u64) {
        self.pause(now, dice);
    }

    /// Prevents attempts until `lasts` is over, and until the end of an earlier hold.
    pub(crate) fn hold(&mut self, now: Instant, lasts: Duration) {
        let end = now + lasts.min(LONGEST_HOLD);
        self.held_until = self.held_until.max(end);
    }

    /// A hold ends now.
    pub(crate) fn release(&mut self, now: Instant) {
        self.held_until = self.held_until.min(now);
    }

    /// The connection was dropped by this client. The server is not at fault, so the pauses do not grow.
    pub(crate) fn cut(&mut self, now: Instant) {
        self.forget_old_losses(now);
        self.wanted(now);
    }

    /// The connection was lost, perhaps to another client with the same client id. After the second take-over within a
    /// minute, the client only reconnects for a request: otherwise two clients would disconnect each other forever.
    pub(crate) fn lost(&mut self, now: Instant, taken_over: bool, dice: u64) {
        self.forget_old_losses(now);
        if taken_over {
            let again = self
                .taken_over_at
                .is_some_and(|before| now.duration_since(before) < MINUTE);
            self.taken_over_at = Some(now);
            if again {
                self.due = None;
                return;
            }
        }
        self.pause(now, dice);
    }

    /// Whether the lost connection was made less than a minute ago, after another loss: the connection keeps being lost.
    pub(crate) fn is_repeated(&self, now: Instant) -> bool {
        self.backoff.is_running() && now.duration_since(self.connected_at) < MINUTE
    }

    /// A request wants a connection: the next attempt comes at once, though not sooner than the shortest pause after the
    /// last one (AWS takes one CONNECT per second and client id,
    /// <https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits>).
    pub(crate) fn wanted(&mut self, now: Instant) {
        let soonest = now.max(self.last_attempt + self.backoff.first());
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    fn forget_old_losses(&mut self, now: Instant) {
        if now.duration_since(self.connected_at) >= MINUTE {
            self.backoff.reset();
        }
    }

    fn pause(&mut self, now: Instant, dice: u64) {
        self.due = Some(now + self.backoff.pause(dice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_a_minute() {
        for (dice, share) in [(0, 2), (u64::MAX, 1)] {
            let now = Instant::now();
            let mut retry = Retry::new(SECOND, now);
            for longest_s in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
                retry.failed(now, dice);
                let pause = retry.poll_timeout().map(|due| due - now);
                let (low, high) = (
                    Duration::from_secs(longest_s) / 2,
                    Duration::from_secs(longest_s),
                );
                assert!(
                    pause.is_some_and(|p| p >= low && p <= high),
                    "{pause:?} for {longest_s} s"
                );
                if share == 2 {
                    assert_eq!(pause, Some(low));
                }
            }
        }
    }

    #[test]
    fn a_connection_of_a_minute_starts_over() {
        for (lived_s, expected_s) in [(59, 4), (60, 2)] {
            let now = Instant::now();
            let mut retry = Retry::new(2 * SECOND, now);
            retry.failed(now, 0);
            retry.connected(now);
            let lost = now + Duration::from_secs(lived_s);
            retry.lost(lost, false, 0);
            assert_eq!(
                retry.poll_timeout(),
                Some(lost + Duration::from_secs(expected_s) / 2),
                "after {lived_s} s"
            );
        }
    }

    #[test]
    fn a_loss_soon_after_another_is_recognised() {
        let start = Instant::now();
        for (lived_s, expected) in [(0, true), (59, true), (60, false)] {
            let mut retry = Retry::new(SECOND, start);
            assert!(!retry.is_repeated(start), "the first one");
            retry.lost(start, false, 0);
            retry.connected(start);
            let now = start + Duration::from_secs(lived_s);
            assert_eq!(retry.is_repeated(now), expected, "{lived_s} s");
        }
    }

    #[test]
    fn a_second_take_over_within_a_minute_ends_it() {
        for (between_s, tries_again) in [(1, false), (59, false), (60, true)] {
            let now = Instant::now();
            let mut retry = Retry::new(SECOND, now);
            retry.lost(now, true, 0);
            assert!(retry.poll_timeout().is_some());
            let again = now + Duration::from_secs(between_s);
            retry.connected(now);
            retry.lost(again, true, 0);
            assert_eq!(retry.poll_timeout().is_some(), tries_again, "{between_s} s");
            retry.wanted(again);
            assert!(retry.poll_timeout().is_some(), "a request tries once more");
        }
    }

    #[test]
    fn a_request_is_not_made_to_wait_for_the_back_off() {
        let now = Instant::now();
        let mut retry = Retry::new(SECOND, now);
        for _ in 0..9 {
            retry.failed(now, 0);
        }
        retry.attempted(now);
        retry.failed(now, 0);
        retry.wanted(now);
        assert_eq!(retry.poll_timeout(), Some(now + SECOND));
        retry.wanted(now + 5 * SECOND);
        assert_eq!(retry.poll_timeout(), Some(now + SECOND));
    }
    #[test]
    fn nothing_is_tried_before_the_end_of_a_hold() {
        let now = Instant::now();
        for (what, make_due) in [
            ("cut", Retry::cut as fn(&mut Retry, Instant)),
            ("wanted", Retry::wanted),
            ("failed", |retry, now| retry.failed(now, 0)),
            ("lost", |retry, now| retry.lost(now, false, 0)),
        ] {
            let due = |holds_s: &[u64]| {
                let mut retry = Retry::new(SECOND, now);
                for hold_s in holds_s {
                    retry.hold(now, Duration::from_secs(*hold_s));
                }
                assert_eq!(retry.poll_timeout(), None, "{holds_s:?}");
                make_due(&mut retry, now);
                retry.poll_timeout()
            };
            assert!(due(&[]).is_some(), "{what}");
            assert_eq!(due(&[0]), due(&[]), "{what}");
            for (holds_s, expected_s) in [
                (&[30][..], 30),
                (&[30, 10], 30),
                (&[30, 60], 60),
                (&[u64::MAX], LONGEST_HOLD.as_secs()),
            ] {
                let expected = now + Duration::from_secs(expected_s);
                assert_eq!(due(holds_s), Some(expected), "{what}, {holds_s:?}");
            }
            let mut retry = Retry::new(SECOND, now);
            retry.hold(now, 30 * SECOND);
            make_due(&mut retry, now);
            retry.release(now);
            assert_eq!(retry.poll_timeout(), due(&[]), "{what}, released");
        }
    }

    #[test]
    fn a_cut_is_no_loss() {
        let start = Instant::now();
        let mut retry = Retry::new(SECOND, start);
        for _ in 0..9 {
            retry.cut(start);
            retry.connected(start);
        }
        assert!(!retry.is_repeated(start));
        // A loss is remembered across a cut as across any other time.
        for (lived_s, expected_s) in [(59, 4), (60, 2)] {
            let mut retry = Retry::new(2 * SECOND, start);
            retry.failed(start, 0);
            retry.connected(start);
            let cut = start + Duration::from_secs(lived_s);
            retry.cut(cut);
            retry.connected(cut);
            retry.lost(cut, false, 0);
            let expected = cut + Duration::from_secs(expected_s) / 2;
            assert_eq!(retry.poll_timeout(), Some(expected), "after {lived_s} s");
        }
    }
}
