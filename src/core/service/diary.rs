//! What happened, for a caller that asks for it: every change of an execution, each batch of a rollout, each rise of its rate, and
//! why a job was aborted. Nothing is written unless [`crate::service::Service::keep_diary`] was called.

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::execution::Execution;
use crate::service::rollout::{Opened, RateIncrease};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub at: EpochMillis,
    pub job: JobId,
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The job has this status now, in AWS's word.
    Job(&'static str),
    Execution(Change),
    /// A minute of the rollout begins: this many things may get an execution in it.
    Minute {
        rate: u64,
    },
    /// The rate is another one than in the minute before.
    Rate(RateChange),
    /// The criteria to abort the job are met; the cancellation follows.
    Abort(Abort),
}

/// An execution is new, has another status, or was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub thing: ThingName,
    pub execution_number: u64,
    /// `None` if it is new.
    pub from: Option<JobExecutionStatus>,
    /// `None` if it was deleted.
    pub to: Option<JobExecutionStatus>,
    /// The timer that ended it, if one did.
    pub timer: Option<Timer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    InProgress,
    Step,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateChange {
    pub from: u64,
    pub to: u64,
    pub cause: Growth,
}

/// What a rate grows with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// The number of things that got an execution, and after how many the rate rises.
    Notified { count: u64, each: u64 },
    /// The same for executions that succeeded.
    Succeeded { count: u64, each: u64 },
}

/// Why a job is aborted.
#[derive(Debug, Clone, PartialEq)]
pub struct Abort {
    pub failure_type: String,
    pub threshold_percentage: f64,
    pub min_number_of_executed_things: u64,
    /// Executions of this type of failure.
    pub failures: u64,
    /// Executions that have ended.
    pub completed: u64,
    /// The execution whose end met the criteria; `None` if another change did.
    pub tipped_by: Option<(ThingName, u64)>,
}

/// The entries that the caller has not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    pub(crate) is_kept: bool,
    /// In order.
    pub(crate) entries: Vec<Entry>,
}

impl Diary {
    pub(crate) fn note(&mut self, at: EpochMillis, job: &JobId, event: impl FnOnce() -> Event) {
        if self.is_kept {
            self.entries.push(Entry {
                at,
                job: job.clone(),
                event: event(),
            });
        }
    }

    /// A minute of a rollout that begins.
    pub(crate) fn note_minute(&mut self, at: EpochMillis, job: &JobId, opened: Opened) {
        let change = opened.before.filter(|before| *before != opened.rate);
        if let Some((from, increase)) = change.zip(opened.increase) {
            let (count, to) = (opened.count, opened.rate);
            let cause = match increase {
                RateIncrease::NotifiedThings(each) => Growth::Notified { count, each },
                RateIncrease::SucceededThings(each) => Growth::Succeeded { count, each },
            };
            self.note(at, job, || Event::Rate(RateChange { from, to, cause }));
        }
        let rate = opened.rate;
        self.note(at, job, || Event::Minute { rate });
    }
}

/// The timer of an execution that runs out first.
pub(crate) fn timer(execution: &Execution) -> Timer {
    match (execution.in_progress_deadline, execution.step_deadline) {
        (Some(whole), Some(step)) if step < whole => Timer::Step,
        (None, Some(_)) => Timer::Step,
        _ => Timer::InProgress,
    }
}
