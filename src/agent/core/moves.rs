//! The moves of the device.

use crate::agent::core::execution::ExecutionId;

/// A step of the device itself. In a session it may wait for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Move {
    /// GetPendingJobExecutions.
    AskPending,
    /// DescribeJobExecution, to read the document before the claim.
    Describe(ExecutionId),
    /// StartNextPendingJobExecution.
    ClaimNext,
    /// UpdateJobExecution of the execution that was described.
    ClaimDescribed(ExecutionId),
    /// DescribeJobExecution, for the time that is left.
    AskTimeLeft,
    /// UpdateJobExecution while the work continues.
    ReportProgress,
    /// UpdateJobExecution with the outcome.
    ReportOutcome,
    StartStep,
}
