//! Durations as they are typed. Pure.

use std::time::Duration;

/// Reads a duration: a whole number of `ms`, `s` or `m`.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.saturating_mul(60))),
        _ => None,
    }
}

/// The same up to a day, as the value of an option.
pub fn up_to_a_day(text: &str) -> Result<Duration, &'static str> {
    let time = duration(text).ok_or("write a duration as `500ms`, `2s` or `5m`")?;
    let is_short = time <= Duration::from_hours(24);
    is_short
        .then_some(time)
        .ok_or("the longest duration is `1440m`, a day")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        for (text, milliseconds) in [
            ("0s", Some(0)),
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("1440m", Some(86_400_000)),
            ("86400001ms", None),
            ("18446744073709551615m", None),
            ("30", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("1.5s", None),
            ("1h", None),
            ("30 s", None),
            ("٣s", None),
        ] {
            let read = up_to_a_day(text).ok().map(|time| time.as_millis());
            assert_eq!(read, milliseconds, "{text}");
        }
    }
}
