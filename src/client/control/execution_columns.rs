//! The columns of both lists of job executions. Pure.

use crate::control::operation::Column;

/// The columns of a list of executions. `first` is the thing or the job.
pub(crate) const fn execution_columns(first: Column) -> [Column; 7] {
    [
        first,
        Column::plain("status", "/jobExecutionSummary/status"),
        Column::time("queuedAt", "/jobExecutionSummary/queuedAt"),
        Column::time("startedAt", "/jobExecutionSummary/startedAt"),
        Column::time("lastUpdatedAt", "/jobExecutionSummary/lastUpdatedAt"),
        Column::plain("number", "/jobExecutionSummary/executionNumber"),
        Column::plain("retry", "/jobExecutionSummary/retryAttempt"),
    ]
}
