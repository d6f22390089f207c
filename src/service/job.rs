//! A job: what it asks for, whom it targets, and where it stands.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::protocol::{EpochMillis, JobExecutionStatus, ThingName};

/// The status of a job. `SCHEDULED` and `DELETION_IN_PROGRESS` do not occur here: nothing is scheduled, and deletion is
/// immediate. <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobStatus {
    /// It has executions that are not over, or may get more.
    InProgress,
    /// Every execution of a SNAPSHOT job is over.
    Completed,
    /// It was cancelled.
    Canceled,
}

impl JobStatus {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
        }
    }
}

/// Whom a job targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// One thing.
    Thing(ThingName),
    /// Every thing of a thing group, its child groups included.
    Group(String),
}

/// Which executions are tried again, and how often in all.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryCriteria {
    /// `FAILED`, `TIMED_OUT` or `ALL`.
    pub(crate) failure_type: String,
    /// 0 to 10.
    pub(crate) number_of_retries: u32,
}

impl RetryCriteria {
    /// Whether an execution that ended so is tried again. One that was rejected never is.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    pub(crate) fn covers(&self, status: JobExecutionStatus) -> bool {
        match status {
            JobExecutionStatus::Failed => matches!(self.failure_type.as_str(), "FAILED" | "ALL"),
            JobExecutionStatus::TimedOut => {
                matches!(self.failure_type.as_str(), "TIMED_OUT" | "ALL")
            }
            _ => false,
        }
    }
}

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The document, byte for byte.
    pub(crate) document: String,
    /// The document as a device receives it.
    pub(crate) device_document: Box<RawValue>,
    /// The targets, in the order given.
    pub(crate) targets: Vec<(Target, String)>,
    /// Whether things that join a target group later get the job, too.
    pub(crate) continuous: bool,
    /// For people.
    pub(crate) description: Option<String>,
    /// Minutes of the in-progress timer.
    pub(crate) in_progress_timeout_minutes: Option<u64>,
    /// Which executions are tried again.
    pub(crate) retry: Vec<RetryCriteria>,
    /// Where it stands.
    pub(crate) status: JobStatus,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// When it last changed.
    pub(crate) last_updated_at: EpochMillis,
    /// When it was completed or cancelled.
    pub(crate) completed_at: Option<EpochMillis>,
    /// Of a cancelled one: why, in a word.
    pub(crate) reason_code: Option<String>,
    /// Of a cancelled one: why, for people.
    pub(crate) comment: Option<String>,
    /// Of a cancelled one: whether with force.
    pub(crate) force_canceled: Option<bool>,
    /// Breaks ties between jobs that were created in the same millisecond.
    pub(crate) sequence: u64,
    /// The things that have executions of it.
    pub(crate) things: BTreeSet<ThingName>,
    /// How many executions stand where: every execution counts, earlier ones of a thing included (recorded session).
    pub(crate) counts: BTreeMap<JobExecutionStatus, u64>,
}

impl Job {
    /// How many executions have this status.
    pub(crate) fn count(&self, status: JobExecutionStatus) -> u64 {
        self.counts.get(&status).copied().unwrap_or(0)
    }

    /// Whether no execution is left that is not over.
    pub(crate) fn is_finished(&self) -> bool {
        self.count(JobExecutionStatus::Queued) == 0
            && self.count(JobExecutionStatus::InProgress) == 0
    }
}
