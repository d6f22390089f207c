//! The execution that the device works on.

use std::time::Duration;

use crate::executor::core::execution::ExecutionId;
use crate::executor::core::limit::Limits;
use crate::executor::step::{Exit, Progress, SimulatedEnd, SimulatedStep, Step, StepEnd};
use crate::protocol::{EpochMillis, StatusDetails};

/// AWS takes at most ten pairs of `statusDetails`; five are the device's own.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html>
const MOST_DETAILS_OF_WORK: usize = 5;

/// Work in progress. What survives a restart is in [`crate::executor::core::memory::AttemptMemory`].
#[derive(Debug)]
pub struct Attempt {
    pub id: ExecutionId,
    /// The job document.
    pub document: String,
    pub steps: Vec<Step>,
    pub phase: Phase,
    pub limits: Limits,
    /// What the work has reported.
    details: StatusDetails,
    /// Whether there is progress that the service does not know.
    pub has_news: bool,
    /// When the next progress may be reported.
    pub next_report: EpochMillis,
    /// Whether a list does not contain it, so that the service may have ended it.
    pub is_suspect: bool,
    /// When the link is to be cut, and for how long.
    pub outage: Option<(EpochMillis, Duration)>,
    /// When the device is to restart, and how long it takes.
    pub reboot: Option<(EpochMillis, Duration)>,
}

/// How far the work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// The next step may start.
    Ready,
    /// A step runs outside.
    Running,
    /// A step is simulated; it ends then, or never.
    Simulated(Option<EpochMillis>, SimulatedEnd),
    /// The step is being stopped; it is killed then, if it was not killed before.
    Stopping(StopReason, Option<EpochMillis>),
}

/// Why work is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The service has ended the execution, so nothing can be reported.
    Ended,
    /// A time limit is near. The text is reported.
    Limit(String),
    /// The device stops; the work is left interrupted.
    Leaving,
}

impl Attempt {
    pub fn new(id: ExecutionId, document: String, steps: Vec<Step>, limits: Limits) -> Self {
        Self {
            id,
            document,
            steps,
            phase: Phase::Ready,
            limits,
            details: StatusDetails::new(),
            has_news: false,
            next_report: EpochMillis(0),
            is_suspect: false,
            outage: None,
            reboot: None,
        }
    }

    /// Whether the running step forgets the time limits.
    pub fn hangs(&self) -> bool {
        matches!(self.phase, Phase::Simulated(_, SimulatedEnd::Never))
    }

    pub fn is_stopping(&self) -> bool {
        matches!(self.phase, Phase::Stopping(..))
    }

    /// Keeps what the work reports; the newest names win.
    pub fn learn(&mut self, progress: Progress) {
        for (name, value) in progress.details {
            if self.details.len() < MOST_DETAILS_OF_WORK || self.details.contains_key(&name) {
                self.details.insert(name, value);
                self.has_news = true;
            }
        }
    }

    /// The service does not take what the work reports. Returns whether there was anything.
    pub fn forget_details(&mut self) -> bool {
        !std::mem::take(&mut self.details).is_empty()
    }

    /// The details of a report while `done` steps are done.
    pub fn details(&self, done: usize) -> StatusDetails {
        let mut details = self.details.clone();
        if self.steps.len() > 1 {
            let step = self.steps.len().min(done + 1);
            details.insert("step".to_owned(), format!("{step}/{}", self.steps.len()));
        }
        if let Some(step) = self.steps.get(done).filter(|step| !step.name.is_empty()) {
            details.insert("stepName".to_owned(), cut(&step.name));
        }
        details
    }

    /// The same, with how the last step ended.
    pub fn details_at_end(
        &self,
        done: usize,
        end: &StepEnd,
        reason: Option<&str>,
    ) -> StatusDetails {
        let mut details = self.details(done);
        for (name, value) in [("stdout", &end.stdout), ("stderr", &end.stderr)] {
            if !value.is_empty() {
                details.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(reason) = reason {
            details.insert("reason".to_owned(), cut(reason));
        }
        details
    }
}

/// What a value of `statusDetails` may hold: at most 1,024 characters.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(1_024).collect()
}

/// How a simulated step ends.
pub(super) fn simulated_end(end: SimulatedEnd) -> StepEnd {
    StepEnd {
        exit: match end {
            SimulatedEnd::Success => Exit::Success,
            SimulatedEnd::Failure | SimulatedEnd::Never => {
                Exit::Failure("the plan calls for a failure".to_owned())
            }
        },
        stdout: String::new(),
        stderr: String::new(),
    }
}

/// The phase of a simulated step that begins now.
pub(super) fn simulated(step: SimulatedStep, now: EpochMillis) -> Phase {
    let due = match step.end {
        SimulatedEnd::Never => None,
        SimulatedEnd::Success | SimulatedEnd::Failure => Some(now.plus(step.lasts)),
    };
    Phase::Simulated(due, step.end)
}
