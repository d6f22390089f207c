//! How long to wait before a throttled request is sent again. Pure: it is given the dice.
//!
//! A throttled request was not carried out, so to send it again is safe; everything else is left to the person.
//! <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>

use std::time::Duration;

/// The first pause is between half of this and all of it; each next one is twice as long.
const FIRST: Duration = Duration::from_millis(500);

const LONGEST: Duration = Duration::from_secs(8);

/// Counts the pauses of one command.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    pauses: u32,
}

impl Backoff {
    pub(crate) fn pause(&mut self, dice: u64) -> Duration {
        let longest = FIRST
            .saturating_mul(2_u32.saturating_pow(self.pauses))
            .min(LONGEST);
        self.pauses = self.pauses.saturating_add(1);
        let half_ms = u64::try_from((longest / 2).as_millis()).unwrap_or(u64::MAX);
        longest / 2 + Duration::from_millis(dice % (half_ms + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_vary() {
        for (dice, share) in [(0, 2), (250, 2), (u64::MAX, 1)] {
            let mut backoff = Backoff::default();
            for longest_ms in [500, 1000, 2000, 4000, 8000, 8000] {
                let longest = Duration::from_millis(longest_ms);
                let pause = backoff.pause(dice);
                assert!(pause >= longest / 2 && pause <= longest, "{pause:?}");
                if dice == 0 {
                    assert_eq!(pause, longest / share);
                }
            }
        }
        let mut backoff = Backoff { pauses: u32::MAX };
        assert!(backoff.pause(7) <= LONGEST);
    }
}
