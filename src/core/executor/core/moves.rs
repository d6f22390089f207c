//! The moves of the device.

use crate::executor::core::execution::ExecutionId;

/// A step of the device itself. In a session it may wait for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// GetPendingJobExecutions.
    AskPending,
    /// DescribeJobExecution, to read the document before the claim.
    Describe(ExecutionId),
    /// StartNextPendingJobExecution.
    ClaimNext,
    /// UpdateJobExecution of the execution that was described.
    ClaimDescribed(ExecutionId),
    /// DescribeJobExecution of an execution that a list, which may be cut, does not contain.
    Verify(ExecutionId),
    /// DescribeJobExecution, for the time that is left.
    AskTimeLeft,
    /// UpdateJobExecution while the work continues.
    ReportProgress,
    /// UpdateJobExecution with the outcome.
    ReportOutcome,
    StartStep,
}

impl Move {
    /// Whether it is part of a claim.
    pub const fn is_claim(&self) -> bool {
        matches!(
            self,
            Self::Describe(_) | Self::ClaimNext | Self::ClaimDescribed(_)
        )
    }
}
