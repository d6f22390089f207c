//! Remarks below what the service sent, for people: when its times are, and what an event has changed. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// The members that are times: seconds since 1970, with or without a fraction.
const TIMES: [&str; 7] = [
    "timestamp",
    "queuedAt",
    "startedAt",
    "lastUpdatedAt",
    "createdAt",
    "completedAt",
    "creationDate",
];

/// How many different times are explained.
const MAX_TIMES: usize = 6;

/// How deep times are looked for: nothing that AWS sends is deeper.
const MAX_DEPTH: usize = 8;

/// The pending executions of a thing: each job with the status of its execution.
pub(crate) type Pending = BTreeMap<String, String>;

/// One line for each different time in a payload: `# 2026-11-22 07:06:05 UTC (3 s ago): queuedAt, lastUpdatedAt`.
pub(crate) fn times(payload: &str, now_s: u64) -> Vec<String> {
    let mut found: Vec<(u64, Vec<&'static str>)> = Vec::new();
    if let Ok(payload) = serde_json::from_str(payload) {
        collect(&payload, 0, &mut found);
    }
    found
        .into_iter()
        .map(|(time_s, names)| {
            let ago = ago(time_s, now_s);
            format!("# {} ({ago}): {}", utc(time_s), names.join(", "))
        })
        .collect()
}

fn collect(value: &Value, depth: usize, found: &mut Vec<(u64, Vec<&'static str>)>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                // A document may hold anything; its numbers are its own.
                if name == "jobDocument" {
                    continue;
                }
                match TIMES.iter().find(|time| *time == name).zip(seconds(value)) {
                    Some((name, time_s)) => note(name, time_s, found),
                    None => collect(value, depth + 1, found),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn note(name: &'static str, time_s: u64, found: &mut Vec<(u64, Vec<&'static str>)>) {
    let has_room = found.len() < MAX_TIMES;
    match found.iter_mut().find(|(other_s, _)| *other_s == time_s) {
        Some((_, names)) if !names.contains(&name) => names.push(name),
        None if has_room => found.push((time_s, vec![name])),
        _ => {}
    }
}

/// A time up to the year 9999.
fn seconds(value: &Value) -> Option<u64> {
    const LAST_S: f64 = 253_402_300_799.0;
    let seconds = value.as_f64()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and the year 9999"
    )]
    (0.0..=LAST_S).contains(&seconds).then_some(seconds as u64)
}

fn ago(time_s: u64, now_s: u64) -> String {
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

/// A time as people write it. By Howard Hinnant's `civil_from_days`:
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
pub(crate) fn utc(time_s: u64) -> String {
    let (days, second) = (time_s / 86_400, time_s % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let second = second % 60;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// What is pending by a list of pending executions, of a reply or of an event; `None` if it is no such list.
pub(crate) fn pending(payload: &str) -> Option<Pending> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let lists = if payload["jobs"].is_object() {
        ["IN_PROGRESS", "QUEUED"].map(|status| (status, &payload["jobs"][status]))
    } else {
        payload["queuedJobs"].as_array()?;
        [("IN_PROGRESS", "inProgressJobs"), ("QUEUED", "queuedJobs")]
            .map(|(status, name)| (status, &payload[name]))
    };
    let mut pending = Pending::new();
    for (status, list) in lists {
        for entry in list.as_array().into_iter().flatten() {
            if let Some(job) = entry["jobId"].as_str() {
                pending.insert(job.to_owned(), status.to_owned());
            }
        }
    }
    Some(pending)
}

/// What differs, in one line: `# + Job2 QUEUED, - Job1`; `None` if nothing does.
pub(crate) fn changes(before: &Pending, after: &Pending) -> Option<String> {
    let mut line = String::new();
    let mut add = |text: std::fmt::Arguments<'_>| {
        line.push_str(if line.is_empty() { "# " } else { ", " });
        // Writing to a `String` cannot fail.
        let _ = line.write_fmt(text);
    };
    for (job, status) in after {
        match before.get(job) {
            None => add(format_args!("+ {job} {status}")),
            Some(earlier) if earlier != status => add(format_args!("{job} {earlier} → {status}")),
            Some(_) => {}
        }
    }
    for job in before.keys().filter(|job| !after.contains_key(*job)) {
        add(format_args!("- {job}"));
    }
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_explained_once() {
        let now_s = 1_795_330_700;
        for (payload, expected) in [
            (
                r#"{"timestamp":1795330700,"execution":{"queuedAt":1795330640,"lastUpdatedAt":1795330640.5,"jobDocument":{"timestamp":1}}}"#,
                &[
                    "# 2026-11-22 06:58:20 UTC (now): timestamp",
                    "# 2026-11-22 06:57:20 UTC (60 s ago): queuedAt, lastUpdatedAt",
                ][..],
            ),
            (
                r#"[{"createdAt":951782400},{"createdAt":1795337900}]"#,
                &[
                    "# 2000-02-29 00:00:00 UTC (9763 days ago): createdAt",
                    "# 2026-11-22 08:58:20 UTC (2 h ahead): createdAt",
                ],
            ),
            (r#"{"timestamp":-1,"queuedAt":1e300,"startedAt":"x"}"#, &[]),
            ("rubbish", &[]),
        ] {
            assert_eq!(times(payload, now_s), expected, "{payload}");
        }
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(253_402_300_799), "9999-12-31 23:59:59 UTC");
    }

    #[test]
    fn changes_are_told_in_one_line() {
        let list = |payload| pending(payload).expect("a list");
        let reply = list(r#"{"inProgressJobs":[],"queuedJobs":[{"jobId":"a"},{"jobId":"b"}]}"#);
        let event = list(r#"{"jobs":{"IN_PROGRESS":[{"jobId":"b"}],"QUEUED":[{"jobId":"c"}]}}"#);
        assert_eq!(
            changes(&reply, &event).as_deref(),
            Some("# b QUEUED → IN_PROGRESS, + c QUEUED, - a")
        );
        assert_eq!(changes(&event, &event), None);
        assert_eq!(pending(r#"{"timestamp":1}"#), None);
    }
}
