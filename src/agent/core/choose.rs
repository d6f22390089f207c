//! What the device does next, and why.

use crate::agent::core::attempt::Phase;
use crate::agent::core::decision::{Decision, DecisionName, listed};
use crate::agent::core::device::Device;
use crate::agent::core::execution::ExecutionId;
use crate::agent::core::moves::Move;
use crate::agent::core::pending::PendingEntry;
use crate::protocol::EpochMillis;

impl Device {
    /// What comes next, if anything can be done now. Requests wait for each other.
    pub(crate) fn next_move(&self, now: EpochMillis) -> Option<Move> {
        if self.is_finished {
            return None;
        }
        if self.is_between_steps() && self.stopping.is_none() {
            return Some(Move::StartStep);
        }
        if !self.is_connected || self.in_flight.is_some() || self.pause.is_running() {
            return None;
        }
        if !self.pending.is_known {
            return Some(Move::AskPending);
        }
        if self.memory.outcome.is_some() {
            return Some(Move::ReportOutcome);
        }
        if let Some(attempt) = &self.attempt {
            let may_report = attempt.has_news && attempt.next_report <= now;
            return match attempt.phase {
                Phase::Stopping(..) => None,
                _ if attempt.is_suspect || may_report => Some(Move::ReportProgress),
                _ if attempt.limits.is_due(now) => Some(Move::AskTimeLeft),
                _ => None,
            };
        }
        if self.stopping.is_some() || self.by_hand.is_some() {
            return None;
        }
        if let Some(described) = &self.described {
            return Some(Move::ClaimDescribed(described.id.clone()));
        }
        let candidate = self.candidate()?;
        Some(if self.reads_before_claim() {
            Move::Describe(candidate.id.clone())
        } else {
            Move::ClaimNext
        })
    }

    /// Whether the document decides if the execution is claimed: StartNextPendingJobExecution would claim any.
    pub(crate) fn reads_before_claim(&self) -> bool {
        self.settings.leaves_unknown || self.settings.only.is_some()
    }

    /// The execution that comes next: the one of the journal, those that are IN_PROGRESS, the oldest.
    pub(crate) fn candidate(&self) -> Option<&PendingEntry> {
        let mut mine = (self.pending.entries().iter()).filter(|entry| self.is_mine(&entry.id));
        let own = self.memory.attempt.as_ref().map(|attempt| &attempt.id);
        let begun = mine.clone().find(|entry| Some(&entry.id) == own);
        begun.or_else(|| mine.next())
    }

    fn is_mine(&self, id: &ExecutionId) -> bool {
        let only = self.settings.only.as_ref();
        !self.ignored.contains(id) && only.is_none_or(|only| only.fits(id.job_id.as_str()))
    }

    /// A move as a decision: what it does, and why.
    pub(crate) fn decision_of(&self, next: &Move) -> Decision {
        let about = self.attempt.as_ref().map(|attempt| attempt.id.clone());
        let subject =
            |id: &Option<ExecutionId>| id.as_ref().map_or_else(String::new, ToString::to_string);
        let (name, does, cause, execution) = match next {
            Move::AskPending => {
                let cause = "it is connected, and does not know what is pending";
                let does = "asks for the pending executions";
                (DecisionName::Ask, does.to_owned(), cause.to_owned(), None)
            }
            Move::Describe(id) => {
                let does = format!("asks for the document of {id}");
                let cause = "the document decides whether the job is for this device";
                (DecisionName::Ask, does, cause.to_owned(), Some(id.clone()))
            }
            Move::ClaimNext => {
                let candidate = self.candidate().cloned();
                let cause = listed(candidate.as_slice()) + ", and nothing is running";
                let does = "claims the next execution".to_owned();
                (DecisionName::Claim, does, cause, candidate.map(|it| it.id))
            }
            Move::ClaimDescribed(id) => {
                let cause = "the job is for this device, and nothing is running";
                let does = format!("claims {id}");
                (
                    DecisionName::Claim,
                    does,
                    cause.to_owned(),
                    Some(id.clone()),
                )
            }
            Move::AskTimeLeft => {
                let does = format!("asks how much time {} has left", subject(&about));
                let cause = "it must stop before the service gives up";
                (DecisionName::Ask, does, cause.to_owned(), about)
            }
            Move::ReportProgress => self.progress_decision(),
            Move::ReportOutcome => self.report_decision(),
            Move::StartStep => self.start_decision(),
        };
        Decision {
            execution,
            ..Decision::new(name, does, cause)
        }
    }

    fn progress_decision(&self) -> (DecisionName, String, String, Option<ExecutionId>) {
        let attempt = self.attempt.as_ref();
        let is_suspect = attempt.is_some_and(|it| it.is_suspect);
        let about = attempt.map(|it| it.id.clone());
        let name = about.as_ref().map_or_else(String::new, ToString::to_string);
        let (does, cause) = if is_suspect {
            let cause = "the list of the service does not contain it";
            (format!("asks whether {name} is still IN_PROGRESS"), cause)
        } else {
            (format!("reports progress of {name}"), "the work has news")
        };
        (DecisionName::Progress, does, cause.to_owned(), about)
    }

    fn report_decision(&self) -> (DecisionName, String, String, Option<ExecutionId>) {
        let outcome = self.memory.outcome.as_ref();
        let does = outcome.map_or_else(String::new, |it| {
            format!("reports {} {}", it.id, it.verdict.status())
        });
        let cause = match outcome {
            Some(outcome) if outcome.is_bare => "the service refused the details, not the status",
            _ => "the service does not know the outcome yet",
        };
        let about = outcome.map(|it| it.id.clone());
        (DecisionName::Report, does, cause.to_owned(), about)
    }

    fn start_decision(&self) -> (DecisionName, String, String, Option<ExecutionId>) {
        let Some((attempt, memory)) = self.attempt.as_ref().zip(self.memory.attempt.as_ref())
        else {
            return (DecisionName::Start, String::new(), String::new(), None);
        };
        let count = attempt.steps.len();
        let step = memory.done + 1;
        let does = match attempt.steps.get(memory.done) {
            Some(named) if !named.name.is_empty() && count > 1 => {
                format!(
                    "starts {}, step {step} of {count} ({})",
                    attempt.id, named.name
                )
            }
            Some(named) if !named.name.is_empty() => {
                format!("starts {} ({})", attempt.id, named.name)
            }
            _ if count > 1 => format!("starts {}, step {step} of {count}", attempt.id),
            _ => format!("starts {}", attempt.id),
        };
        let cause = match memory.interruptions {
            0 if memory.done == 0 => "the service has confirmed the claim".to_owned(),
            0 => "the step before it is done".to_owned(),
            1 => "this step was interrupted".to_owned(),
            count => format!("this step was interrupted {count} times"),
        };
        (DecisionName::Start, does, cause, Some(attempt.id.clone()))
    }

    /// Why there is nothing to do.
    pub(crate) fn why_idle(&self) -> String {
        if self.is_finished {
            return "the device has stopped".to_owned();
        }
        if let Some(attempt) = &self.attempt {
            return format!("{} is running", attempt.id);
        }
        if self.in_flight.is_some() {
            return "a request waits for its reply".to_owned();
        }
        if !self.is_connected {
            return "there is no link".to_owned();
        }
        if self.pause.is_running() {
            return "the last request failed, and the pause before the retry is not over"
                .to_owned();
        }
        match &self.by_hand {
            Some(id) => format!("{id} is in your hands"),
            None if self.pending.entries().is_empty() => "nothing is pending".to_owned(),
            None => "nothing that is pending is for this device".to_owned(),
        }
    }
}
