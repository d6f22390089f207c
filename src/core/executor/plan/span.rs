//! How long something lasts.

use std::fmt;
use std::time::Duration;

use crate::executor::plan::draw::Draw;
use crate::executor::plan::mistake::Mistake;

/// The units, from the smallest, each in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("d", DAY_MS),
];

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The longest time.
const MAX_MS: u64 = 365 * DAY_MS;

/// A time, or a range from which a time is drawn uniformly; both ends belong to it. In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    min_ms: u64,
    max_ms: u64,
}

impl Span {
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            min_ms: seconds * 1000,
            max_ms: seconds * 1000,
        }
    }

    /// Reads a time (`3s`) or a range (`2s..10s`).
    pub fn read(word: &str) -> Result<Self, Mistake> {
        let (min, max) = word.split_once("..").unwrap_or((word, word));
        if min.is_empty() || max.is_empty() {
            return Err(Mistake::NotTime(word.to_owned()));
        }
        let (min_ms, max_ms) = (time_ms(min)?, time_ms(max)?);
        if min_ms > max_ms {
            return Err(Mistake::BackwardRange {
                turned: Self {
                    min_ms: max_ms,
                    max_ms: min_ms,
                }
                .to_string(),
            });
        }
        Ok(Self { min_ms, max_ms })
    }

    /// A time from the range, in milliseconds.
    pub fn draw_ms(self, draw: Draw) -> u64 {
        self.min_ms + draw.below(self.max_ms - self.min_ms + 1)
    }

    /// A time from the range.
    pub fn draw(self, draw: Draw) -> Duration {
        Duration::from_millis(self.draw_ms(draw))
    }
}

/// A whole number with a unit.
fn time_ms(text: &str) -> Result<u64, Mistake> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(Mistake::NotTime(text.to_owned()));
    }
    if unit.is_empty() {
        return Err(Mistake::NoUnit(text.to_owned()));
    }
    if unit.starts_with(['.', ',']) {
        return Err(Mistake::FractionOfTime(text.to_owned()));
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit);
    let Some((_, unit_ms)) = known else {
        return Err(Mistake::UnknownUnit(unit.to_owned()));
    };
    // Digits alone: only a number that is too large is none.
    let number: u64 = number.parse().unwrap_or(u64::MAX);
    let time_ms = number.saturating_mul(*unit_ms);
    if time_ms > MAX_MS {
        return Err(Mistake::TimeTooLong(text.to_owned()));
    }
    Ok(time_ms)
}

/// As it is read, each time in the largest unit that it is a multiple of.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(f, self.min_ms)?;
        if self.min_ms < self.max_ms {
            f.write_str("..")?;
            write_time(f, self.max_ms)?;
        }
        Ok(())
    }
}

fn write_time(f: &mut fmt::Formatter<'_>, time_ms: u64) -> fmt::Result {
    if time_ms == 0 {
        return f.write_str("0s");
    }
    let mut largest_first = UNITS.iter().rev();
    let fitting = largest_first.find(|(_, unit_ms)| time_ms.is_multiple_of(*unit_ms));
    let (unit, unit_ms) = fitting.unwrap_or(&UNITS[0]);
    write!(f, "{}{unit}", time_ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written() {
        let not = |word: &str| Err(Mistake::NotTime(word.to_owned()));
        let too_long = |word: &str| Err(Mistake::TimeTooLong(word.to_owned()));
        let no_unit = |word: &str| Err(Mistake::NoUnit(word.to_owned()));
        let unknown = |word: &str| Err(Mistake::UnknownUnit(word.to_owned()));
        let fraction = |word: &str| Err(Mistake::FractionOfTime(word.to_owned()));
        let backward = |turned: &str| {
            Err(Mistake::BackwardRange {
                turned: turned.to_owned(),
            })
        };
        for (word, expected) in [
            ("1ms", Ok(("1ms", 1, 1))),
            ("999ms", Ok(("999ms", 999, 999))),
            ("1000ms", Ok(("1s", 1000, 1000))),
            ("1001ms", Ok(("1001ms", 1001, 1001))),
            ("0d", Ok(("0s", 0, 0))),
            ("59s", Ok(("59s", 59_000, 59_000))),
            ("60s", Ok(("1m", 60_000, 60_000))),
            ("90s", Ok(("90s", 90_000, 90_000))),
            ("60m", Ok(("1h", 3_600_000, 3_600_000))),
            ("24h", Ok(("1d", 86_400_000, 86_400_000))),
            ("25h", Ok(("25h", 90_000_000, 90_000_000))),
            ("365d", Ok(("365d", 31_536_000_000, 31_536_000_000))),
            ("2s..10s", Ok(("2s..10s", 2000, 10_000))),
            ("0s..1ms", Ok(("0s..1ms", 0, 1))),
            ("3s..3000ms", Ok(("3s", 3000, 3000))),
            ("", not("")),
            ("s", not("s")),
            ("-3s", not("-3s")),
            ("٣s", not("٣s")),
            ("2s..", not("2s..")),
            ("..2s", not("..2s")),
            ("..", not("..")),
            ("2s..x", not("x")),
            ("3", no_unit("3")),
            ("2..10s", no_unit("2")),
            ("2s..10", no_unit("10")),
            ("3S", unknown("S")),
            ("3ss", unknown("ss")),
            ("3m30s", unknown("m30s")),
            ("3é", unknown("é")),
            ("1s..2s..3s", unknown("s..3s")),
            ("1.5s", fraction("1.5s")),
            ("1,5s", fraction("1,5s")),
            ("31536000001ms", too_long("31536000001ms")),
            ("366d", too_long("366d")),
            ("18446744073709551615d", too_long("18446744073709551615d")),
            ("99999999999999999999ms", too_long("99999999999999999999ms")),
            ("2s..1s", backward("1s..2s")),
            ("2ms..1ms", backward("1ms..2ms")),
        ] {
            let read = Span::read(word);
            let read = read.map(|span| (span.to_string(), span.min_ms, span.max_ms));
            let expected = expected.map(|(text, min, max)| (text.to_owned(), min, max));
            assert_eq!(read, expected, "{word}");
        }
    }
}
