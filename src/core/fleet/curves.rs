//! How a rollout goes over time, as curves of a few characters: in a report, and while it runs.

use std::fmt::Write as _;

use crate::fleet::report::MinuteReport;
use crate::fleet::times::Millis;

/// The most columns of a curve.
const COLUMNS: u64 = 48;

/// From an eighth to the whole height.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const MINUTE_MS: u64 = 60_000;

/// What a curve shows of a minute.
type Value = fn(&MinuteReport) -> u64;

/// Sums of what happens in a minute.
const RATES: [(&str, Value); 2] = [
    ("allowed a minute", |it| it.allowed),
    ("notified a minute", |it| it.notified),
];

/// States at the end of a minute.
const STATES: [(&str, Value); 8] = [
    ("queued", |it| it.executions.queued),
    ("in progress", |it| it.executions.in_progress),
    ("succeeded", |it| it.executions.succeeded),
    ("failed", |it| it.executions.failed),
    ("timed out", |it| it.executions.timed_out),
    ("rejected", |it| it.executions.rejected),
    ("canceled", |it| it.executions.canceled),
    ("removed", |it| it.executions.removed),
];

/// A curve for each rate and each status that occurs, with its highest value. Empty before anything has happened.
pub fn curves(minutes: &[MinuteReport]) -> String {
    let Some(last) = minutes.last() else {
        return String::new();
    };
    let each = (last.minute + 1).div_ceil(COLUMNS);
    let columns = (last.minute + 1).div_ceil(each);
    let mut text = format!(
        "{:<19}{:<48}{:>11}\n",
        "",
        format!("each column is {}", Millis(each * MINUTE_MS).words()),
        "highest"
    );
    let rates = RATES.map(|(name, value)| (name, rate(minutes, each, columns, value)));
    // One scale for both, so that they can be compared.
    let highest = rates.iter().flat_map(|(_, curve)| curve).max().copied();
    for (name, curve) in rates {
        let own = curve.iter().max().copied().unwrap_or_default();
        write_curve(&mut text, name, &curve, (highest.unwrap_or_default(), own));
    }
    for (name, value) in STATES {
        let curve = state(minutes, each, columns, value);
        // A status may also come and go within a minute.
        let highest = minutes.iter().map(value).max().unwrap_or_default();
        write_curve(&mut text, name, &curve, (highest, highest));
    }
    text
}

fn write_curve(text: &mut String, name: &str, curve: &[u64], (scale, highest): (u64, u64)) {
    if highest == 0 {
        return;
    }
    let drawn: String = curve.iter().map(|value| character(*value, scale)).collect();
    let _ = writeln!(text, "{name:<19}{drawn:<48}{highest:>11}");
}

fn character(value: u64, scale: u64) -> char {
    let eighths = (value * 8).div_ceil(scale);
    let index = usize::try_from(eighths).unwrap_or_default().checked_sub(1);
    index.map_or(' ', |index| HEIGHTS[index.min(7)])
}

/// The highest value of each column.
fn rate(minutes: &[MinuteReport], each: u64, columns: u64, value: Value) -> Vec<u64> {
    let mut curve = vec![0; usize::try_from(columns).unwrap_or_default()];
    for minute in minutes {
        let column = usize::try_from(minute.minute / each).unwrap_or_default();
        if let Some(place) = curve.get_mut(column) {
            *place = value(minute).max(*place);
        }
    }
    curve
}

/// The value at the end of each column. Minutes in which nothing changed are absent.
fn state(minutes: &[MinuteReport], each: u64, columns: u64, value: Value) -> Vec<u64> {
    let (mut curve, mut rest, mut last) = (Vec::new(), minutes.iter().peekable(), 0);
    for column in 0..columns {
        while let Some(minute) = rest.next_if(|it| it.minute / each <= column) {
            last = value(minute);
        }
        curve.push(last);
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::counts::Counts;

    fn minute(minute: u64, allowed: u64, notified: u64, succeeded: u64) -> MinuteReport {
        MinuteReport {
            minute,
            allowed,
            notified,
            executions: Counts {
                succeeded,
                ..Counts::default()
            },
        }
    }

    #[test]
    fn curves_have_a_scale_and_keep_what_does_not_change() {
        assert_eq!(curves(&[]), "");
        let minutes = [minute(0, 8, 8, 0), minute(1, 8, 4, 1), minute(4, 0, 0, 8)];
        let expected = "                   each column is 1m                                   highest\n\
            allowed a minute   ██                                                        8\n\
            notified a minute  █▄                                                        8\n\
            succeeded           ▁▁▁█                                                     8\n";
        assert_eq!(curves(&minutes), expected);
        let long = [minute(0, 10, 10, 0), minute(99, 0, 0, 10)];
        let drawn = curves(&long);
        assert!(drawn.contains("each column is 3m"), "{drawn}");
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 80),
            "{drawn}"
        );
    }
}
