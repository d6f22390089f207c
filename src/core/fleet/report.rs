//! What is reported about a rehearsal.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::fleet::counts::Counts;
use crate::fleet::record::{AbortRecord, Minute, Record};
use crate::fleet::setup::utc;
use crate::fleet::times::{Millis, Spread, part};
use crate::fleet::world::World;
use crate::protocol::{EpochMillis, JobExecutionStatus};
use crate::service::Growth;

/// What is reported about a rehearsal. The numbers of executions are those of DescribeJob.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub job_id: String,
    /// The status of the job, in AWS's word.
    pub status: String,
    /// Why nothing happens any more.
    pub end: End,
    pub seed: u64,
    /// How many devices there are.
    pub devices: u64,
    /// How many of them the job is for.
    pub targets: u64,
    pub created_at: String,
    /// From the creation of the job until nothing changes any more.
    pub duration_seconds: Millis,
    /// From the creation until the job is COMPLETED or CANCELED.
    pub job_seconds: Option<Millis>,
    pub aborted: bool,
    /// Executions.
    #[serde(flatten)]
    pub executions: Counts,
    /// How many executions there are.
    pub executions_total: u64,
    /// How many of them are retries.
    pub retries: u64,
    /// Things, by the status of their newest execution.
    pub things: Counts,
    /// The things of each group besides that of the whole fleet.
    pub groups: BTreeMap<String, GroupReport>,
    /// Things that the job is for and that never got an execution.
    pub not_notified: u64,
    pub rollout: Rollout,
    pub abort: Option<AbortReport>,
    /// From queued to started.
    pub wait_seconds: Option<Spread>,
    /// From started to ended.
    pub run_seconds: Option<Spread>,
    /// Until so many per cent of the things that the job is for have ended.
    pub ended_seconds: Parts,
    pub timeouts: Timeouts,
    /// Each minute in which something changed.
    pub minutes: Vec<MinuteReport>,
}

/// The things of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupReport {
    pub devices: u64,
    /// By the status of their newest execution.
    #[serde(flatten)]
    pub things: Counts,
}

/// Why a rehearsal is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum End {
    /// The job and all its executions have ended.
    Ended,
    /// Executions have not ended, and nothing that is due changes that.
    Stuck,
    /// Nothing is due, but the job is CONTINUOUS and waits for further things.
    Open,
    /// The user interrupted it.
    Partial,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// When the first thing got its execution.
    pub started_seconds: Option<Millis>,
    /// Things per minute in the first minute.
    pub first_rate: Option<u64>,
    pub highest_rate: u64,
    /// How many maintenance windows it took until nothing changed any more.
    pub windows: Option<u64>,
    pub changes: Vec<RateReport>,
}

/// A minute from which on the rate is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RateReport {
    pub at_seconds: Millis,
    pub from: u64,
    pub to: u64,
    /// What the rate grows with, as CreateJob names it.
    pub criterion: &'static str,
    /// After how many of these it rises.
    pub each: u64,
    /// How many there are.
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbortReport {
    pub at_seconds: Millis,
    pub failure_type: String,
    pub threshold_percentage: f64,
    pub min_number_of_executed_things: u64,
    /// The numerator: executions.
    pub failures: u64,
    /// The denominator: executions that had ended.
    pub completed: u64,
    pub tipped_by: Option<TippedBy>,
    pub blast_radius: BlastRadius,
    /// How the executions ended that were in progress.
    pub afterwards: Counts,
}

/// The execution whose end met the criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TippedBy {
    pub thing: String,
    pub execution_number: u64,
    pub status: Option<&'static str>,
}

/// Things, when the criteria were met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlastRadius {
    /// Those that had an execution.
    pub notified: u64,
    /// Those that had begun to work.
    pub started: u64,
    /// Those of which an execution failed, timed out or was rejected, also if it was retried.
    pub failed: u64,
    pub in_progress: u64,
    pub succeeded: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parts {
    pub p50: Option<Millis>,
    pub p95: Option<Millis>,
    pub p100: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timeouts {
    /// By the in-progress timer.
    pub in_progress: u64,
    /// By the step timer.
    pub step: u64,
    /// How long the executions were in progress.
    pub after_seconds: Option<Spread>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MinuteReport {
    /// Since the creation of the job, from 0.
    pub minute: u64,
    /// How many things might get their first execution by the rate.
    pub allowed: u64,
    /// How many did.
    pub notified: u64,
    /// Executions at the end of the minute.
    #[serde(flatten)]
    pub executions: Counts,
}

/// How far a rehearsal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Since the job was created.
    pub at: Millis,
    /// How many things the job is for.
    pub targets: u64,
    /// How many of them have ended.
    pub ended: u64,
    pub minutes: Vec<MinuteReport>,
}

impl World {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        let things = self.record.things;
        Progress {
            at: Millis(self.now.0.saturating_sub(self.record.begins.0)),
            targets: self.targets(),
            ended: things.total() - things.open(),
            minutes: self.record.minutes.iter().map(minute).collect(),
        }
    }

    fn targets(&self) -> u64 {
        self.members.iter().filter(|it| it.is_target).count() as u64
    }

    /// What is to be reported now.
    pub fn report(&mut self) -> Report {
        let job = self.describe_job();
        let executions = Counts::of_job(&job["jobProcessDetails"]);
        let end = self.end();
        let record = &self.record;
        let since = |at: EpochMillis| Millis(at.0.saturating_sub(record.begins.0));
        let things = record.things;
        let targets = self.targets();
        let ends = record.ends();
        let part = |percent| part(&ends, targets, percent);
        let last = record.changed_at.into_iter().chain(record.ended_at).max();
        let until = if end == End::Partial {
            Some(self.now)
        } else {
            last
        };
        Report {
            job_id: self.setup.job.id.clone(),
            status: text(&job["status"]),
            end,
            seed: self.setup.seed,
            devices: self.members.len() as u64,
            targets,
            created_at: utc(record.begins).to_string(),
            duration_seconds: since(until.unwrap_or(record.begins)),
            job_seconds: record.ended_at.map(since),
            aborted: record.abort.is_some(),
            executions,
            executions_total: executions.total(),
            retries: executions.total().saturating_sub(things.total()),
            things,
            groups: self.group_reports(),
            not_notified: targets.saturating_sub(things.total()),
            rollout: rollout(record, self.setup.job.has_windows()),
            abort: record
                .abort
                .as_ref()
                .map(|abort| abort_report(record, abort)),
            wait_seconds: Spread::of(&record.waits),
            run_seconds: Spread::of(&record.runs),
            ended_seconds: Parts {
                p50: part(50),
                p95: part(95),
                p100: part(100),
            },
            timeouts: Timeouts {
                in_progress: record.in_progress_timeouts,
                step: record.step_timeouts,
                after_seconds: Spread::of(&record.timed_out),
            },
            minutes: record.minutes.iter().map(minute).collect(),
        }
    }

    fn group_reports(&self) -> BTreeMap<String, GroupReport> {
        let groups = self.groups.iter().enumerate().skip(1);
        let report = |group: usize| {
            let members = self.members.iter().enumerate();
            let members = members.filter(|(_, member)| member.groups.contains(&group));
            let (mut devices, mut things) = (0, Counts::default());
            for (place, _) in members {
                devices += 1;
                things.moves(None, self.record.status(place));
            }
            GroupReport { devices, things }
        };
        groups
            .map(|(group, name)| (name.clone(), report(group)))
            .collect()
    }

    fn end(&self) -> End {
        if self.record.is_over() {
            End::Ended
        } else if !self.is_over() {
            End::Partial
        } else if self.record.executions.open() > 0 {
            End::Stuck
        } else {
            End::Open
        }
    }
}

fn rollout(record: &Record, has_windows: bool) -> Rollout {
    let since = |at: EpochMillis| Millis(at.0.saturating_sub(record.begins.0));
    let changes = record.rates.iter().map(|(at, change)| {
        let (criterion, count, each) = match change.cause {
            Growth::Notified { count, each } => ("numberOfNotifiedThings", count, each),
            Growth::Succeeded { count, each } => ("numberOfSucceededThings", count, each),
        };
        RateReport {
            at_seconds: since(*at),
            from: change.from,
            to: change.to,
            criterion,
            each,
            count,
        }
    });
    Rollout {
        started_seconds: record.first_rate.map(|(at, _)| since(at)),
        first_rate: record.first_rate.map(|(_, rate)| rate),
        highest_rate: record.highest_rate,
        windows: has_windows.then_some(record.windows),
        changes: changes.collect(),
    }
}

fn abort_report(record: &Record, found: &AbortRecord) -> AbortReport {
    let (abort, things) = (&found.abort, found.things);
    AbortReport {
        at_seconds: Millis(found.at.0.saturating_sub(record.begins.0)),
        failure_type: abort.failure_type.clone(),
        threshold_percentage: abort.threshold_percentage,
        min_number_of_executed_things: abort.min_number_of_executed_things,
        failures: abort.failures,
        completed: abort.completed,
        tipped_by: abort.tipped_by.as_ref().map(|(thing, number)| TippedBy {
            thing: thing.to_string(),
            execution_number: *number,
            status: found.tipped_with.map(JobExecutionStatus::as_str),
        }),
        blast_radius: BlastRadius {
            notified: found.notified,
            started: found.started,
            failed: found.failed,
            in_progress: things.in_progress,
            succeeded: things.succeeded,
        },
        afterwards: found.afterwards,
    }
}

pub(super) fn minute(minute: &Minute) -> MinuteReport {
    MinuteReport {
        minute: minute.number,
        allowed: minute.allowed,
        notified: minute.notified,
        executions: minute.executions,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
