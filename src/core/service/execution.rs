//! One job execution: its state machine and its members.

use serde::{Deserialize, Serialize};

use crate::protocol::{EpochMillis, JobExecutionStatus};
use crate::service::retries::Retries;
use crate::service::status_details::Details;

/// What can happen to a job execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExecutionEvent {
    /// `start-next` picked the execution.
    Start,
    /// The device reported this status.
    Report(JobExecutionStatus),
    /// One of its timers ran out.
    TimeOut,
    /// It, or its job, was cancelled on the control plane.
    Cancel {
        /// Whether an execution in progress is cancelled as well.
        force: bool,
    },
    /// The thing left the group through which the job reached it.
    LeaveGroup,
}

impl ExecutionEvent {
    /// Every event, for the printed matrix.
    pub(crate) const ALL: [Self; 13] = [
        Self::Start,
        Self::Report(JobExecutionStatus::InProgress),
        Self::Report(JobExecutionStatus::Succeeded),
        Self::Report(JobExecutionStatus::Failed),
        Self::Report(JobExecutionStatus::Rejected),
        Self::Report(JobExecutionStatus::Queued),
        Self::Report(JobExecutionStatus::Canceled),
        Self::Report(JobExecutionStatus::TimedOut),
        Self::Report(JobExecutionStatus::Removed),
        Self::TimeOut,
        Self::Cancel { force: false },
        Self::Cancel { force: true },
        Self::LeaveGroup,
    ];
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransitionRefusal {
    /// Not an error, but nothing changes: the execution is in progress already, or the event does not affect it.
    NoOp,
    /// A device cannot report this status.
    NotSettable,
    /// The execution has ended.
    Terminal,
    /// The execution is in progress, and the event is without force.
    InProgress,
}

/// Whether a device may report this status at all.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>
pub(crate) const fn is_settable(status: JobExecutionStatus) -> bool {
    use JobExecutionStatus::{
        Canceled, Failed, InProgress, Queued, Rejected, Removed, Succeeded, TimedOut,
    };
    match status {
        InProgress | Succeeded | Failed | Rejected => true,
        Queued | Canceled | TimedOut | Removed => false,
    }
}

/// The state machine. It is total: every event has a result in every status.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
///
/// A row per event, a column per status: the status that follows, `.` where nothing changes and it is not an error, or the
/// refusal.
///
/// ```text
///                     QUEUED       IN_PROGRESS  SUCCEEDED    FAILED       TIMED_OUT    REJECTED     REMOVED      CANCELED
/// start-next          IN_PROGRESS  .            !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// update IN_PROGRESS  IN_PROGRESS  IN_PROGRESS  !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// update SUCCEEDED    SUCCEEDED    SUCCEEDED    !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// update FAILED       FAILED       FAILED       !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// update REJECTED     REJECTED     REJECTED     !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// update QUEUED       !settable    !settable    !settable    !settable    !settable    !settable    !settable    !settable
/// update CANCELED     !settable    !settable    !settable    !settable    !settable    !settable    !settable    !settable
/// update TIMED_OUT    !settable    !settable    !settable    !settable    !settable    !settable    !settable    !settable
/// update REMOVED      !settable    !settable    !settable    !settable    !settable    !settable    !settable    !settable
/// timer               .            TIMED_OUT    !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// cancel              CANCELED     !in-progress !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// cancel --force      CANCELED     CANCELED     !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// leave group         REMOVED      .            !terminal    !terminal    !terminal    !terminal    !terminal    !terminal
/// ```
pub(crate) const fn next(
    status: JobExecutionStatus,
    event: ExecutionEvent,
) -> Result<JobExecutionStatus, TransitionRefusal> {
    use JobExecutionStatus::{Canceled, InProgress, Queued, Removed, TimedOut};
    match event {
        // Recorded session: this refusal comes before the execution is looked up.
        ExecutionEvent::Report(reported) if !is_settable(reported) => {
            Err(TransitionRefusal::NotSettable)
        }
        _ if status.is_terminal() => Err(TransitionRefusal::Terminal),
        ExecutionEvent::Report(reported) => Ok(reported),
        ExecutionEvent::Start => match status {
            Queued => Ok(InProgress),
            _ => Err(TransitionRefusal::NoOp),
        },
        ExecutionEvent::TimeOut => match status {
            InProgress => Ok(TimedOut),
            _ => Err(TransitionRefusal::NoOp),
        },
        ExecutionEvent::Cancel { force } => match status {
            InProgress if !force => Err(TransitionRefusal::InProgress),
            _ => Ok(Canceled),
        },
        // Recorded session: an execution in progress is kept, and the device may finish it.
        ExecutionEvent::LeaveGroup => match status {
            Queued => Ok(Removed),
            _ => Err(TransitionRefusal::NoOp),
        },
    }
}

/// The matrix of [`next`] as text: a row per event, a column per status.
pub fn transition_matrix() -> String {
    let row = |name: &str, cells: [&str; 8]| {
        let cells: String = cells.map(|cell| format!("{cell:<13}")).concat();
        format!("{}\n", format!("{name:<20}{cells}").trim_end())
    };
    let mut rows = vec![row(
        "",
        JobExecutionStatus::ALL.map(JobExecutionStatus::as_str),
    )];
    for event in ExecutionEvent::ALL {
        let name = match event {
            ExecutionEvent::Start => "start-next".to_owned(),
            ExecutionEvent::Report(status) => format!("update {status}"),
            ExecutionEvent::TimeOut => "timer".to_owned(),
            ExecutionEvent::Cancel { force: false } => "cancel".to_owned(),
            ExecutionEvent::Cancel { force: true } => "cancel --force".to_owned(),
            ExecutionEvent::LeaveGroup => "leave group".to_owned(),
        };
        let cells = JobExecutionStatus::ALL.map(|status| match next(status, event) {
            Ok(to) => to.as_str(),
            Err(TransitionRefusal::NoOp) => ".",
            Err(TransitionRefusal::NotSettable) => "!settable",
            Err(TransitionRefusal::Terminal) => "!terminal",
            Err(TransitionRefusal::InProgress) => "!in-progress",
        });
        rows.push(row(&name, cells));
    }
    rows.concat()
}

/// One device's attempt at a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Execution {
    /// Counts the attempts of this thing at this job, from 1.
    #[serde(skip)]
    pub(crate) number: u64,
    pub(crate) status: JobExecutionStatus,
    /// Absent until it is set; an empty map that was set is shown (recorded session).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Details>,
    /// When it was queued.
    pub(crate) queued_at: EpochMillis,
    /// When the device started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<EpochMillis>,
    /// When it last changed.
    pub(crate) last_updated_at: EpochMillis,
    /// Starts at 1 and grows by one with each change.
    pub(crate) version: u64,
    /// Breaks ties between executions that were queued in the same millisecond.
    pub(crate) sequence: u64,
    /// How many retries came before this execution, which is counted itself.
    #[serde(default, skip_serializing_if = "Retries::is_none")]
    pub(crate) retries: Retries,
    /// Only if cancelled: whether with force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) force_canceled: Option<bool>,
    /// When the in-progress timer runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_progress_deadline: Option<EpochMillis>,
    /// When the step timer runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step_deadline: Option<EpochMillis>,
}

impl Execution {
    pub(crate) fn queued(number: u64, sequence: u64, now: EpochMillis) -> Self {
        Self {
            number,
            status: JobExecutionStatus::Queued,
            details: None,
            queued_at: now,
            started_at: None,
            last_updated_at: now,
            version: 1,
            sequence,
            retries: Retries::default(),
            force_canceled: None,
            in_progress_deadline: None,
            step_deadline: None,
        }
    }

    /// The earliest of its timers.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    pub(crate) fn deadline(&self) -> Option<EpochMillis> {
        self.in_progress_deadline
            .into_iter()
            .chain(self.step_deadline)
            .min()
    }

    /// Applies an accepted event.
    pub(crate) fn enter(&mut self, status: JobExecutionStatus, now: EpochMillis) {
        // Recorded session: a thing that leaves its group does not change the version.
        if status != JobExecutionStatus::Removed {
            self.version += 1;
        }
        self.last_updated_at = now;
        // Recorded session: a report of success or failure also counts as the start; a rejection does not.
        let starts = matches!(
            status,
            JobExecutionStatus::InProgress
                | JobExecutionStatus::Succeeded
                | JobExecutionStatus::Failed
        );
        if starts && self.started_at.is_none() {
            self.started_at = Some(now);
        }
        self.status = status;
        if status.is_terminal() {
            self.in_progress_deadline = None;
            self.step_deadline = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_shows_the_matrix() {
        let comment = include_str!("execution.rs")
            .lines()
            .skip_while(|line| *line != "/// ```text")
            .skip(1)
            .map_while(|line| line.strip_prefix("/// "))
            .take_while(|line| *line != "```");
        assert!(comment.eq(transition_matrix().lines()));
    }
}
