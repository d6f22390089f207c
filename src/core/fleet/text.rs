//! A report for people, in 80 columns.

use std::fmt::Write as _;

use crate::fleet::counts::Counts;
use crate::fleet::curves::curves;
use crate::fleet::report::{AbortReport, End, RateReport, Report};
use crate::fleet::times::{Millis, Spread};

/// What a rehearsal is, and what it is not.
const MODEL: &str = "\
Modelled: rollout rates and their growth, abort criteria, both timers, retries,
schedules, groups, and devices that fail, reject, hang, are away or restart.
Not modelled: latency and quotas. A message takes no time. AWS counts, cancels
and times out a little later: a timer may be up to a minute late.
";

impl Report {
    /// The report for people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "Rehearsal of job {} for {}, seed {}\n{}\n\n",
            self.job_id,
            things(self.targets),
            self.seed,
            self.headline(),
        );
        self.write_counts(&mut text);
        self.write_groups(&mut text);
        self.write_rates(&mut text);
        if let Some(abort) = &self.abort {
            text += "\n";
            write_abort(&mut text, abort, self.targets);
        }
        self.write_times(&mut text);
        text += "\n";
        text += &curves(&self.minutes);
        text += "\n";
        text + MODEL
    }

    fn headline(&self) -> String {
        let (status, lasts) = (&self.status, self.duration_seconds);
        let words = lasts.words();
        let open = self.executions.open();
        match (self.end, self.job_seconds) {
            (End::Partial, _) => {
                format!(
                    "PARTIAL: interrupted at {} of the rollout, job {status}",
                    lasts.clock()
                )
            }
            (End::Stuck, _) => {
                let never = match open {
                    1 => "1 execution never ends: no timer ends it".to_owned(),
                    open => format!("{open} executions never end: no timer ends them"),
                };
                // A timer ends only what has started.
                let hint = match self.executions.in_progress {
                    0 => "",
                    _ => "\nhint: set timeoutConfig.inProgressTimeoutInMinutes",
                };
                format!("The job is {status}. {never}.{hint}")
            }
            (End::Open, _) => format!(
                "The job is {status}: it waits for further things.\nThe last change was after {words}."
            ),
            (End::Ended, Some(job)) if job < lasts => format!(
                "The job is {status} after {}. The last execution ended after {words}.",
                job.words()
            ),
            (End::Ended, _) => format!("The job is {status} after {words}."),
        }
    }

    fn write_counts(&self, text: &mut String) {
        let is_wide = self.retries > 0;
        let mut row = |name: &str, executions: &str, things: &str| {
            let line = if is_wide {
                format!("{name:<18}{executions:>12}{things:>12}")
            } else {
                format!("{name:<18}{executions:>12}")
            };
            text.push_str(line.trim_end());
            text.push('\n');
        };
        row("", "executions", "things");
        for ((status, executions), (_, things)) in
            self.executions.each().into_iter().zip(self.things.each())
        {
            if executions > 0 || things > 0 {
                row(
                    status.as_str(),
                    &executions.to_string(),
                    &things.to_string(),
                );
            }
        }
        let total = self.executions_total.to_string();
        row("total", &total, &self.things.total().to_string());
        if is_wide {
            let retries = self.retries;
            let _ = writeln!(
                text,
                "{retries} of the executions are retries; AWS counts them all."
            );
        }
        if self.not_notified > 0 {
            let got = match self.end {
                End::Partial => "had not got the job",
                _ => "never got the job",
            };
            let _ = writeln!(text, "{} {got}.", things(self.not_notified));
        }
    }

    fn write_groups(&self, text: &mut String) {
        for (name, group) in &self.groups {
            let things = group.things.each().into_iter();
            let things = things.filter(|(_, count)| *count > 0);
            let things = things.map(|(status, count)| format!("{count} {status}"));
            let things: Vec<String> = things.collect();
            let things = if things.is_empty() {
                "none has the job".to_owned()
            } else {
                things.join(", ")
            };
            let _ = writeln!(
                text,
                "Group {name}, {}: {things}",
                self::things(group.devices)
            );
        }
    }

    fn write_rates(&self, text: &mut String) {
        let Some((first, at)) = self.rollout.first_rate.zip(self.rollout.started_seconds) else {
            return;
        };
        *text += "\nAt         things per minute\n";
        let _ = writeln!(text, "{:<10} {first:<6}the first minute", at.clock());
        for change in &self.rollout.changes {
            let at = change.at_seconds.clock();
            let _ = writeln!(text, "{at:<10} {:<6}{}", change.to, cause(change));
        }
        if let Some(windows) = self.rollout.windows {
            let _ = writeln!(text, "\nMaintenance windows: {windows}");
        }
    }

    fn write_times(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n{:<28}{:>12}{:>12}{:>12}",
            "Time", "p50", "p95", "max"
        );
        let mut row = |name: &str, spread: Option<Spread>| {
            if let Some(Spread { p50, p95, max, .. }) = spread {
                let [p50, p95, max] = [p50, p95, max].map(Millis::words);
                let _ = writeln!(text, "{name:<28}{p50:>12}{p95:>12}{max:>12}");
            }
        };
        row("from queued to started", self.wait_seconds);
        row("from started to ended", self.run_seconds);
        row("until a timer ended it", self.timeouts.after_seconds);
        let ended = self.ended_seconds;
        let _ = writeln!(
            text,
            "\n{:<28}{:>12}{:>12}{:>12}",
            "Things", "50 %", "95 %", "100 %"
        );
        let absent = match self.end {
            End::Partial => "not yet",
            _ => "never",
        };
        let [p50, p95, p100] = [ended.p50, ended.p95, ended.p100]
            .map(|at| at.map_or_else(|| absent.to_owned(), Millis::clock));
        let _ = writeln!(text, "{:<28}{p50:>12}{p95:>12}{p100:>12}", "have ended at");
        let (whole, step) = (self.timeouts.in_progress, self.timeouts.step);
        if whole + step > 0 {
            let _ = writeln!(
                text,
                "\nTimed out: {whole} by the in-progress timer, {step} by the step timer"
            );
        }
    }
}

fn cause(change: &RateReport) -> String {
    let (count, each) = (change.count, change.each);
    let what = if change.criterion == "numberOfNotifiedThings" {
        "things notified"
    } else {
        "succeeded"
    };
    let grows = if change.to > change.from {
        "rises"
    } else {
        "falls"
    };
    format!(
        "{grows} from {}: {count} {what}, it grows with each {each}",
        change.from
    )
}

fn write_abort(text: &mut String, abort: &AbortReport, targets: u64) {
    let radius = &abort.blast_radius;
    let (failures, completed) = (abort.failures, abort.completed);
    let kind = match abort.failure_type.as_str() {
        "ALL" => "failures of any kind",
        kind => kind,
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of executions in memory")]
    let share = failures as f64 * 100.0 / completed.max(1) as f64;
    let _ = writeln!(
        text,
        "Aborted at {}: {failures} of {completed} executions that had ended, {share:.1} %",
        abort.at_seconds.clock(),
    );
    let _ = writeln!(
        text,
        "  criterion     {kind}, {} % of at least {}",
        abort.threshold_percentage, abort.min_number_of_executed_things
    );
    if let Some(by) = &abort.tipped_by {
        let status = by.status.unwrap_or_default();
        let _ = writeln!(
            text,
            "  tipped by     {}, execution {}, {status}",
            by.thing, by.execution_number
        );
    }
    let _ = writeln!(
        text,
        "  blast radius  {} of {targets} things notified, {} started, {} failed",
        radius.notified, radius.started, radius.failed,
    );
    if radius.in_progress > 0 {
        let _ = writeln!(
            text,
            "  went on       {}",
            went_on(radius.in_progress, &abort.afterwards)
        );
    }
}

/// What became of executions that an abort does not stop.
fn went_on(in_progress: u64, afterwards: &Counts) -> String {
    let ends = afterwards
        .each()
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let ends: Vec<String> = ends
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    let left = in_progress.saturating_sub(afterwards.total());
    let left = (left > 0).then(|| format!("{left} not ended"));
    let ends: Vec<String> = ends.into_iter().chain(left).collect();
    format!("{in_progress} in progress: {}", ends.join(", "))
}

fn things(count: u64) -> String {
    match count {
        1 => "1 thing".to_owned(),
        count => format!("{count} things"),
    }
}
