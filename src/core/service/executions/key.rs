//! What identifies an execution, and its places on lists.

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::execution::Execution;

/// Identifies the attempts of a thing at a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExecutionKey {
    pub(crate) thing: ThingName,
    pub(crate) job: JobId,
}

impl ExecutionKey {
    pub(crate) const fn new(thing: ThingName, job: JobId) -> Self {
        Self { thing, job }
    }
}

/// A place on the lists of the control plane: when the execution last changed, in milliseconds, and its sequence.
pub(crate) type ListPlace = (u64, u64);

/// What lists, timers and pending lists depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service::executions) struct Trace {
    pub(in crate::service::executions) number: u64,
    pub(in crate::service::executions) status: JobExecutionStatus,
    pub(in crate::service::executions) queued_at: EpochMillis,
    pub(in crate::service::executions) sequence: u64,
    pub(in crate::service::executions) place: ListPlace,
    pub(in crate::service::executions) deadline: Option<EpochMillis>,
}

impl Trace {
    pub(in crate::service::executions) fn of(execution: &Execution) -> Self {
        Self {
            number: execution.number,
            status: execution.status,
            queued_at: execution.queued_at,
            sequence: execution.sequence,
            place: (execution.last_updated_at.0, execution.sequence),
            deadline: execution.deadline(),
        }
    }
}
