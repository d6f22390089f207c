//! How many executions, or things, have each status.

use serde::Serialize;
use serde_json::Value;

use crate::protocol::JobExecutionStatus;

/// How many there are with each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub queued: u64,
    pub in_progress: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub rejected: u64,
    pub canceled: u64,
    pub removed: u64,
}

impl Counts {
    /// Those of a job, as DescribeJob answers.
    pub fn of_job(details: &Value) -> Self {
        let count = |name: &str| details[format!("numberOf{name}Things")].as_u64();
        let count = |name| count(name).unwrap_or_default();
        Self {
            queued: count("Queued"),
            in_progress: count("InProgress"),
            succeeded: count("Succeeded"),
            failed: count("Failed"),
            timed_out: count("TimedOut"),
            rejected: count("Rejected"),
            canceled: count("Canceled"),
            removed: count("Removed"),
        }
    }

    /// In the order of a report, each with its status.
    pub fn each(&self) -> [(JobExecutionStatus, u64); 8] {
        [
            (JobExecutionStatus::Queued, self.queued),
            (JobExecutionStatus::InProgress, self.in_progress),
            (JobExecutionStatus::Succeeded, self.succeeded),
            (JobExecutionStatus::Failed, self.failed),
            (JobExecutionStatus::TimedOut, self.timed_out),
            (JobExecutionStatus::Rejected, self.rejected),
            (JobExecutionStatus::Canceled, self.canceled),
            (JobExecutionStatus::Removed, self.removed),
        ]
    }

    pub fn total(&self) -> u64 {
        self.each().iter().map(|(_, count)| count).sum()
    }

    /// Those that have not ended.
    pub const fn open(&self) -> u64 {
        self.queued + self.in_progress
    }

    /// One comes from a status, and goes to another.
    pub fn moves(&mut self, from: Option<JobExecutionStatus>, to: Option<JobExecutionStatus>) {
        if let Some(from) = from {
            *self.of(from) -= 1;
        }
        if let Some(to) = to {
            *self.of(to) += 1;
        }
    }

    fn of(&mut self, status: JobExecutionStatus) -> &mut u64 {
        match status {
            JobExecutionStatus::Queued => &mut self.queued,
            JobExecutionStatus::InProgress => &mut self.in_progress,
            JobExecutionStatus::Succeeded => &mut self.succeeded,
            JobExecutionStatus::Failed => &mut self.failed,
            JobExecutionStatus::TimedOut => &mut self.timed_out,
            JobExecutionStatus::Rejected => &mut self.rejected,
            JobExecutionStatus::Canceled => &mut self.canceled,
            JobExecutionStatus::Removed => &mut self.removed,
        }
    }
}
