//! Lists as tables, for people: aligned, and no wider than the terminal. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use unicode_width::UnicodeWidthChar;

use crate::control::operation::{Column, ColumnKind, Table};
use crate::control::operations;
use crate::protocol::Operation;
use crate::repl::columns::columns_of;
use crate::repl::output::{json_text, times};
use crate::text;

/// The start of every line: a table is a remark.
const MARK: &str = "# ";

/// The gap between two columns.
const GAP: &str = "  ";

/// The width to which columns are cut before the last ones are left out.
const NARROWEST: usize = 8;

/// A column of at most this width is not cut: a status, a time.
const SHORT: usize = 16;

/// The list in the reply to GetPendingJobExecutions; the tables of the control plane are with its operations.
const PENDING: Table = Table {
    lists: &[("inProgressJobs", "IN_PROGRESS"), ("queuedJobs", "QUEUED")],
    columns: &[
        Column::plain("jobId", "/jobId"),
        Column::status(),
        Column::time("queuedAt", "/queuedAt"),
        Column::time("startedAt", "/startedAt"),
        Column::time("lastUpdatedAt", "/lastUpdatedAt"),
        Column::plain("number", "/executionNumber"),
        Column::plain("version", "/versionNumber"),
    ],
};

fn table_of(operation: &str) -> Option<&'static Table> {
    if operation == Operation::GetPendingJobExecutions.name() {
        return Some(&PENDING);
    }
    operations::about(operation).and_then(|about| about.table)
}

/// The table of a reply to `operation`: a line of titles, then one for each entry, each at most `width` columns wide unless
/// two entries would look the same. Empty for an empty list; `None` if the reply is not a list. Ages are relative to
/// `now_s`.
pub(crate) fn of(
    operation: &str,
    payload: &Value,
    now_s: u64,
    width: usize,
) -> Option<Vec<String>> {
    let table = table_of(operation)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (member, status) in table.lists {
        for entry in payload[member].as_array().into_iter().flatten() {
            let cells = table.columns.iter();
            rows.push(cells.map(|it| cell(it, entry, status, now_s)).collect());
        }
    }
    if rows.is_empty() {
        return Some(Vec::new());
    }
    let titles = table.columns.iter().map(|it| it.title.to_owned());
    rows.insert(0, titles.collect());
    // A column that is empty in every row is left out.
    let used: Vec<usize> = (0..table.columns.len())
        .filter(|column| rows[1..].iter().any(|row| !row[*column].is_empty()))
        .collect();
    for row in &mut rows {
        *row = used
            .iter()
            .map(|at| std::mem::take(&mut row[*at]))
            .collect();
    }
    let fitted = lines(&rows, width);
    // A line that the terminal wraps is better than two entries that look the same.
    Some(if is_misleading(&rows, &fitted) {
        lines(&rows, usize::MAX)
    } else {
        fitted
    })
}

/// The rows in lines of at most this many columns. The first column names the entry, so it is cut last. An ARN ends with what it
/// names.
fn lines(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let rooms: Vec<Room> = (0..rows[0].len()).map(|at| Room::of(at, rows)).collect();
    let widths = shrink(&rooms, width);
    let line = |row: &Vec<String>| {
        let mut line = MARK.to_owned();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if at > 0 {
                line.push_str(GAP);
            }
            let cell = if at == 0 || cell.starts_with("arn:") {
                cut_middle(cell, *width)
            } else {
                cut(cell, *width)
            };
            let blank = width.saturating_sub(columns_of(&cell));
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', blank));
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Whether two different rows have the same line.
fn is_misleading(rows: &[Vec<String>], lines: &[String]) -> bool {
    let mut shown = BTreeMap::new();
    rows.iter()
        .zip(lines)
        .any(|(row, line)| shown.insert(line, row).is_some_and(|other| other != row))
}

/// The text of a cell, without characters that could control the terminal.
fn cell(column: &Column, entry: &Value, status: &str, now_s: u64) -> String {
    let value = entry.pointer(column.at).unwrap_or(&Value::Null);
    match column.kind {
        ColumnKind::Status => status.to_owned(),
        ColumnKind::Time => {
            times::seconds(value).map_or(String::new(), |time_s| age(time_s, now_s))
        }
        ColumnKind::OfArn => text(value)
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        ColumnKind::Plain => text(value),
    }
}

fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Array(words) if words.iter().all(Value::is_string) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            words.join(", ")
        }
        other => json_text::compact(&other.to_string()),
    };
    text::sanitize(&text).into_owned()
}

/// The age of a time, or the date after two days.
fn age(time_s: u64, now_s: u64) -> String {
    const RECENT_S: u64 = 172_800;
    if time_s.abs_diff(now_s) < RECENT_S {
        times::age(time_s, now_s)
    } else {
        times::date(time_s)
    }
}

/// The width of a column, and the width to which it can be cut.
#[derive(Clone, Copy)]
struct Room {
    width: usize,
    least: usize,
}

impl Room {
    /// The first row is the title, which can be cut even if the cells cannot.
    fn of(column: usize, rows: &[Vec<String>]) -> Self {
        let widest = |rows: &[Vec<String>]| {
            let widths = rows.iter().map(|row| columns_of(&row[column]));
            widths.max().unwrap_or(0)
        };
        let cells = widest(&rows[1..]);
        Self {
            width: widest(rows),
            least: if cells <= SHORT {
                cells.max(NARROWEST)
            } else {
                NARROWEST
            },
        }
    }
}

/// Takes from the widest column behind the first, one column at a time, until a line fits. If that is not enough, leaves out the last
/// column and starts over, except for the second; and then takes from the first.
fn shrink(rooms: &[Room], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = rooms.iter().map(|room| room.width).collect();
    let excess = |widths: &[usize]| {
        let gaps = GAP.len() * (widths.len() - 1) + MARK.len();
        (gaps + widths.iter().sum::<usize>()).saturating_sub(width)
    };
    while excess(&widths) > 0 {
        let behind = widths.iter_mut().zip(rooms).skip(1);
        let can_give = behind.filter(|(width, room)| **width > room.least);
        match can_give.max_by_key(|(width, _)| **width) {
            Some((widest, _)) => *widest -= 1,
            None if rooms.len() > 2 => return shrink(&rooms[..rooms.len() - 1], width),
            None => break,
        }
    }
    widths[0] = widths[0].saturating_sub(excess(&widths)).max(1);
    widths
}

/// A text cut to fit, with a mark where it was cut.
fn cut(text: &str, width: usize) -> String {
    if columns_of(text) <= width {
        return text.to_owned();
    }
    format!("{}…", begin(text.chars(), width.saturating_sub(1)))
}

/// The same for a name, whose end matters as much as its start.
fn cut_middle(text: &str, width: usize) -> String {
    if columns_of(text) <= width {
        return text.to_owned();
    }
    let left = width.saturating_sub(1);
    let end = begin(text.chars().rev(), left / 2);
    let begin = begin(text.chars(), left - left / 2);
    let end: String = end.chars().rev().collect();
    format!("{begin}…{end}")
}

/// The first characters, as many as fit.
fn begin(text: impl Iterator<Item = char>, mut left: usize) -> String {
    text.take_while(|c| {
        let columns = c.width().unwrap_or(0);
        let fits = columns <= left;
        left = left.saturating_sub(columns);
        fits
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const NOW_S: u64 = 1_795_330_700;

    fn shown(operation: &str, payload: &str, width: usize) -> String {
        let payload = serde_json::from_str(payload).expect(payload);
        let lines = of(operation, &payload, NOW_S, width).expect(operation);
        lines.join("\n")
    }

    #[test]
    fn every_list_has_its_table() {
        let executions = |what: &str| {
            format!(
                r#"{{"executionSummaries":[{{{what},"jobExecutionSummary":{{"status":"FAILED","queuedAt":1795330600.25,"lastUpdatedAt":1795330640.5,"executionNumber":2,"retryAttempt":0}}}}]}}"#
            )
        };
        for (operation, payload, expected) in [
            (
                "GetPendingJobExecutions",
                r#"{"inProgressJobs":[{"jobId":"Job1","queuedAt":1795330640,"lastUpdatedAt":1795330690,"startedAt":1795330690,"executionNumber":1,"versionNumber":2}],
                    "queuedJobs":[{"jobId":"Job10","queuedAt":951782400,"lastUpdatedAt":951782400,"executionNumber":1,"versionNumber":1}]}"#,
                "# jobId  status       queuedAt    startedAt  lastUpdatedAt  number  version\n\
                 # Job1   IN_PROGRESS  60 s ago    10 s ago   10 s ago       1       2\n\
                 # Job10  QUEUED       2000-02-29             2000-02-29     1       1",
            ),
            (
                "GetPendingJobExecutions",
                r#"{"inProgressJobs":[],"queuedJobs":[]}"#,
                "",
            ),
            (
                "ListManagedJobTemplates",
                r#"{"managedJobTemplates":[{"templateName":"AWS-Reboot","environments":["LINUX","OTHER"],"templateVersion":"1.0"}]}"#,
                "# templateName  version  environments\n\
                 # AWS-Reboot    1.0      LINUX, OTHER",
            ),
            (
                "ListJobs",
                r#"{"jobs":[{"jobId":"J","status":"IN_PROGRESS","targetSelection":"SNAPSHOT","createdAt":1795330640.123,"isConcurrent":false}]}"#,
                "# jobId  status       targetSelection  createdAt\n\
                 # J      IN_PROGRESS  SNAPSHOT         60 s ago",
            ),
            (
                "ListJobExecutionsForJob",
                &executions(r#""thingArn":"arn:aws:iot:us-east-1:123456789012:thing/lamp""#),
                "# thing  status  queuedAt   lastUpdatedAt  number  retry\n\
                 # lamp   FAILED  100 s ago  60 s ago       2       0",
            ),
            (
                "ListJobExecutionsForThing",
                &executions(r#""jobId":"J""#),
                "# jobId  status  queuedAt   lastUpdatedAt  number  retry\n\
                 # J      FAILED  100 s ago  60 s ago       2       0",
            ),
            (
                "ListThings",
                r#"{"things":[{"thingName":"a","attributes":{},"version":1},{"thingName":"b","attributes":{"k":"v"},"version":2}]}"#,
                "# thingName  version  attributes\n\
                 # a          1\n\
                 # b          2        {\"k\":\"v\"}",
            ),
            (
                "ListThingGroups",
                r#"{"thingGroups":[{"groupName":"g","groupArn":"arn:g"}]}"#,
                "# groupName  groupArn\n# g          arn:g",
            ),
            (
                "ListThingsInThingGroup",
                r#"{"things":["a","b"]}"#,
                "# thingName\n# a\n# b",
            ),
        ] {
            assert_eq!(shown(operation, payload, 200), expected, "{operation}");
        }
        assert_eq!(of("DescribeJob", &Value::Null, NOW_S, 80), None);
    }

    #[test]
    fn a_table_fits_the_terminal_and_cannot_drive_it() {
        let groups = r#"{"thingGroups":[{"groupName":"電球のグループ","groupArn":"arn:aws:iot:us-east-1:123456789012:thinggroup/x"},
            {"groupName":"\u001b[2J","groupArn":"\u202e"}]}"#;
        for (width, expected) in [
            (
                80,
                "# groupName       groupArn\n\
                 # 電球のグループ  arn:aws:iot:us-east-1:123456789012:thinggroup/x\n\
                 # \\u001b[2J       \\u202e",
            ),
            (
                30,
                "# groupName       groupArn\n\
                 # 電球のグループ  arn:aw…oup/x\n\
                 # \\u001b[2J       \\u202e",
            ),
            (
                20,
                "# grou…ame  groupArn\n# 電球…プ   arn:…p/x\n# \\u00…[2J  \\u202e",
            ),
        ] {
            assert_eq!(shown("ListThingGroups", groups, width), expected, "{width}");
        }
    }

    #[test]
    fn two_entries_never_look_the_same() {
        let job = |id: &str, status: &str| serde_json::json!({"jobId": id, "status": status, "targetSelection": "SNAPSHOT", "createdAt": NOW_S - 60});
        let uuid = |last: &str| format!("3f0c7a52-9d1e-4b77-8a61-5c2d9e0f{last}");
        let long = |last: &str| format!("{}{last}", "x".repeat(62));
        let middle = |it: &str| format!("{}{it}{}", "x".repeat(60), "y".repeat(60));
        for (ids, width, expected) in [
            (
                ["a", "b"].map(str::to_owned),
                80,
                "# jobId  status       targetSelection  createdAt\n\
                 # a      IN_PROGRESS  SNAPSHOT         60 s ago\n\
                 # b      IN_PROGRESS  SNAPSHOT         60 s ago"
                    .to_owned(),
            ),
            (
                ["a1b2", "a1b3"].map(uuid),
                60,
                format!(
                    "# jobId{:31}  status\n# {}  IN_PROGRESS\n# {}  IN_PROGRESS",
                    "",
                    uuid("a1b2"),
                    uuid("a1b3")
                ),
            ),
            (
                ["01", "02"].map(long),
                80,
                format!(
                    "# jobId{:59}  status\n# {}  IN_PROGRESS\n# {}  IN_PROGRESS",
                    "",
                    long("01"),
                    long("02")
                ),
            ),
            (
                ["a1b2", "a1b3"].map(uuid),
                30,
                "# jobId            status\n\
                 # 3f0c7a5…e0fa1b2  IN_PROGRESS\n\
                 # 3f0c7a5…e0fa1b3  IN_PROGRESS"
                    .to_owned(),
            ),
            (
                ["1", "2"].map(middle),
                80,
                format!(
                    "# jobId{:116}  status       targetSelection  createdAt\n\
                     # {}  IN_PROGRESS  SNAPSHOT         60 s ago\n\
                     # {}  IN_PROGRESS  SNAPSHOT         60 s ago",
                    "",
                    middle("1"),
                    middle("2")
                ),
            ),
        ] {
            let jobs = ids.map(|id| job(&id, "IN_PROGRESS"));
            let payload = serde_json::json!({ "jobs": jobs }).to_string();
            assert_eq!(shown("ListJobs", &payload, width), expected, "{width}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_too_wide_only_if_entries_would_look_the_same(names in prop::collection::vec(any::<String>(), 1..5), width in 1_usize..100) {
            let things: Vec<Value> = names
                .iter()
                .map(|name| serde_json::json!({"thingName": name, "version": 1, "attributes": {"k": name}}))
                .collect();
            let payload = serde_json::json!({ "things": things });
            let lines = of("ListThings", &payload, NOW_S, width).expect("a table");
            let names: HashSet<_> = names.iter().map(|name| text::sanitize(name)).collect();
            prop_assert!(lines.iter().collect::<HashSet<_>>().len() > names.len(), "{lines:?}");
            for line in lines {
                prop_assert!(width < 24 || columns_of(&line) <= width, "{line}");
                prop_assert!(!line.contains(char::is_control));
            }
        }
    }
}
