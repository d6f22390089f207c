//! Remarks below the service's messages, for people: its times, a list as a table, what an event has changed, and how to get
//! the rest of a list. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::protocol::{EventName, Operation};
use crate::repl::list;
use crate::repl::output::times::{age, clock, seconds, utc};
use crate::repl::output::{fold, table};
use crate::repl::pending::{Pending, execution};
use crate::text;

/// The members that are times: seconds since 1970, with or without a fraction. `timestamp` is excluded: it is the time of
/// the message itself.
const TIMES: [&str; 11] = [
    "queuedAt",
    "startedAt",
    "lastUpdatedAt",
    "createdAt",
    "completedAt",
    "creationDate",
    "createDate",
    "lastModifiedDate",
    "deprecationDate",
    "notBefore",
    "notAfter",
];

/// Shown if the service sends no next execution.
const NOTHING_NEXT: &str = "nothing is next";

/// The most times that are explained.
const MAX_TIMES: usize = 6;

/// The depth to which times are searched: AWS sends none deeper.
const MAX_DEPTH: usize = 8;

/// The most changes that are named.
const MAX_CHANGES: usize = 8;

/// The most entries in an event: a list of this length may be incomplete.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
const MAX_LISTED: usize = 15;

/// The remarks on a reply to `operation`, one per line: a table if it is a list, otherwise its times; and how to get the
/// rest. `now_s` is for replies without a timestamp; `width` is the most columns of a line.
pub(crate) fn of_reply(
    operation: &str,
    payload: &Value,
    now_s: u64,
    width: Option<usize>,
) -> Vec<String> {
    let width = width.unwrap_or(usize::MAX);
    let now_s = time_of(payload).unwrap_or(now_s);
    let mut lines = match table::of(operation, payload, now_s, width) {
        Some(table) => table,
        None if operation == Operation::StartNextPendingJobExecution.name()
            && has_none(payload) =>
        {
            vec![format!("# {NOTHING_NEXT}")]
        }
        None => new_certificate(payload)
            .or_else(|| times(payload, now_s))
            .iter()
            .map(|line| fold::message(line, width))
            .collect(),
    };
    if let Some(token) = list::next_token(payload) {
        let token = text::sanitize(&token);
        let more = format!("# there is more: --all, or --next-token {token}");
        lines.push(fold::message(&more, width));
    }
    lines
}

/// The remark on an event: what it has changed if it lists what is pending (`after`), otherwise its times, or that nothing
/// is next. `before` is what was pending according to the last list.
pub(crate) fn of_event(
    name: EventName,
    payload: &Value,
    before: Option<&Pending>,
    after: Option<&Pending>,
    now_s: u64,
) -> Option<String> {
    let now_s = time_of(payload).unwrap_or(now_s);
    match after {
        Some(after) => Some(match changes(before, after).as_str() {
            "" => format!("# {}", utc(now_s)),
            changes => format!("# {}: {changes}", utc(now_s)),
        }),
        None if name == EventName::NextJobExecutionChanged && has_none(payload) => {
            Some(format!("# {}: {NOTHING_NEXT}", utc(now_s)))
        }
        None => times(payload, now_s),
    }
}

/// Whether a message that shows the next execution contains none.
fn has_none(payload: &Value) -> bool {
    payload.is_object()
        && payload["execution"]
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
}

/// When the service sent it, by its own clock: ages are relative to that, whatever this machine's clock shows.
fn time_of(payload: &Value) -> Option<u64> {
    seconds(&payload["timestamp"])
}

/// The id of a new certificate, which the text of the certificate hides.
fn new_certificate(payload: &Value) -> Option<String> {
    let id = payload["certificateId"].as_str()?;
    let is_hidden = payload["certificatePem"].is_string();
    is_hidden.then(|| format!("# certificateId {}", text::sanitize(id)))
}

/// All times in one line: `# queuedAt 2026-11-22 07:06:05 UTC (3 s ago); startedAt 07:06:08 (now)`. The date is repeated if
/// it differs.
fn times(payload: &Value, now_s: u64) -> Option<String> {
    let mut found: Vec<(u64, Vec<&'static str>)> = Vec::new();
    collect(payload, 0, &mut found);
    let mut day_before = None;
    let told: Vec<String> = found
        .into_iter()
        .map(|(time_s, names)| {
            let (names, age) = (names.join(", "), age(time_s, now_s));
            let day = time_s / 86_400;
            let time = if day_before.replace(day) == Some(day) {
                clock(time_s)
            } else {
                utc(time_s)
            };
            format!("{names} {time} ({age})")
        })
        .collect();
    (!told.is_empty()).then(|| format!("# {}", told.join("; ")))
}

fn collect(value: &Value, depth: usize, found: &mut Vec<(u64, Vec<&'static str>)>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                // A document may contain anything; its numbers are not times.
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

/// Whether an event is about the execution of a job: it was added, removed or changed, or is next.
pub(crate) fn concerns(
    payload: &Value,
    before: Option<&Pending>,
    after: Option<&Pending>,
    job: &str,
) -> bool {
    let status = |list: &Pending| list.find(job).map(|it| it.status.clone());
    match after {
        Some(after) => before.and_then(status) != status(after),
        None => execution(payload).is_some_and(|(next, _)| next == job),
    }
}

/// The differences: `+ Job2 QUEUED, − Job1`. What is pending, if nothing earlier is known; and if a list may be incomplete,
/// only what it contains.
fn changes(before: Option<&Pending>, after: &Pending) -> String {
    let after = by_job(after);
    let Some(before) = before.map(by_job) else {
        return some(after.iter().map(|(job, status)| format!("{job} {status}")));
    };
    let changed = after
        .iter()
        .filter_map(|(job, status)| match before.get(job) {
            None => Some(format!("+ {job} {status}")),
            Some(earlier) if earlier != status => Some(format!("{job} {earlier} → {status}")),
            Some(_) => None,
        });
    let is_cut = after.len() >= MAX_LISTED;
    let gone = before
        .keys()
        .filter(|job| !is_cut && !after.contains_key(*job))
        .map(|job| format!("− {job}"));
    some(changed.chain(gone))
}

/// The status of each execution, in the order of the job ids.
fn by_job(list: &Pending) -> BTreeMap<&str, &str> {
    let listed = list.listed();
    listed
        .map(|it| (it.job.as_str(), it.status.as_str()))
        .collect()
}

/// The first of them, and the number of further ones.
fn some(changes: impl Iterator<Item = String>) -> String {
    let mut changes: Vec<String> = changes.collect();
    let more = changes.len().saturating_sub(MAX_CHANGES);
    changes.truncate(MAX_CHANGES);
    if more > 0 {
        changes.push(format!("… {more} more"));
    }
    text::sanitize(&changes.join(", ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: u64 = 1_795_330_700;

    fn value(payload: &str) -> Value {
        serde_json::from_str(payload).unwrap_or_default()
    }

    #[test]
    fn times_are_shown_once_and_in_one_line() {
        for (payload, expected) in [
            (
                r#"{"timestamp":1795330700,"execution":{"queuedAt":1795330640,"startedAt":1795330700,"lastUpdatedAt":1795330700.5,"jobDocument":{"queuedAt":1}}}"#,
                "# queuedAt 2026-11-22 06:57:20 UTC (60 s ago); startedAt, lastUpdatedAt 06:58:20 (now)",
            ),
            (
                r#"{"job":{"createdAt":951782400,"completedAt":1795337900}}"#,
                "# createdAt 2000-02-29 00:00:00 UTC (9763 days ago); completedAt 2026-11-22 08:58:20 UTC (2 h ahead)",
            ),
            // The service's clock counts, not this machine's.
            (
                r#"{"timestamp":100,"queuedAt":40}"#,
                "# queuedAt 1970-01-01 00:00:40 UTC (60 s ago)",
            ),
            (r#"{"timestamp":1795330700,"clientToken":"t"}"#, ""),
            (r#"{"timestamp":-1,"queuedAt":1e300,"startedAt":"x"}"#, ""),
            (
                r#"{"thingTypeMetadata":{"deprecated":true,"creationDate":1795330640.5,"deprecationDate":1795330700}}"#,
                "# creationDate 2026-11-22 06:57:20 UTC (60 s ago); deprecationDate 06:58:20 (now)",
            ),
            (
                r#"{"certificateId":"4f2a","certificatePem":"-----BEGIN"}"#,
                "# certificateId 4f2a",
            ),
            ("rubbish", ""),
        ] {
            let lines = of_reply("DescribeJobExecution", &value(payload), NOW_S, None);
            assert_eq!(lines.join("\n"), expected, "{payload}");
        }
    }

    #[test]
    fn an_event_shows_what_has_changed() {
        let list = |payload: &str| Pending::of(&value(payload)).expect("a list");
        let reply = list(r#"{"inProgressJobs":[],"queuedJobs":[{"jobId":"a"},{"jobId":"b"}]}"#);
        let event = r#"{"timestamp":1795330640,"jobs":{"IN_PROGRESS":[{"jobId":"b"}],"QUEUED":[{"jobId":"c"}]}}"#;
        let same = list(event);
        let (changed, next) = (
            EventName::JobExecutionsChanged,
            EventName::NextJobExecutionChanged,
        );
        for (name, payload, before, expected) in [
            (
                changed,
                event,
                Some(&reply),
                "# 2026-11-22 06:57:20 UTC: b QUEUED → IN_PROGRESS, + c QUEUED, − a",
            ),
            (changed, event, Some(&same), "# 2026-11-22 06:57:20 UTC"),
            (
                changed,
                event,
                None,
                "# 2026-11-22 06:57:20 UTC: b IN_PROGRESS, c QUEUED",
            ),
            (
                changed,
                r#"{"timestamp":40,"jobs":{"QUEUED":[{"jobId":"\u001b[2J"}]}}"#,
                None,
                "# 1970-01-01 00:00:40 UTC: \\u001b[2J QUEUED",
            ),
            (
                next,
                r#"{"timestamp":1795330640,"execution":{"queuedAt":1795330640}}"#,
                None,
                "# queuedAt 2026-11-22 06:57:20 UTC (now)",
            ),
            (
                next,
                r#"{"timestamp":1795330640}"#,
                None,
                "# 2026-11-22 06:57:20 UTC: nothing is next",
            ),
            (
                next,
                r#"{"timestamp":1795330640,"execution":{}}"#,
                None,
                "# 2026-11-22 06:57:20 UTC: nothing is next",
            ),
            (changed, r#"{"timestamp":1795330640}"#, None, ""),
            (next, "rubbish", None, ""),
        ] {
            let payload_value = value(payload);
            let after = Pending::of(&payload_value);
            let told =
                of_event(name, &payload_value, before, after.as_ref(), NOW_S).unwrap_or_default();
            assert_eq!(told, expected, "{payload}");
        }
    }

    #[test]
    fn an_incomplete_list_does_not_show_removals() {
        let of = |jobs: std::ops::Range<usize>| -> Pending {
            let jobs: Vec<Value> = jobs
                .map(|job| serde_json::json!({ "jobId": format!("{job:02}") }))
                .collect();
            Pending::of(&serde_json::json!({ "queuedJobs": jobs })).expect("a list")
        };
        let full = of(0..MAX_LISTED);
        assert_eq!(changes(Some(&of(0..20)), &full), "");
        assert_eq!(
            changes(Some(&Pending::default()), &full),
            "+ 00 QUEUED, + 01 QUEUED, + 02 QUEUED, + 03 QUEUED, + 04 QUEUED, + 05 QUEUED, + 06 QUEUED, + 07 QUEUED, … 7 more"
        );
        assert_eq!(changes(Some(&of(0..2)), &Pending::default()), "− 00, − 01");
    }

    #[test]
    fn a_start_without_an_execution_is_noted() {
        for (operation, payload, expected) in [
            (
                "StartNextPendingJobExecution",
                r#"{"timestamp":1795330640}"#,
                &["# nothing is next"][..],
            ),
            ("UpdateJobExecution", r#"{"timestamp":1795330640}"#, &[]),
        ] {
            assert_eq!(
                of_reply(operation, &value(payload), NOW_S, Some(80)),
                expected
            );
        }
    }

    #[test]
    fn the_rest_of_a_list_is_pointed_at() {
        let payload = r#"{"things":[],"nextToken":"a\u0007b"}"#;
        assert_eq!(
            of_reply("ListThings", &value(payload), NOW_S, Some(80)),
            ["# there is more: --all, or --next-token a\\u0007b"]
        );
    }
}
