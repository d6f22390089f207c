//! The pending list of a thing: its places, what is withheld from it, and how an input changes it.

use std::collections::BTreeMap;

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId};
use crate::service::executions::key::Trace;

/// A place on the pending list: executions in progress first, then by the time of queueing, then by creation.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-startnextpendingjobexecution>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::service::executions) struct PendingPlace {
    queued: bool,
    queued_at: EpochMillis,
    sequence: u64,
    pub(in crate::service::executions) job: JobId,
    /// The number of the execution.
    pub(in crate::service::executions) number: u64,
}

/// Which executions of a job devices do not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Those that are queued: its maintenance window is closed.
    Queued,
    /// All of them, and their timers stand still: the job is being deleted.
    All,
}

/// What of an execution concerns its device.
#[derive(Debug, Default)]
pub(in crate::service::executions) struct Handed {
    /// When its timer expires.
    pub(in crate::service::executions) deadline: Option<EpochMillis>,
    pub(in crate::service::executions) place: Option<PendingPlace>,
}

impl Handed {
    pub(in crate::service::executions) fn of(
        job: &JobId,
        execution: Trace,
        withheld: Option<Withheld>,
    ) -> Self {
        let is_queued = execution.status == JobExecutionStatus::Queued;
        let is_handed_out = match withheld {
            None => true,
            Some(Withheld::Queued) => !is_queued,
            Some(Withheld::All) => return Self::default(),
        };
        let place = || PendingPlace {
            queued: is_queued,
            queued_at: execution.queued_at,
            sequence: execution.sequence,
            job: job.clone(),
            number: execution.number,
        };
        Self {
            deadline: execution.deadline,
            place: (is_handed_out && !execution.status.is_terminal()).then(place),
        }
    }
}

/// What the current input has done to the pending list of one thing so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    /// The head of the list before the input.
    pub(crate) head_before: Option<(JobId, u64)>,
    /// Executions that were added to the list (+1) or removed from it (-1); zero for those that were both.
    changes: BTreeMap<(JobId, u64), i8>,
}

impl Touched {
    pub(in crate::service::executions) fn new(head: Option<&PendingPlace>) -> Self {
        Self {
            head_before: head.map(|place| (place.job.clone(), place.number)),
            changes: BTreeMap::new(),
        }
    }

    /// Notes that a place is added to the list (+1) or removed from it (-1).
    pub(in crate::service::executions) fn note(&mut self, place: &PendingPlace, change: i8) {
        let execution = (place.job.clone(), place.number);
        *self.changes.entry(execution).or_default() += change;
    }

    /// Whether the list now has different members.
    pub(crate) fn members_changed(&self) -> bool {
        self.changes.values().any(|change| *change != 0)
    }
}
