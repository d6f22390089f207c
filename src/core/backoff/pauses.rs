//! Exponential backoff with jitter. Pure: the caller provides the randomness.

use std::time::Duration;

/// Counts the pauses since the last success.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    pauses: u32,
}

impl Backoff {
    /// The first pause is between half of `first` and all of it. Each further pause doubles that range, up to `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            pauses: 0,
        }
    }

    pub fn pause(&mut self, dice: u64) -> Duration {
        let factor = 2_u32.saturating_pow(self.pauses);
        let longest = self.first.saturating_mul(factor).min(self.longest);
        self.pauses = self.pauses.saturating_add(1);
        let half = longest / 2;
        let jitter = u64::try_from(half.as_nanos())
            .ok()
            .and_then(|nanos| dice.checked_rem(nanos + 1))
            .unwrap_or_default();
        half + Duration::from_nanos(jitter)
    }

    /// The longest that the first pause can be.
    pub const fn first(&self) -> Duration {
        self.first
    }

    /// Whether there was a pause since the start or the last [`Backoff::reset`].
    pub const fn is_running(&self) -> bool {
        self.pauses > 0
    }

    /// Starts over: the next pause is as short as the first.
    pub const fn reset(&mut self) {
        self.pauses = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);
    const LONGEST: Duration = Duration::from_secs(8);

    #[test]
    fn pauses_double_up_to_a_limit_and_vary() {
        for (dice, share) in [(0, 2), (250, 2), (u64::MAX, 1)] {
            let mut backoff = Backoff::new(FIRST, LONGEST);
            for longest_ms in [500, 1000, 2000, 4000, 8000, 8000] {
                let longest = Duration::from_millis(longest_ms);
                let pause = backoff.pause(dice);
                assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
                if dice == 0 {
                    assert_eq!(pause, longest / share);
                }
            }
        }
        let mut backoff = Backoff {
            pauses: u32::MAX,
            ..Backoff::new(FIRST, LONGEST)
        };
        assert!(backoff.pause(7) <= LONGEST);
    }
}
