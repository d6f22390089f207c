//! Times in a readable form. Pure.

use serde_json::Value;
use time::UtcDateTime;

/// A time up to the year 9999.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    const LAST_S: f64 = 253_402_300_799.0;
    let seconds = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and the year 9999"
    )]
    (0.0..=LAST_S).contains(&seconds).then_some(seconds as u64)
}

/// How long ago, in one unit: `3 s ago`.
pub(crate) fn age(time_s: u64, now_s: u64) -> String {
    let (seconds, after) = if time_s <= now_s {
        (now_s - time_s, "ago")
    } else {
        (time_s - now_s, "ahead")
    };
    match seconds {
        0 => "now".to_owned(),
        1..120 => format!("{seconds} s {after}"),
        120..7_200 => format!("{} min {after}", seconds / 60),
        7_200..172_800 => format!("{} h {after}", seconds / 3_600),
        _ => format!("{} days {after}", seconds / 86_400),
    }
}

/// The day and the time of day: `2026-11-22 07:06:05 UTC`.
pub(crate) fn utc(time_s: u64) -> String {
    format!("{} {} UTC", date(time_s), clock(time_s))
}

pub fn clock(time_s: u64) -> String {
    let (hour, minute, second) = date_time(time_s).as_hms();
    format!("{hour:02}:{minute:02}:{second:02}")
}

pub fn date(time_s: u64) -> String {
    date_time(time_s).date().to_string()
}

fn date_time(time_s: u64) -> UtcDateTime {
    let time_s = i64::try_from(time_s).unwrap_or(i64::MAX);
    // The form ends with the year 9999.
    UtcDateTime::from_unix_timestamp(time_s).unwrap_or(UtcDateTime::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_up_to_the_year_9999() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(253_402_300_799), "9999-12-31 23:59:59 UTC");
    }
}
