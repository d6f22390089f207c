//! What happened in a rehearsal, as far as the report needs it.

use std::collections::BTreeMap;

use crate::fleet::counts::Counts;
use crate::protocol::{EpochMillis, JobExecutionStatus, ThingName};
use crate::service::{Abort, Change, Entry, Event, RateChange, Timer};

const MINUTE_MS: u64 = 60_000;

/// What happened to the job and its executions so far.
#[derive(Debug, Default)]
pub struct Record {
    pub begins: EpochMillis,
    /// AWS's word; empty before the first event, in which a job with a schedule is SCHEDULED.
    pub job_status: &'static str,
    pub started_at: Option<EpochMillis>,
    /// How often it was IN_PROGRESS: how many maintenance windows have opened, if it has any.
    openings: u64,
    /// The same when an execution last changed.
    pub windows: u64,
    /// When it was completed or cancelled.
    pub ended_at: Option<EpochMillis>,
    /// When an execution last changed.
    pub changed_at: Option<EpochMillis>,
    /// Executions, by their status.
    pub executions: Counts,
    /// Things, by the status of their newest execution.
    pub things: Counts,
    /// Per device.
    courses: Vec<Course>,
    /// From queued to started, in milliseconds, for each execution that was started.
    pub waits: Vec<u64>,
    /// From started to ended, likewise.
    pub runs: Vec<u64>,
    /// The same for those that a timer ended.
    pub timed_out: Vec<u64>,
    pub in_progress_timeouts: u64,
    pub step_timeouts: u64,
    pub first_rate: Option<(EpochMillis, u64)>,
    pub rates: Vec<(EpochMillis, RateChange)>,
    pub highest_rate: u64,
    pub abort: Option<AbortRecord>,
    pub minutes: Vec<Minute>,
}

/// What happened to a thing.
#[derive(Debug, Clone, Default)]
struct Course {
    status: Option<JobExecutionStatus>,
    queued_at: EpochMillis,
    started_at: Option<EpochMillis>,
    ended_at: Option<EpochMillis>,
    was_started: bool,
    /// Whether an execution of it failed in any way, also if it was retried.
    has_failed: bool,
}

/// An abort: the state when the criteria were met, and what became of the executions in progress.
#[derive(Debug)]
pub struct AbortRecord {
    pub at: EpochMillis,
    pub abort: Abort,
    /// How the execution that tipped it ended.
    pub tipped_with: Option<JobExecutionStatus>,
    pub notified: u64,
    pub started: u64,
    pub failed: u64,
    pub things: Counts,
    /// How executions that were in progress ended.
    pub afterwards: Counts,
}

/// A minute in which something happened, with the state at its end.
#[derive(Debug, Clone)]
pub struct Minute {
    /// From 0, since the job was created.
    pub number: u64,
    /// How many things might get an execution, if the rollout went on.
    pub allowed: u64,
    /// How many things got an execution.
    pub notified: u64,
    pub executions: Counts,
}

impl Record {
    pub fn new(begins: EpochMillis, devices: usize) -> Self {
        Self {
            begins,
            courses: vec![Course::default(); devices],
            ..Self::default()
        }
    }

    /// Whether the job and all its executions have ended.
    pub fn is_over(&self) -> bool {
        self.ended_at.is_some() && self.executions.open() == 0
    }

    /// How many maintenance windows have opened since an execution last changed.
    pub fn idle_windows(&self) -> u64 {
        self.openings - self.windows
    }

    /// Adds what happened. Returns whether it is more than that another maintenance window opens or closes.
    pub fn add(&mut self, entry: &Entry, places: &BTreeMap<ThingName, usize>) -> bool {
        let at = entry.at;
        match &entry.event {
            Event::Job(status) => {
                self.job_status = status;
                match *status {
                    "IN_PROGRESS" => {
                        self.openings += 1;
                        let is_first = self.started_at.is_none();
                        self.started_at.get_or_insert(at);
                        return is_first;
                    }
                    "SCHEDULED" => return false,
                    _ => self.ended_at = Some(at),
                }
            }
            Event::Minute { rate } => {
                self.first_rate.get_or_insert((at, *rate));
                self.highest_rate = self.highest_rate.max(*rate);
                self.minute(at).allowed += rate;
            }
            Event::Rate(change) => self.rates.push((at, *change)),
            Event::Abort(abort) => self.aborted(at, abort, places),
            Event::Execution(change) => {
                if let Some(place) = places.get(&change.thing) {
                    self.changed(at, *place, change);
                }
            }
        }
        true
    }

    fn minute(&mut self, at: EpochMillis) -> &mut Minute {
        let number = at.0.saturating_sub(self.begins.0) / MINUTE_MS;
        if self.minutes.last().is_none_or(|last| last.number != number) {
            self.minutes.push(Minute {
                number,
                allowed: 0,
                notified: 0,
                executions: self.executions,
            });
        }
        let last = self.minutes.len() - 1;
        &mut self.minutes[last]
    }

    fn changed(&mut self, at: EpochMillis, place: usize, change: &Change) {
        let course = &mut self.courses[place];
        self.changed_at = Some(at);
        self.windows = self.openings;
        self.executions.moves(change.from, change.to);
        self.things.moves(course.status, change.to);
        let is_first = course.status.is_none();
        course.status = change.to;
        match change.to {
            Some(JobExecutionStatus::Queued) => {
                (course.queued_at, course.started_at, course.ended_at) = (at, None, None);
            }
            Some(JobExecutionStatus::InProgress) => {
                course.started_at = Some(at);
                course.was_started = true;
                self.waits.push(at.0 - course.queued_at.0);
            }
            Some(ended) => {
                course.ended_at = Some(at);
                course.has_failed |= matches!(
                    ended,
                    JobExecutionStatus::Failed
                        | JobExecutionStatus::TimedOut
                        | JobExecutionStatus::Rejected
                );
                if let Some(started_at) = course.started_at {
                    let run = at.0 - started_at.0;
                    self.runs.push(run);
                    if change.timer.is_some() {
                        self.timed_out.push(run);
                    }
                }
            }
            None => {}
        }
        match change.timer {
            Some(Timer::InProgress) => self.in_progress_timeouts += 1,
            Some(Timer::Step) => self.step_timeouts += 1,
            None => {}
        }
        if let Some(abort) = &mut self.abort
            && change.from == Some(JobExecutionStatus::InProgress)
        {
            abort.afterwards.moves(None, change.to);
        }
        let executions = self.executions;
        let minute = self.minute(at);
        minute.executions = executions;
        minute.notified += u64::from(is_first);
    }

    fn aborted(&mut self, at: EpochMillis, abort: &Abort, places: &BTreeMap<ThingName, usize>) {
        let tipped_by = abort.tipped_by.as_ref();
        let place = tipped_by.and_then(|(thing, _)| places.get(thing));
        let count = |is: fn(&Course) -> bool| {
            let courses = self.courses.iter();
            courses.filter(|course| is(course)).count() as u64
        };
        self.abort = Some(AbortRecord {
            at,
            abort: abort.clone(),
            tipped_with: place.and_then(|place| self.courses[*place].status),
            notified: self.things.total(),
            started: count(|course| course.was_started),
            failed: count(|course| course.has_failed),
            things: self.things,
            afterwards: Counts::default(),
        });
    }

    /// The status of the newest execution of a thing.
    pub fn status(&self, place: usize) -> Option<JobExecutionStatus> {
        self.courses.get(place)?.status
    }

    /// When the newest executions of things ended, in order, in milliseconds since the job was created.
    pub fn ends(&self) -> Vec<u64> {
        let ends = self.courses.iter().filter_map(|course| course.ended_at);
        let mut ends: Vec<u64> = ends.map(|at| at.0 - self.begins.0).collect();
        ends.sort_unstable();
        ends
    }
}
