//! Times of a report: percentiles, and times in words.

use serde::{Serialize, Serializer};

/// So many milliseconds; seconds in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(pub u64);

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1000) {
            return serializer.serialize_u64(self.0 / 1000);
        }
        #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

impl Millis {
    /// `2d 03:04:05`, for a place in a table.
    pub fn clock(self) -> String {
        let seconds = self.0 / 1000;
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
        if days > 0 {
            format!("{days}d {clock}")
        } else {
            clock
        }
    }

    /// `1h 20m`: the two largest units.
    pub fn words(self) -> String {
        if self.0 < 1000 && self.0 > 0 {
            return format!("{}ms", self.0);
        }
        let seconds = self.0 / 1000;
        let units = [
            ("d", seconds / 86_400),
            ("h", seconds / 3600 % 24),
            ("m", seconds / 60 % 60),
            ("s", seconds % 60),
        ];
        let from = units.iter().position(|(_, count)| *count > 0).unwrap_or(3);
        let shown = units[from..].iter().take(2);
        let shown = shown.filter(|(_, count)| *count > 0 || seconds == 0);
        let words: Vec<String> = shown
            .map(|(unit, count)| format!("{count}{unit}"))
            .collect();
        words.join(" ")
    }
}

/// How times are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    pub count: u64,
    pub p50: Millis,
    pub p95: Millis,
    pub max: Millis,
}

impl Spread {
    /// `None` without times.
    pub fn of(times: &[u64]) -> Option<Self> {
        let mut times = times.to_vec();
        times.sort_unstable();
        let at = |percent| part(&times, times.len() as u64, percent);
        Some(Self {
            count: times.len() as u64,
            p50: at(50)?,
            p95: at(95)?,
            max: at(100)?,
        })
    }
}

/// The time by which so many per cent of `whole` are over; `None` if they never are.
pub(super) fn part(sorted: &[u64], whole: u64, percent: u64) -> Option<Millis> {
    let needed = (whole * percent).div_ceil(100).max(1);
    let index = usize::try_from(needed - 1).ok()?;
    sorted.get(index).copied().map(Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        for (ms, clock, words) in [
            (0, "00:00:00", "0s"),
            (450, "00:00:00", "450ms"),
            (59_999, "00:00:59", "59s"),
            (61_000, "00:01:01", "1m 1s"),
            (3_600_000, "01:00:00", "1h"),
            (3_605_000, "01:00:05", "1h"),
            (7_260_000, "02:01:00", "2h 1m"),
            (90_061_000, "1d 01:01:01", "1d 1h"),
        ] {
            assert_eq!((&*Millis(ms).clock(), &*Millis(ms).words()), (clock, words));
        }
    }

    #[test]
    fn a_percentile_is_a_time_that_occurred() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        let spread = |count, p50, p95, max| {
            Some(Spread {
                count,
                p50: Millis(p50),
                p95: Millis(p95),
                max: Millis(max),
            })
        };
        for (times, expected) in [
            (&[][..], None),
            (&[7], spread(1, 7, 7, 7)),
            (&[3, 1], spread(2, 1, 3, 3)),
            (&[3, 1, 2], spread(3, 2, 3, 3)),
            (&hundred, spread(100, 50, 95, 100)),
        ] {
            assert_eq!(Spread::of(times), expected, "{times:?}");
        }
        // Of ten things, nine have ended.
        let ends: Vec<u64> = (1..=9).collect();
        for (percent, expected) in [(50, Some(5)), (90, Some(9)), (95, None), (100, None)] {
            assert_eq!(part(&ends, 10, percent), expected.map(Millis), "{percent}");
        }
    }
}
