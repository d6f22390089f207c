//! How often something happens.

use std::fmt;

use crate::executor::plan::draw::Draw;
use crate::executor::plan::mistake::Mistake;

/// The digits behind the point of a percentage.
const DECIMALS: usize = 4;

/// One per cent.
const PERCENT: u32 = 10_000;

/// A probability, in millionths. No greater than [`Share::ALWAYS`] unless it is a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Share(u32);

impl Share {
    pub const NEVER: Self = Self(0);
    pub const ALWAYS: Self = Self(100 * PERCENT);

    /// Reads a percentage.
    pub fn read(word: &str) -> Result<Self, Mistake> {
        let number = word.strip_suffix('%');
        let (whole, decimals) = number.unwrap_or(word).split_once('.').map_or_else(
            || (number.unwrap_or(word), None),
            |(whole, decimals)| (whole, Some(decimals)),
        );
        if !is_number(whole) || !decimals.is_none_or(is_number) {
            return Err(Mistake::NotPercentage(word.to_owned()));
        }
        if number.is_none() {
            return Err(Mistake::NoPercentSign(word.to_owned()));
        }
        let decimals = decimals.unwrap_or_default();
        if decimals.len() > DECIMALS {
            return Err(Mistake::TooManyDecimals);
        }
        // Digits alone: only a number that is too large is none.
        let whole = whole.parse().unwrap_or(u32::MAX);
        let part = format!("{decimals:0<DECIMALS$}").parse().unwrap_or(0);
        let share = Self(whole.saturating_mul(PERCENT).saturating_add(part));
        if share > Self::ALWAYS {
            return Err(Mistake::Above100);
        }
        Ok(share)
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whether it happens. What happens with one share also happens with a larger one.
    pub fn holds(self, draw: Draw) -> bool {
        draw.below(u64::from(Self::ALWAYS.0)) < u64::from(self.0)
    }
}

/// Whether a text is digits alone.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// As it is read.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / PERCENT, self.0 % PERCENT);
        let text = format!("{whole}.{part:0DECIMALS$}");
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_and_written() {
        let not = |word: &str| Err(Mistake::NotPercentage(word.to_owned()));
        for (word, expected) in [
            ("0%", Ok(("0%", 0))),
            ("1%", Ok(("1%", 10_000))),
            ("007%", Ok(("7%", 70_000))),
            ("100%", Ok(("100%", 1_000_000))),
            ("100.0000%", Ok(("100%", 1_000_000))),
            ("0.5%", Ok(("0.5%", 5000))),
            ("0.05%", Ok(("0.05%", 500))),
            ("12.3456%", Ok(("12.3456%", 123_456))),
            ("0.0001%", Ok(("0.0001%", 1))),
            ("10.0010%", Ok(("10.001%", 100_010))),
            ("", not("")),
            ("%", not("%")),
            (".5%", not(".5%")),
            ("5.%", not("5.%")),
            ("-1%", not("-1%")),
            ("+1%", not("+1%")),
            ("1e1%", not("1e1%")),
            ("0,5%", not("0,5%")),
            ("1.2.3%", not("1.2.3%")),
            ("1%%", not("1%%")),
            ("٣%", not("٣%")),
            ("x", not("x")),
            ("5", Err(Mistake::NoPercentSign("5".to_owned()))),
            ("0.5", Err(Mistake::NoPercentSign("0.5".to_owned()))),
            ("0.00001%", Err(Mistake::TooManyDecimals)),
            ("0.00000%", Err(Mistake::TooManyDecimals)),
            ("100.0001%", Err(Mistake::Above100)),
            ("101%", Err(Mistake::Above100)),
            ("4294967296%", Err(Mistake::Above100)),
            ("99999999999999999999.9%", Err(Mistake::Above100)),
        ] {
            let read = Share::read(word);
            let expected = expected.map(|(text, millionths)| (text.to_owned(), millionths));
            assert_eq!(
                read.map(|share| (share.to_string(), share.0)),
                expected,
                "{word}"
            );
        }
    }

    #[test]
    fn what_happens_with_a_share_happens_with_a_larger_one() {
        let draw = Draw::new(7, &["end", "dev1"]);
        assert_eq!(draw.below(1_000_000), 20_859);
        for (share, expected) in [
            (Share::NEVER, false),
            (Share(20_859), false),
            (Share(20_860), true),
            (Share::ALWAYS, true),
        ] {
            assert_eq!(share.holds(draw), expected, "{share}");
        }
    }

    #[test]
    fn sums_are_shown_and_do_not_overflow() {
        assert_eq!(Share::ALWAYS.plus(Share(5000)).to_string(), "100.5%");
        assert_eq!(Share(u32::MAX).plus(Share(1)), Share(u32::MAX));
    }
}
