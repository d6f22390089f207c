//! A job: its configuration, its targets, and its status. [`jobs`] holds all of them.

pub(crate) mod jobs;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::protocol::{EpochMillis, JobExecutionStatus, ThingName};
use crate::service::abort::AbortCriteria;
use crate::service::document_parameters::{DocumentParameters, fill};
use crate::service::executions::Withheld;
use crate::service::identity::ServiceIdentity;
use crate::service::objects::placeholder::{self, PresignedUrlConfig, Recipient};
use crate::service::retries::RetryCriteria;
use crate::service::rollout::Rollout;
use crate::service::schedule::Schedule;
use crate::service::tags::Tags;

/// The status of a job.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum JobStatus {
    /// It waits for its start time, or for its next maintenance window.
    Scheduled,
    /// It has executions that have not ended, or may get more.
    InProgress,
    /// All executions of a SNAPSHOT job have ended.
    Completed,
    Canceled,
    DeletionInProgress,
}

impl JobStatus {
    pub(crate) const ALL: [Self; 5] = [
        Self::Scheduled,
        Self::InProgress,
        Self::Completed,
        Self::Canceled,
        Self::DeletionInProgress,
    ];

    /// The word that AWS uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::DeletionInProgress => "DELETION_IN_PROGRESS",
        }
    }
}

/// The target of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum JobTarget {
    Thing(ThingName),
    /// All things of a thing group, including its child groups.
    Group(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Job {
    /// The document, byte for byte, before its parameters are filled in.
    pub(crate) document: String,
    /// The document as a device receives it, which follows from the other.
    #[serde(skip, default = "nothing")]
    pub(crate) device_document: Box<RawValue>,
    /// The URL from which the document was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) document_source: Option<String>,
    /// How URLs in the document are signed.
    #[serde(default, skip_serializing_if = "PresignedUrlConfig::is_empty")]
    pub(crate) presigned_url: PresignedUrlConfig,
    /// The job template that it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) basis: Option<Box<JobBasis>>,
    /// The targets, in the order given.
    targets: Vec<(JobTarget, String)>,
    /// Whether things that join a target group later also get the job.
    pub(crate) continuous: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// The in-progress timeout in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_progress_timeout_minutes: Option<u64>,
    /// Which executions are retried.
    pub(crate) retry: Vec<RetryCriteria>,
    /// When the job is aborted.
    pub(crate) abort: Vec<AbortCriteria>,
    /// How fast it reaches its things, and which of them still wait.
    pub(crate) rollout: Rollout,
    /// When it starts and ends by itself.
    pub(crate) schedule: Schedule,
    /// Keys and values that the user chose.
    pub(crate) tags: Tags,
    status: JobStatus,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// When it last changed.
    pub(crate) last_updated_at: EpochMillis,
    /// When it was completed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_at: Option<EpochMillis>,
    /// Only if cancelled: the reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason_code: Option<String>,
    /// The comment of the cancellation, or of the request that added targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    /// Only if cancelled: whether with force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force_canceled: Option<bool>,
    /// Whether its end time has passed: no further thing gets it.
    pub(crate) has_ended: bool,
    /// Only if it is being deleted: when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gone_at: Option<EpochMillis>,
    /// Its entry among the timers of jobs.
    #[serde(skip)]
    pub(crate) timer: Option<EpochMillis>,
    /// Breaks ties between jobs that were created in the same millisecond.
    pub(crate) sequence: u64,
    /// The things that have executions of it.
    #[serde(skip)]
    pub(crate) things: BTreeSet<ThingName>,
    /// How many executions have each status. All executions count, including earlier ones of a thing (recorded session).
    #[serde(skip)]
    pub(crate) counts: BTreeMap<JobExecutionStatus, u64>,
}

/// What a job keeps of the job template that it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JobBasis {
    pub(crate) template_arn: String,
    /// Only of a managed template: the parameters of its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<DocumentParameters>,
}

fn nothing() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

impl Job {
    /// A job with the default configuration: SNAPSHOT, rolled out as fast as possible, and at once if its schedule has no
    /// start.
    pub(crate) fn new(
        document: String,
        device_document: Box<RawValue>,
        targets: Vec<(JobTarget, String)>,
        schedule: Schedule,
        sequence: u64,
        now: EpochMillis,
    ) -> Self {
        Self {
            document,
            device_document,
            document_source: None,
            presigned_url: PresignedUrlConfig::default(),
            basis: None,
            targets,
            continuous: false,
            description: None,
            in_progress_timeout_minutes: None,
            retry: Vec::new(),
            abort: Vec::new(),
            rollout: Rollout::default(),
            status: if schedule.start.is_some() {
                JobStatus::Scheduled
            } else {
                JobStatus::InProgress
            },
            schedule,
            tags: Tags::default(),
            created_at: now,
            last_updated_at: now,
            completed_at: None,
            reason_code: None,
            comment: None,
            force_canceled: None,
            has_ended: false,
            gone_at: None,
            timer: None,
            sequence,
            things: BTreeSet::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The document for a device, with new URLs in it.
    pub(crate) fn document_for(
        &self,
        identity: &ServiceIdentity,
        recipient: Recipient<'_>,
    ) -> Cow<'_, RawValue> {
        placeholder::fill(
            &self.device_document,
            &self.presigned_url,
            identity,
            recipient,
        )
    }

    /// The document with its parameters filled in.
    pub(crate) fn filled_document(&self) -> Cow<'_, str> {
        let basis = self.basis.as_ref();
        match basis.and_then(|basis| basis.parameters.as_ref()) {
            Some(parameters) => fill(&self.document, parameters).into(),
            None => self.document.as_str().into(),
        }
    }

    pub(crate) const fn status(&self) -> JobStatus {
        self.status
    }

    /// The ARNs of the targets, in the order given.
    pub(crate) fn target_arns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.targets.iter().map(|(_, arn)| arn.as_str())
    }

    /// The targets without their ARNs, in the order given.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &JobTarget> {
        self.targets.iter().map(|(target, _)| target)
    }

    /// AWS's word for the target selection.
    pub(crate) const fn selection(&self) -> &'static str {
        if self.continuous {
            "CONTINUOUS"
        } else {
            "SNAPSHOT"
        }
    }

    /// How many executions have this status.
    pub(crate) fn count(&self, status: JobExecutionStatus) -> u64 {
        self.counts.get(&status).copied().unwrap_or(0)
    }

    /// Whether its rollout has begun, and it has not ended: also between two maintenance windows.
    pub(crate) fn is_under_way(&self) -> bool {
        self.status == JobStatus::InProgress || self.is_paused()
    }

    /// Whether it waits for its next maintenance window.
    pub(crate) fn is_paused(&self) -> bool {
        let windows = self.schedule.windows.as_ref();
        self.status == JobStatus::Scheduled && windows.is_some_and(|windows| windows.has_opened)
    }

    /// Which of its executions devices do not get now.
    pub(crate) fn withheld(&self) -> Option<Withheld> {
        match self.status {
            JobStatus::DeletionInProgress => Some(Withheld::All),
            _ => self.is_paused().then_some(Withheld::Queued),
        }
    }

    /// Whether further things may get it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_under_way() && !self.has_ended
    }

    /// Whether nothing is due for it but that its maintenance windows open and close.
    pub(crate) fn only_turns(&self) -> bool {
        let windows = self.schedule.windows.as_ref();
        let has_opened = windows.is_some_and(|windows| windows.has_opened);
        has_opened && self.is_under_way() && self.rollout.is_empty() && self.next_end().is_none()
    }

    /// Whether it is being rolled out: some things still wait.
    pub(crate) fn is_rolling_out(&self) -> bool {
        self.status == JobStatus::InProgress && !self.rollout.is_empty()
    }

    /// When its end time passes, if it has not.
    pub(crate) fn next_end(&self) -> Option<EpochMillis> {
        let end = self.schedule.end.as_ref().map(|(end, _)| end.at);
        end.filter(|_| !self.has_ended)
    }

    /// When one of its maintenance windows opens or closes next.
    pub(crate) fn next_turn(&self) -> Option<EpochMillis> {
        self.schedule.windows.as_ref()?.next_turn
    }

    /// When its next timer is due: its start, its end, its next maintenance window, its next batch, or the end of its deletion.
    pub(crate) fn next_due(&self) -> Option<EpochMillis> {
        let schedule = &self.schedule;
        let first = match self.status {
            JobStatus::Scheduled if schedule.windows.is_some() => None,
            JobStatus::Scheduled => schedule.start.as_ref().map(|start| start.at),
            JobStatus::InProgress => self.rollout.next_batch(),
            JobStatus::Completed | JobStatus::Canceled => return None,
            JobStatus::DeletionInProgress => return self.gone_at,
        };
        let timers = first.into_iter().chain(self.next_end());
        timers.chain(self.next_turn()).min()
    }

    /// Whether no thing waits and all executions have ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.rollout.is_empty()
            && self.count(JobExecutionStatus::Queued) == 0
            && self.count(JobExecutionStatus::InProgress) == 0
    }
}
