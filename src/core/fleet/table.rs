//! Reports as tables: the minutes of one, or a row for each of several variants.

use crate::fleet::report::Report;
use crate::fleet::times::Millis;

/// The columns of variants behind the value that varies.
const COLUMNS: [&str; 7] = [
    "status",
    "lasts",
    "succeeded",
    "failures",
    "aborted",
    "notified",
    "95 % at",
];

/// The cells of a variant, in the order of [`COLUMNS`].
fn cells(report: &Report) -> [String; 7] {
    let words = |at: Option<Millis>| at.map_or_else(|| "-".to_owned(), Millis::words);
    let counts = report.executions;
    let notified = report.targets.saturating_sub(report.not_notified);
    [
        report.status.clone(),
        report.duration_seconds.words(),
        counts.succeeded.to_string(),
        (counts.failed + counts.timed_out + counts.rejected).to_string(),
        words(report.abort.as_ref().map(|abort| abort.at_seconds)),
        notified.to_string(),
        words(report.ended_seconds.p95),
    ]
}

/// A row for each variant, for people. Columns in which every cell is absent are left out.
pub fn variants(name: &str, reports: &[(String, Report)]) -> String {
    let mut rows: Vec<Vec<String>> = vec![Vec::new(); reports.len() + 1];
    let all: Vec<[String; 7]> = reports.iter().map(|(_, report)| cells(report)).collect();
    rows[0].push(String::new());
    for (row, (value, _)) in rows[1..].iter_mut().zip(reports) {
        row.push(value.clone());
    }
    for (column, title) in COLUMNS.iter().enumerate() {
        if all.iter().all(|cells| cells[column] == "-") {
            continue;
        }
        rows[0].push((*title).to_owned());
        for (row, cells) in rows[1..].iter_mut().zip(&all) {
            row.push(cells[column].clone());
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max();
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|it| width(it).unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:>width$}"));
        cells.collect::<Vec<_>>().join("  ") + "\n"
    };
    let rows: String = rows.iter().map(line).collect();
    format!("{name}\n{rows}")
}

/// The same as CSV, with times in seconds.
pub fn variants_csv(name: &str, reports: &[(String, Report)]) -> String {
    let mut lines = format!(
        "{name},status,duration_seconds,succeeded,failed,timed_out,rejected,canceled,\
         aborted_seconds,aborted_notified,ended_95_seconds\n"
    );
    for (value, report) in reports {
        let seconds =
            |at: Option<Millis>| at.map_or_else(String::new, |at| (at.0 / 1000).to_string());
        let abort = report.abort.as_ref();
        let counts = report.executions;
        let notified = abort.map(|it| it.blast_radius.notified.to_string());
        lines += &[
            value.clone(),
            report.status.clone(),
            seconds(Some(report.duration_seconds)),
            counts.succeeded.to_string(),
            counts.failed.to_string(),
            counts.timed_out.to_string(),
            counts.rejected.to_string(),
            counts.canceled.to_string(),
            seconds(abort.map(|abort| abort.at_seconds)),
            notified.unwrap_or_default(),
            seconds(report.ended_seconds.p95),
        ]
        .join(",");
        lines += "\n";
    }
    lines
}

/// Each minute in which something changed, as CSV.
pub fn minutes_csv(report: &Report) -> String {
    let mut lines = "minute,allowed,notified,queued,in_progress,succeeded,failed,timed_out,\
                     rejected,canceled,removed\n"
        .to_owned();
    for minute in &report.minutes {
        let rates = [minute.minute, minute.allowed, minute.notified];
        let counts = minute.executions.each().map(|(_, count)| count);
        let cells = rates.iter().chain(&counts).map(u64::to_string);
        lines += &cells.collect::<Vec<_>>().join(",");
        lines += "\n";
    }
    lines
}
