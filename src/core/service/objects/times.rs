//! Times as S3 writes them, in UTC.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

use crate::protocol::EpochMillis;

/// `2026-11-22T08:30:00.000Z`, of lists.
pub(crate) fn of_list(at: EpochMillis) -> String {
    let time = utc(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// `20261122T083000Z`, of signatures.
pub(crate) fn of_signature(at: EpochMillis) -> String {
    let text = of_list(at);
    let is_kept = |c: &char| !matches!(c, '-' | ':');
    let seconds = text.split('.').next().unwrap_or_default();
    seconds.chars().filter(is_kept).chain(['Z']).collect()
}

/// The time of a signature.
pub(crate) fn read_of_signature(text: &str) -> Option<EpochMillis> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u8>().ok();
    let shape = text.len() == 16 && text.get(8..9)? == "T" && text.ends_with('Z');
    let month = Month::try_from(number(4..6)?).ok()?;
    let year = text.get(..4)?.parse().ok()?;
    let date = Date::from_calendar_date(year, month, number(6..8)?).ok()?;
    let time = Time::from_hms(number(9..11)?, number(11..13)?, number(13..15)?).ok()?;
    since_1970(date.with_time(time)).filter(|_| shape)
}

/// `Sun, 22 Nov 2026 08:30:00 GMT`, of headers.
/// <https://datatracker.ietf.org/doc/html/rfc9110#section-5.6.7>
pub(crate) fn of_header(at: EpochMillis) -> String {
    let time = utc(at);
    let (day, month) = (time.weekday().to_string(), time.month().to_string());
    format!(
        "{day:.3}, {:02} {month:.3} {:04} {:02}:{:02}:{:02} GMT",
        time.day(),
        time.year(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The time of a header; `None` if it is not one. Older forms do not count.
pub(crate) fn read_of_header(text: &str) -> Option<EpochMillis> {
    let (_, text) = text.split_once(", ")?;
    let parts: Vec<&str> = text.split([' ', ':']).collect();
    let &[day, month, year, hour, minute, second, "GMT"] = parts.as_slice() else {
        return None;
    };
    let months = std::iter::successors(Some(Month::January), |month| Some(month.next()));
    let month = months
        .take(12)
        .find(|it| it.to_string().get(..3) == Some(month))?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let time = Time::from_hms(
        hour.parse().ok()?,
        minute.parse().ok()?,
        second.parse().ok()?,
    );
    since_1970(date.with_time(time.ok()?))
}

fn since_1970(time: PrimitiveDateTime) -> Option<EpochMillis> {
    let seconds = u64::try_from(time.assume_utc().unix_timestamp()).ok()?;
    Some(EpochMillis(seconds * 1000))
}

fn utc(at: EpochMillis) -> OffsetDateTime {
    let seconds = i64::try_from(at.seconds().0).unwrap_or(i64::MAX);
    // The service's clock may be moved beyond every calendar.
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_for_each_place() {
        let at = EpochMillis(1_795_336_205_999);
        assert_eq!(of_list(at), "2026-11-22T08:30:05.000Z");
        assert_eq!(of_signature(at), "20261122T083005Z");
        assert_eq!(of_header(at), "Sun, 22 Nov 2026 08:30:05 GMT");
        let read = read_of_signature("20261122T083005Z");
        assert_eq!(read, Some(EpochMillis(1_795_336_205_000)));
        assert_eq!(read_of_header(&of_header(at)), read);
        for text in [
            "",
            "Sun, 22 Nov 2026 08:30:05",
            "Sun, 31 Nov 2026 08:30:05 GMT",
            "Sun, 22 Now 2026 08:30:05 GMT",
            "Sun, 22 Nov 2026 08:60:05 GMT",
            "Sun, 22 Nov 1926 08:30:05 GMT",
            "Sunday, 22-Nov-26 08:30:05 GMT",
        ] {
            assert_eq!(read_of_header(text), None, "{text}");
        }
        for text in [
            "",
            "20261122T083005",
            "20261322T083005Z",
            "20261122 083005Z",
            "+0261122T083005Z1",
            "é0261122T08300Z",
        ] {
            assert_eq!(read_of_signature(text), None, "{text}");
        }
    }
}
