//! What becomes of the device's requests.

use serde_json::Value;

use crate::executor::core::attempt::Attempt;
use crate::executor::core::decision::{Decision, DecisionName, in_words, listed};
use crate::executor::core::device::Device;
use crate::executor::core::execution::{Execution, ExecutionId};
use crate::executor::core::input::Answer;
use crate::executor::core::moves::Move;
use crate::executor::core::refusal::{code_in, fate, is_invalid, is_over, reason_in};
use crate::protocol::EpochMillis;

impl Device {
    pub fn answered(&mut self, now: EpochMillis, request: u64, answer: Answer) {
        let Some((_, made)) = self.in_flight.take_if(|(number, _)| *number == request) else {
            return;
        };
        match answer {
            Answer::Accepted(payload) => {
                self.accepted(now, &made, payload.value());
                if !self.pause.is_running() {
                    self.pause.succeeded(&made);
                }
            }
            Answer::Rejected(payload) => self.rejected(now, &made, payload.value()),
            Answer::Failed(reason) => {
                // It may have been carried out, so what is pending is not known.
                let doubt = "a request has no reply, and may have been carried out";
                self.pending.forget(doubt);
                self.described = None;
                self.unsent(&made);
                self.retry(now, &made, &reason);
            }
        }
    }

    fn accepted(&mut self, now: EpochMillis, made: &Move, payload: &Value) {
        match made {
            Move::AskPending => self.list_answered(now, payload),
            Move::Describe(id) => self.described(now, id.clone(), payload),
            Move::ClaimNext => self.handed_out(now, payload),
            Move::ClaimDescribed(_) => self.confirmed(now),
            Move::Verify(id) => self.verified(now, id.clone(), payload),
            Move::AskTimeLeft => self.time_left(now, payload),
            Move::ReportProgress => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.limits.renewed(now);
                }
            }
            Move::ReportOutcome => self.delivered("the service has confirmed the outcome"),
            Move::StartStep => {}
        }
    }

    fn list_answered(&mut self, now: EpochMillis, payload: &Value) {
        if !self.pending.answered(payload) {
            return self.retry(now, &Move::AskPending, "the reply has no list");
        }
        if self.pending.is_known {
            self.memory.claiming &= self.pending.entries().iter().any(|it| it.in_progress);
            let list = listed(self.pending.entries());
            let does = "learns what is pending";
            self.decide(Decision::new(DecisionName::List, does, list));
            self.look_at_list();
            self.release_hand();
            self.settle_memory();
        }
    }

    /// The service knows an execution that its list, which may be cut, does not contain.
    fn verified(&mut self, now: EpochMillis, id: ExecutionId, payload: &Value) {
        match Execution::of(payload) {
            Some(found) if found.id == id => self.pending.started(&id),
            Some(_) => self.replaced(now, &id),
            None => self.retry(now, &Move::Verify(id), NO_DESCRIPTION),
        }
    }

    fn time_left(&mut self, now: EpochMillis, payload: &Value) {
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        match Execution::of(payload) {
            Some(found) if found.id == attempt.id => {
                attempt.limits.learn(now, found.seconds_left);
            }
            Some(_) => {
                let id = attempt.id.clone();
                self.replaced(now, &id);
            }
            None => self.retry(now, &Move::AskTimeLeft, NO_DESCRIPTION),
        }
    }

    fn rejected(&mut self, now: EpochMillis, made: &Move, payload: &Value) {
        let code = code_in(payload);
        match made {
            Move::ReportOutcome => self.refused(now, made, payload),
            Move::ReportProgress if is_over(code) => self.lost(now, payload),
            Move::ReportProgress if is_invalid(code) && self.forget_details(payload) => {}
            Move::AskTimeLeft if is_over(code) => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.is_suspect = true;
                }
            }
            Move::Verify(id) if is_over(code) => {
                if self.attempt.is_none() {
                    self.forget_attempt(id, &fate(payload));
                }
                // Nothing can be confused with it any more.
                self.verified = Some(id.clone());
            }
            made => {
                if made.is_claim() {
                    self.memory.claiming = false;
                    self.described = None;
                    self.pending.forget("the claim was refused");
                }
                self.unsent(made);
                self.retry(now, made, &reason_in(payload));
            }
        }
    }

    /// The service does not take what the work reports. Returns whether there was anything.
    fn forget_details(&mut self, payload: &Value) -> bool {
        let forgotten = self.attempt.as_mut().is_some_and(Attempt::forget_details);
        if forgotten {
            let does = "leaves out what the work has reported";
            let mut decision = Decision::new(DecisionName::Drop, does, reason_in(payload));
            decision.execution = self.attempt.as_ref().map(|it| it.id.clone());
            self.decide(decision);
            self.look_at_list();
        }
        forgotten
    }

    /// The outcome was refused.
    fn refused(&mut self, now: EpochMillis, made: &Move, payload: &Value) {
        let code = code_in(payload);
        let reason = reason_in(payload);
        let Some(outcome) = &mut self.memory.outcome else {
            return;
        };
        if is_over(code) {
            if payload["executionState"]["status"] == outcome.verdict.status().as_str() {
                self.delivered("an earlier report has arrived");
            } else {
                self.drop_outcome(&fate(payload));
            }
        } else if is_invalid(code) && !outcome.is_bare && !outcome.details.is_empty() {
            outcome.is_bare = true;
            self.remember();
        } else if is_invalid(code) {
            self.abandon_outcome(&reason);
        } else {
            self.retry(now, made, &reason);
        }
    }

    /// What the request would have brought is still to be brought.
    fn unsent(&mut self, made: &Move) {
        if let (Move::ReportProgress, Some(attempt)) = (made, &mut self.attempt) {
            attempt.has_news = true;
        }
    }

    /// The next request comes after a pause.
    pub fn retry(&mut self, now: EpochMillis, made: &Move, reason: &str) {
        let pause = self.pause.failed(now, made);
        let about = self.decision_of(made).execution;
        let does = format!("pauses for {}", in_words(pause));
        let mut decision = Decision::new(DecisionName::Retry, does, reason);
        decision.execution = about;
        self.decide(decision);
    }
}

const NO_DESCRIPTION: &str = "the service does not describe the execution";
