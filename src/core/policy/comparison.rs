//! How a value of a connection is compared with a value of a condition.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

// An address is not a socket, but `std::net` has both.
use core::net::IpAddr;
use std::cmp::Ordering;

use time::{Date, Month, Time, UtcDateTime, UtcOffset};

use crate::policy::context::ConnectionContext;
use crate::policy::pattern::{Case, PolicyPattern, Syntax};

/// The comparison of a condition, without `Not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `StringEquals`, `StringEqualsIgnoreCase`, `StringLike`
    Text { case: Case, wildcards: bool },
    /// `Bool`, whose values are `true` and `false` in any case
    Bool,
    /// `NumericEquals`, `NumericLessThan` and so on
    Number(Order),
    /// `DateEquals`, `DateLessThan` and so on
    Date(Order),
    /// `IpAddress`
    Network,
    /// `ArnEquals`, `ArnLike`: "The `ArnEquals` and `ArnLike` condition operators behave identically."
    Arn,
    /// `Null`: whether the key is absent
    Null,
}

/// The required order of the connection's value, relative to that of the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A value of a condition, compiled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpectedValue {
    Text(PolicyPattern),
    Truth(bool),
    Number(f64),
    Date(UtcDateTime),
    /// An address, and the number of its bits that count.
    Network(IpAddr, u8),
    /// The parts of an ARN.
    Arn(Vec<PolicyPattern>),
}

/// An ARN has six parts; the last may contain colons.
const ARN_PARTS: usize = 6;

impl Comparison {
    /// Compiles a value; the error is a phrase. "You can use policy variables in … any condition that involves the string
    /// operators or the ARN operators": in others a variable is not a valid value.
    pub(crate) fn compile(self, value: &str, variables: bool) -> Result<ExpectedValue, String> {
        let wrong = |what: &str| format!("condition value `{value}` is not {what}");
        let pattern = |text: &str, wildcards| {
            let syntax = Syntax {
                wildcards,
                variables,
            };
            PolicyPattern::parse(text, syntax)
                .map_err(|error| format!("condition value `{value}` {error}"))
        };
        match self {
            Self::Text { wildcards, .. } => pattern(value, wildcards).map(ExpectedValue::Text),
            Self::Bool | Self::Null => truth(value)
                .map(ExpectedValue::Truth)
                .ok_or_else(|| wrong("`true` or `false`")),
            Self::Number(_) => number(value)
                .map(ExpectedValue::Number)
                .ok_or_else(|| wrong("a number")),
            Self::Date(_) => date(value)
                .map(ExpectedValue::Date)
                .ok_or_else(|| wrong("a date such as 2026-11-26T00:00:00Z, or seconds since 1970")),
            Self::Network => network(value)
                .map(|(address, bits)| ExpectedValue::Network(address, bits))
                .ok_or_else(|| wrong("an IP address, or a range such as 203.0.113.0/24")),
            Self::Arn => {
                let parts = arn_parts(value);
                if parts.len() < ARN_PARTS {
                    return Err(wrong("an ARN"));
                }
                let parts = parts.into_iter().map(|part| pattern(part, true));
                parts.collect::<Result<_, _>>().map(ExpectedValue::Arn)
            }
        }
    }

    /// Whether a value of the connection matches. A value of the wrong type never matches.
    pub(crate) fn fits(
        self,
        expected: &ExpectedValue,
        actual: &str,
        context: &ConnectionContext,
    ) -> bool {
        match (self, expected) {
            (Self::Text { case, .. }, ExpectedValue::Text(pattern)) => {
                pattern.matches(actual, case, context)
            }
            (Self::Bool, ExpectedValue::Truth(expected)) => truth(actual) == Some(*expected),
            (Self::Number(order), ExpectedValue::Number(expected)) => number(actual)
                .and_then(|actual| actual.partial_cmp(expected))
                .is_some_and(|ordering| order.holds(ordering)),
            (Self::Date(order), ExpectedValue::Date(expected)) => {
                date(actual).is_some_and(|actual| order.holds(actual.cmp(expected)))
            }
            (Self::Network, ExpectedValue::Network(expected, bits)) => network(actual)
                .is_some_and(|(actual, _)| leading(actual, *bits) == leading(*expected, *bits)),
            (Self::Arn, ExpectedValue::Arn(patterns)) => {
                let parts: Vec<&str> = actual.splitn(ARN_PARTS, ':').collect();
                parts.len() == patterns.len()
                    && patterns
                        .iter()
                        .zip(parts)
                        .all(|(pattern, part)| pattern.matches(part, Case::Sensitive, context))
            }
            _ => false,
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find_map(|(name, value)| text.eq_ignore_ascii_case(name).then_some(value))
}

/// An integer or a decimal fraction. Rust would also accept words such as `inf`.
fn number(text: &str) -> Option<f64> {
    let is_decimal = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    text.parse().ok().filter(|_| is_decimal)
}

/// `2026-11-26`, `2026-11-26T12:00Z`, `2026-11-26T12:00:00.5+01:00`, or seconds since 1970.
/// <https://www.w3.org/TR/NOTE-datetime>
fn date(text: &str) -> Option<UtcDateTime> {
    if let Ok(seconds) = text.parse() {
        return UtcDateTime::from_unix_timestamp(seconds).ok();
    }
    let (day, clock) = text.split_once(['T', 't']).unwrap_or((text, "00:00Z"));
    let [year, month, day] = numbers(day, '-')?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let day = Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    let zone_at = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':').or_else(|| {
        let [hour, minute] = numbers(clock, ':')?;
        Some([hour, minute, 0])
    })?;
    let [hour, minute, second] = [hour, minute, second].map(|it| u8::try_from(it).ok());
    let nanosecond = format!("{fraction:0<9.9}").parse().ok()?;
    let time = Time::from_hms_nano(hour?, minute?, second?, nanosecond).ok()?;
    let local = UtcDateTime::new(day, time);
    let sign = match zone.as_bytes() {
        [b'Z' | b'z'] => return Some(local),
        [b'+', ..] => 1,
        _ => -1,
    };
    let [hours, minutes] = numbers(&zone[1..], ':')?.map(|it| i8::try_from(it * sign).ok());
    let offset = UtcOffset::from_hms(hours?, minutes?, 0).ok()?;
    local.checked_sub(time::Duration::seconds(offset.whole_seconds().into()))
}

/// This many numbers, digits only, between separators.
fn numbers<const COUNT: usize>(text: &str, separator: char) -> Option<[i32; COUNT]> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Option<Vec<i32>> = text
        .split(separator)
        .map(|part| part.parse().ok().filter(|_| digits(part)))
        .collect();
    parts?.try_into().ok()
}

/// An address, or a range in CIDR notation. An IPv4 address in the form of IPv6 is the IPv4 address.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address = address.parse::<IpAddr>().ok()?.to_canonical();
    let most = if address.is_ipv4() { 32 } else { 128 };
    match bits {
        None => Some((address, most)),
        Some(bits) => {
            let bits: u8 = bits.parse().ok()?;
            (bits <= most).then_some((address, bits))
        }
    }
}

/// The bits that count, and the type of the address.
fn leading(address: IpAddr, bits: u8) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => {
            let all = u32::from(address);
            let kept = all.checked_shr(32 - u32::from(bits.min(32)));
            (true, kept.unwrap_or(0).into())
        }
        IpAddr::V6(address) => {
            let kept = u128::from(address).checked_shr(128 - u32::from(bits));
            (false, kept.unwrap_or(0))
        }
    }
}

/// The parts of an ARN, six at most. A colon in the name of a variable does not separate parts.
fn arn_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut in_variable) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '{' if text[..at].ends_with('$') => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable && parts.len() + 1 < ARN_PARTS => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(comparison: Comparison, expected: &str, actual: &str, fits: bool) {
        let compiled = comparison.compile(expected, true).expect(expected);
        let context = ConnectionContext::connection("c:1", &[]);
        assert_eq!(
            comparison.fits(&compiled, actual, &context),
            fits,
            "{comparison:?} {expected} {actual}"
        );
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        for (order, expected, actual, fits) in [
            (Order::Equal, "10", "10.0", true),
            (Order::Equal, "10", "1e1", false),
            (Order::Less, "10", "9", true),
            (Order::Less, "10", "10", false),
            (Order::LessOrEqual, "10", "10", true),
            (Order::Greater, "-1", "-0.5", true),
            (Order::GreaterOrEqual, "2.5", "2.49", false),
            (Order::GreaterOrEqual, "2", "ten", false),
            (Order::Less, "2", "", false),
        ] {
            check(Comparison::Number(order), expected, actual, fits);
        }
    }

    #[test]
    fn dates_are_compared_as_moments() {
        for (order, expected, actual, fits) in [
            (Order::Equal, "2026-11-26", "2026-11-26T00:00:00Z", true),
            (
                Order::Equal,
                "2026-11-26T12:00Z",
                "2026-11-26T13:00:00+01:00",
                true,
            ),
            (
                Order::Equal,
                "2026-11-26T12:00:00.5Z",
                "2026-11-26T12:00:00.500Z",
                true,
            ),
            (Order::Equal, "1795651200", "2026-11-26", true),
            (Order::Less, "2026-11-26", "2026-11-25T23:59:59Z", true),
            (
                Order::Greater,
                "2026-11-26T00:00:00-02:00",
                "2026-11-26T01:59:59Z",
                false,
            ),
            (Order::Greater, "2026-11-26", "soon", false),
            (Order::Greater, "2026-11-26", "2026-13-01", false),
        ] {
            check(Comparison::Date(order), expected, actual, fits);
        }
    }

    #[test]
    fn addresses_are_compared_by_their_leading_bits() {
        for (expected, actual, fits) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.7/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("127.0.0.0/8", "localhost", false),
        ] {
            check(Comparison::Network, expected, actual, fits);
        }
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        for (expected, actual, fits) in [
            (
                "arn:aws:iot:*:*:topic/a/*",
                "arn:aws:iot:us-east-1:1:topic/a/b/c",
                true,
            ),
            (
                "arn:aws:iot:*:topic/a:b:c",
                "arn:aws:iot:x:topic/a:b:c",
                true,
            ),
            // A `*` does not match a colon between the first five parts.
            (
                "arn:aws:iot:*:topic/a:*:*",
                "arn:aws:iot:us-east-1:1:topic/a",
                false,
            ),
            (
                "arn:aws:iot:r:1:topic/${iot:ClientId}/?",
                "arn:aws:iot:r:1:topic/c:1/x",
                true,
            ),
            (
                "arn:aws:iot:r:1:topic/${iot:ClientId}",
                "arn:aws:iot:r:1:topic/d",
                false,
            ),
            ("arn:aws:iot:*:*:topic/a", "topic/a", false),
        ] {
            check(Comparison::Arn, expected, actual, fits);
        }
    }

    #[test]
    fn what_is_not_a_value_of_its_kind_is_refused() {
        for (comparison, value, expected) in [
            (Comparison::Bool, "yes", "`true` or `false`"),
            (Comparison::Null, "", "`true` or `false`"),
            (
                Comparison::Number(Order::Less),
                "${iot:ClientId}",
                "a number",
            ),
            (Comparison::Number(Order::Less), "NaN", "a number"),
            (
                Comparison::Date(Order::Less),
                "26.11.2026",
                "a date such as 2026-11-26T00:00:00Z, or seconds since 1970",
            ),
            (
                Comparison::Network,
                "203.0.113.0/33",
                "an IP address, or a range such as 203.0.113.0/24",
            ),
            (Comparison::Arn, "topic/a", "an ARN"),
        ] {
            assert_eq!(
                comparison.compile(value, true),
                Err(format!("condition value `{value}` is not {expected}"))
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}|[0-9T:.+/Z${}-]{0,30}", other in "[0-9a-f:./TZ+-]{0,30}") {
            let context = ConnectionContext::default();
            let text_comparison = Comparison::Text { case: Case::Insensitive, wildcards: true };
            for comparison in [
                text_comparison,
                Comparison::Bool,
                Comparison::Number(Order::Equal),
                Comparison::Date(Order::LessOrEqual),
                Comparison::Network,
                Comparison::Arn,
            ] {
                if let Ok(expected) = comparison.compile(&text, true) {
                    comparison.fits(&expected, &other, &context);
                    comparison.fits(&expected, &text, &context);
                }
                if let Ok(expected) = comparison.compile(&other, false) {
                    comparison.fits(&expected, &text, &context);
                }
            }
        }
    }
}
