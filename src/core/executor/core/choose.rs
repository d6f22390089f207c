//! What the device does next, and why.

use crate::executor::core::attempt::Phase;
use crate::executor::core::decision::{Decision, DecisionName, listed};
use crate::executor::core::device::Device;
use crate::executor::core::execution::ExecutionId;
use crate::executor::core::moves::Move;
use crate::executor::core::pending::PendingEntry;
use crate::protocol::EpochMillis;

impl Device {
    /// What comes next, if anything can be done now. Requests wait for each other.
    pub fn next_move(&self, now: EpochMillis) -> Option<Move> {
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
        if let Some(outcome) = &self.memory.outcome {
            let verify = self.verify_first(&outcome.id);
            return Some(verify.unwrap_or(Move::ReportOutcome));
        }
        if let Some(attempt) = &self.attempt {
            let may_report = attempt.has_news && attempt.next_report <= now;
            return match attempt.phase {
                Phase::Stopping(..) => None,
                _ if attempt.is_suspect || may_report => {
                    let verify = self.verify_first(&attempt.id);
                    Some(verify.unwrap_or(Move::ReportProgress))
                }
                _ if attempt.limits.is_due(now) && !attempt.hangs() => Some(Move::AskTimeLeft),
                _ => None,
            };
        }
        if self.stopping.is_some() || !self.by_hand.is_empty() {
            return None;
        }
        let own = self.memory.attempt.as_ref().map(|attempt| &attempt.id);
        if let Some(verify) = own.and_then(|own| self.verify_first(own)) {
            return Some(verify);
        }
        let id = self.candidate()?.id.clone();
        Some(match &self.described {
            Some(described) if described.id == id => Move::ClaimDescribed(id),
            _ if self.reads_before_claim() || !self.is_first(&id) => Move::Describe(id),
            _ => Move::ClaimNext,
        })
    }

    /// The question whether an execution is still the same, if a list that may be cut does not contain it: a report would also
    /// reach an execution that has replaced it.
    fn verify_first(&self, id: &ExecutionId) -> Option<Move> {
        let is_unknown = self.pending.may_be_cut()
            && !self.pending.contains(id)
            && self.verified.as_ref() != Some(id);
        is_unknown.then(|| Move::Verify(id.clone()))
    }

    /// Whether the document decides if an execution is claimed.
    fn reads_before_claim(&self) -> bool {
        self.settings.leaves_unknown || self.settings.only.is_some()
    }

    /// Whether StartNextPendingJobExecution would claim it.
    fn is_first(&self, id: &ExecutionId) -> bool {
        let first = self.pending.entries().first();
        first.is_some_and(|first| first.id == *id)
    }

    /// The execution that comes next: the one of the journal, those that are IN_PROGRESS, the oldest.
    pub fn candidate(&self) -> Option<&PendingEntry> {
        let mut mine = (self.pending.entries().iter()).filter(|entry| self.is_mine(&entry.id));
        let own = self.memory.attempt.as_ref().map(|attempt| &attempt.id);
        let begun = mine.clone().find(|entry| Some(&entry.id) == own);
        begun.or_else(|| mine.next())
    }

    fn is_mine(&self, id: &ExecutionId) -> bool {
        let only = self.settings.only.as_ref();
        let is_left = self.ignored.contains(id) || self.memory.abandoned.contains(id);
        !is_left && only.is_none_or(|only| only.fits(id.job_id.as_str()))
    }

    /// A move as a decision: what it does, and why.
    pub fn decision_of(&self, next: &Move) -> Decision {
        let about = self.attempt.as_ref().map(|attempt| attempt.id.clone());
        let subject =
            |id: &Option<ExecutionId>| id.as_ref().map_or_else(String::new, ToString::to_string);
        let (name, does, cause, execution) = match next {
            Move::AskPending => {
                let cause = self.pending.doubt.to_owned();
                let does = "asks for the pending executions".to_owned();
                (DecisionName::Ask, does, cause, None)
            }
            Move::Describe(id) => {
                let does = format!("asks for the document of {id}");
                let cause = if self.reads_before_claim() {
                    "the document decides whether the job is for this device"
                } else {
                    "another execution is first in the list"
                };
                (DecisionName::Ask, does, cause.to_owned(), Some(id.clone()))
            }
            Move::Verify(id) => {
                let does = format!("asks whether {id} is still pending");
                let cause = "the list of the service does not contain it, and may be cut";
                (DecisionName::Ask, does, cause.to_owned(), Some(id.clone()))
            }
            Move::ClaimNext => {
                let candidate = self.candidate().cloned();
                let cause = listed(candidate.as_slice()) + ", and nothing is running";
                let does = "claims the next execution".to_owned();
                (DecisionName::Claim, does, cause, candidate.map(|it| it.id))
            }
            Move::ClaimDescribed(id) => {
                let cause = if self.reads_before_claim() {
                    "the job is for this device, and nothing is running"
                } else {
                    "nothing is running"
                };
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
                let cause = "it has to stop before the service times the execution out";
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
            let cause = "it may have ended at the service";
            (format!("asks whether {name} is still IN_PROGRESS"), cause)
        } else {
            (format!("reports progress of {name}"), "the work has news")
        };
        (DecisionName::Progress, does, cause.to_owned(), about)
    }

    fn report_decision(&self) -> (DecisionName, String, String, Option<ExecutionId>) {
        let outcome = self.memory.outcome.as_ref();
        let does = outcome.map_or_else(String::new, |it| {
            format!("reports {} as {}", it.id, it.verdict.status())
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
            0 => format!("step {} is done", memory.done),
            1 => "it was interrupted".to_owned(),
            count => format!("it was interrupted {count} times"),
        };
        (DecisionName::Start, does, cause, Some(attempt.id.clone()))
    }

    /// Why nothing can be done.
    pub fn why_idle(&self) -> String {
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
            return "not connected".to_owned();
        }
        if self.pause.is_running() {
            return "the last request failed, and the pause is not over".to_owned();
        }
        match self.by_hand.first() {
            Some(id) => format!("{id} is in your hands"),
            None if self.pending.entries().is_empty() => "nothing is pending".to_owned(),
            None => "nothing that is pending is for this device".to_owned(),
        }
    }
}
