//! Executions that are over: how the device notices it, and what it forgets then.

use serde_json::Value;

use crate::executor::core::attempt::StopReason;
use crate::executor::core::decision::{Decision, DecisionName};
use crate::executor::core::device::Device;
use crate::executor::core::execution::ExecutionId;
use crate::executor::core::refusal::fate;
use crate::protocol::EpochMillis;

pub(super) const REPLACED: &str = "the job was deleted, and another one has its id";

impl Device {
    /// The running execution, if a list does not contain it, may be over.
    pub fn look_at_list(&mut self) {
        if let Some(attempt) = &mut self.attempt
            && !attempt.is_stopping()
            && !self.pending.contains(&attempt.id)
        {
            attempt.is_suspect = true;
        }
    }

    /// Requests name the job and the number: about an execution that was replaced, they would reach the new one.
    pub fn notice_replaced(&mut self, now: EpochMillis) {
        let outcome = self.memory.outcome.as_ref().map(|it| &it.id);
        let attempt = self.memory.attempt.as_ref().map(|it| &it.id);
        let own = outcome.or(attempt).cloned();
        if let Some(own) = own.filter(|own| self.pending.replaces(own)) {
            self.replaced(now, &own);
        }
    }

    /// The outcome or the work is of an execution that was replaced.
    pub fn replaced(&mut self, now: EpochMillis, id: &ExecutionId) {
        if self.memory.outcome.as_ref().is_some_and(|it| it.id == *id) {
            self.drop_outcome(REPLACED);
        } else if self.attempt.as_ref().is_some_and(|it| it.id == *id) {
            self.stop_work(now, StopReason::Ended, REPLACED);
        } else {
            self.forget_attempt(id, REPLACED);
        }
    }

    /// An attempt in the journal whose execution is not pending any more is over.
    pub fn settle_memory(&mut self) {
        if self.pending.may_be_cut() {
            return;
        }
        let pending = &self.pending;
        self.memory.abandoned.retain(|id| pending.contains(id));
        let attempt = self.memory.attempt.as_ref().map(|it| &it.id);
        let lost = attempt.filter(|id| self.attempt.is_none() && !pending.contains(id));
        if let Some(lost) = lost.cloned() {
            self.forget_attempt(&lost, "it is no longer pending");
        }
    }

    /// The journal holds an attempt that is over.
    pub fn forget_attempt(&mut self, id: &ExecutionId, cause: &str) {
        if self.memory.attempt.take_if(|it| it.id == *id).is_some() {
            self.gone(id, cause);
            self.remember();
        }
    }

    pub fn gone(&mut self, id: &ExecutionId, cause: &str) {
        let does = format!("forgets the progress of {id}");
        self.decide(Decision::new(DecisionName::Gone, does, cause).about(id));
    }

    /// The service has ended the execution that runs.
    pub fn lost(&mut self, now: EpochMillis, payload: &Value) {
        let cause = fate(payload);
        self.stop_work(now, StopReason::Ended, &cause);
    }

    /// The service has the outcome.
    pub fn delivered(&mut self, cause: &str) {
        let Some(outcome) = self.memory.outcome.take() else {
            return;
        };
        self.pending.ended(&outcome.id);
        self.remember();
        let does = format!("is done with {}", outcome.id);
        self.decide(Decision::new(DecisionName::Reported, does, cause).about(&outcome.id));
    }

    /// The service can never take the outcome.
    pub fn drop_outcome(&mut self, cause: &str) {
        let Some(outcome) = self.memory.outcome.take() else {
            return;
        };
        self.pending.forget("an outcome was dropped");
        self.pending.is_shorter = true;
        self.remember();
        let status = outcome.verdict.status();
        let does = format!("drops the outcome {status} of {}", outcome.id);
        self.decide(Decision::new(DecisionName::Drop, does, cause).about(&outcome.id));
    }

    /// The service takes no outcome of an execution that is not over for it. It must not run once more.
    pub fn abandon_outcome(&mut self, cause: &str) {
        if let Some(outcome) = &self.memory.outcome {
            self.memory.abandoned.insert(outcome.id.clone());
        }
        self.drop_outcome(cause);
    }

    /// A device that has become idle says so, once.
    pub fn say_if_idle(&mut self) {
        let is_free = self.attempt.is_none() && self.memory.outcome.is_none();
        let is_idle = is_free && self.pending.is_known && self.candidate().is_none();
        if is_idle && self.stopping.is_none() && std::mem::take(&mut self.pending.is_shorter) {
            let cause = self.why_idle();
            self.decide(Decision::new(DecisionName::Wait, "waits for a job", cause));
        }
    }
}
