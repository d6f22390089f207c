//! What becomes of a claim: work, or the reason why it is not work.

use std::time::Duration;

use serde_json::Value;

use crate::executor::core::attempt::Attempt;
use crate::executor::core::decision::{Decision, DecisionName};
use crate::executor::core::device::Device;
use crate::executor::core::execution::{Execution, ExecutionId};
use crate::executor::core::limit::Limits;
use crate::executor::core::memory::{AttemptMemory, Verdict};
use crate::executor::core::moves::Move;
use crate::executor::core::over::REPLACED;
use crate::executor::core::settings::{Interrupted, MOST_INTERRUPTIONS, Worker};
use crate::executor::core::work::{Prepared, prepare};
use crate::executor::plan::Outage;
use crate::protocol::{EpochMillis, StatusDetails};

impl Device {
    /// The document of an execution is there. It decides whether the execution is claimed.
    pub fn described(&mut self, now: EpochMillis, id: ExecutionId, payload: &Value) {
        let Some(execution) = Execution::of(payload).filter(|it| it.id == id) else {
            let cause = "the service describes another execution";
            self.pending.forget(cause);
            return self.retry(now, &Move::Describe(id), cause);
        };
        match prepare(&self.settings, &execution) {
            Prepared::Unknown(reason) if self.settings.leaves_unknown => {
                self.ignored.insert(id.clone());
                self.leave(&id, reason);
            }
            _ => self.described = Some(execution),
        }
    }

    /// The service has handed out an execution, which it has chosen itself.
    pub fn handed_out(&mut self, now: EpochMillis, payload: &Value) {
        let Some(execution) = Execution::of(payload) else {
            self.memory.claiming = false;
            let cause = "the service has nothing to hand out";
            self.pending.forget(cause);
            return self.retry(now, &Move::ClaimNext, cause);
        };
        let id = &execution.id;
        let own = self.memory.attempt.as_ref().map(|attempt| &attempt.id);
        let is_begun = |own: &&ExecutionId| *own != id && self.pending.contains(own);
        if self.memory.abandoned.contains(id) {
            self.pending.started(id);
            self.leave(id, "the service does not take its outcome");
        } else if let Some(own) = own.filter(is_begun).cloned() {
            self.pending.started(id);
            self.leave(id, format!("{own} was begun before, and comes first"));
        } else {
            self.take(now, &execution, true);
        }
    }

    /// The execution that was described is claimed.
    pub fn confirmed(&mut self, now: EpochMillis) {
        let Some(execution) = self.described.take() else {
            return;
        };
        if self.pending.replaces(&execution.id) {
            // The claim has reached the new execution, which has another document.
            return self.pending.forget(REPLACED);
        }
        self.take(now, &execution, false);
    }

    fn leave(&mut self, id: &ExecutionId, cause: impl Into<String>) {
        let does = format!("leaves {id} alone");
        self.decide(Decision::new(DecisionName::Leave, does, cause).about(id));
    }

    /// The claim is confirmed. `is_next`: the service has chosen the execution.
    fn take(&mut self, now: EpochMillis, execution: &Execution, is_next: bool) {
        let id = execution.id.clone();
        self.memory.claiming = false;
        if self.by_hand.contains(&id) {
            return self.leave(&id, "you have started it");
        }
        let entry = self.pending.entry(&id);
        let was_in_progress = entry.is_some_and(|entry| entry.in_progress);
        // An event may have been faster than the reply.
        let is_suspect = entry.is_none();
        self.pending.started(&id);
        self.forget_other_attempt(&id);
        let steps = match prepare(&self.settings, execution) {
            Prepared::Steps(steps) => steps,
            Prepared::Unknown(reason) | Prepared::Refused(reason) => {
                return self.give_up(id, Verdict::Rejected, &reason);
            }
        };
        let is_resumed = self.memory.attempt.is_some();
        let resumed = self.resume(&id, was_in_progress, steps.len());
        if let Err(reason) = resumed {
            return self.give_up(id, Verdict::Failed, &reason);
        }
        let minutes = self.settings.step_timeout_minutes;
        let minutes = minutes.and_then(|it| u64::try_from(it).ok());
        let mut limits = Limits::new(now, minutes.map(Duration::from_mins));
        // A claim does not set the step timer of an execution that is IN_PROGRESS, and an update shows no limits.
        let is_timer_old = was_in_progress && minutes.is_some();
        if is_next && !is_timer_old {
            limits.learn(now, execution.seconds_left);
        }
        let document = execution.document.to_string();
        let mut attempt = Attempt::new(id, document, steps, limits);
        attempt.has_news = is_timer_old;
        attempt.is_suspect = is_suspect;
        self.disturb(now, is_resumed, &mut attempt);
        self.attempt = Some(attempt);
    }

    /// The work ends before it begins.
    fn give_up(&mut self, id: ExecutionId, verdict: Verdict, reason: &str) {
        let does = format!("ends {id} as {}", verdict.status());
        let decision = Decision::new(DecisionName::Outcome, does, reason);
        self.decide(decision.about(&id));
        self.conclude(id, verdict, with_reason(reason));
    }

    /// Finds what the journal knows of an execution that is claimed; the error is why it cannot be carried out.
    fn resume(
        &mut self,
        id: &ExecutionId,
        was_in_progress: bool,
        steps: usize,
    ) -> Result<(), String> {
        let fails = self.settings.interrupted == Interrupted::Fail;
        let Some(memory) = &mut self.memory.attempt else {
            if fails && was_in_progress && !self.was_claiming {
                return Err("it was begun before, and is not in the journal".to_owned());
            }
            self.memory.attempt = Some(AttemptMemory::new(id.clone()));
            return Ok(());
        };
        if memory.done >= steps {
            let done = memory.done;
            return Err(format!(
                "the journal has {done} steps as done, and the job has {steps}"
            ));
        }
        if std::mem::take(&mut memory.begun) {
            memory.interruptions += 1;
            let step = memory.done + 1;
            if fails {
                return Err(format!("step {step} was interrupted"));
            }
            if memory.interruptions > MOST_INTERRUPTIONS {
                return Err(format!(
                    "step {step} was interrupted {} times",
                    memory.interruptions
                ));
            }
        }
        let does = format!("resumes {id}");
        let cause = match memory.done {
            0 => "the journal has it as begun".to_owned(),
            done => format!("the journal has {done} of {steps} steps as done"),
        };
        self.decide(Decision::new(DecisionName::Resume, does, cause).about(id));
        Ok(())
    }

    /// The journal holds one attempt; one of another execution is over.
    fn forget_other_attempt(&mut self, id: &ExecutionId) {
        if let Some(other) = self.memory.attempt.take_if(|other| other.id != *id) {
            self.gone(&other.id, "the service has handed out another execution");
        }
    }

    /// Sets when the plan cuts the link, and when it restarts the device. It does so once, and what comes behind the restart
    /// counts from there.
    fn disturb(&self, now: EpochMillis, is_resumed: bool, attempt: &mut Attempt) {
        let job = &attempt.id.job_id;
        if !matches!(&self.settings.worker, Worker::Plan(plan) if plan.disturbs(job)) {
            return;
        }
        let Some(course) = self.course(&attempt.id) else {
            return;
        };
        let at = |outage: Outage| (now.plus(outage.begins), outage.lasts);
        if is_resumed {
            let after = course.offline.zip(course.reboot);
            let after = after.and_then(|(offline, reboot)| {
                let begins = offline.begins.checked_sub(reboot.begins)?;
                Some(Outage { begins, ..offline })
            });
            attempt.outage = after.map(at);
        } else {
            attempt.outage = course.offline.map(at);
            attempt.reboot = course.reboot.map(at);
        }
    }
}

fn with_reason(reason: &str) -> StatusDetails {
    let reason = crate::executor::core::attempt::cut(reason);
    [("reason".to_owned(), reason)].into()
}
