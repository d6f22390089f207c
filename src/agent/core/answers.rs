//! What becomes of the device's requests.

use std::time::Duration;

use serde_json::Value;

use crate::agent::core::attempt::{Attempt, StopReason};
use crate::agent::core::decision::{Decision, DecisionName, in_words, listed};
use crate::agent::core::device::Device;
use crate::agent::core::execution::{Execution, ExecutionId};
use crate::agent::core::input::Answer;
use crate::agent::core::limit::Limits;
use crate::agent::core::memory::{AttemptMemory, Verdict};
use crate::agent::core::moves::Move;
use crate::agent::core::settings::{Interrupted, MOST_INTERRUPTIONS};
use crate::agent::core::work::{Prepared, prepare};
use crate::protocol::{EpochMillis, ErrorCode, StatusDetails};

impl Device {
    pub(crate) fn answered(&mut self, now: EpochMillis, request: u64, answer: Answer) {
        let Some((_, made)) = self.in_flight.take_if(|(number, _)| *number == request) else {
            return;
        };
        match answer {
            Answer::Accepted(payload) => {
                self.pause.reset();
                self.accepted(now, made, payload.value());
            }
            Answer::Rejected(payload) => self.rejected(now, &made, payload.value()),
            Answer::Failed(reason) => {
                // It may have been carried out, so what is pending is not known.
                self.pending.forget();
                self.described = None;
                self.unsent(&made);
                self.retry(now, &made, &reason);
            }
        }
    }

    fn accepted(&mut self, now: EpochMillis, made: Move, payload: &Value) {
        match made {
            Move::AskPending => {
                self.pending.answered(payload);
                self.memory.claiming &= self.pending.entries().iter().any(|it| it.in_progress);
                let list = listed(self.pending.entries());
                self.decide(Decision::new(
                    DecisionName::List,
                    "knows what is pending",
                    list,
                ));
                self.look_at_list();
                self.settle_memory();
            }
            Move::Describe(id) => self.described(now, id, payload),
            Move::ClaimNext => {
                if let Some(execution) = Execution::of(payload) {
                    self.take(now, &execution, true);
                } else {
                    self.memory.claiming = false;
                    self.pending.forget();
                    self.retry(now, &Move::ClaimNext, "the service has nothing to hand out");
                }
            }
            Move::ClaimDescribed(_) => {
                if let Some(execution) = self.described.take() {
                    self.take(now, &execution, false);
                }
            }
            Move::AskTimeLeft => {
                let execution = Execution::of(payload);
                if let Some(attempt) = &mut self.attempt {
                    match execution {
                        Some(execution) if execution.id == attempt.id => {
                            attempt.limits.learn(now, execution.seconds_left);
                        }
                        _ => attempt.is_suspect = true,
                    }
                }
            }
            Move::ReportProgress => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.is_suspect = false;
                    attempt.limits.renewed(now);
                }
            }
            Move::ReportOutcome => self.delivered("the service has confirmed it"),
            Move::StartStep => {}
        }
    }

    fn rejected(&mut self, now: EpochMillis, made: &Move, payload: &Value) {
        let code = payload["code"].as_str().unwrap_or_default();
        let reason = reason_in(payload);
        match made {
            Move::ReportProgress if is_over(code) => self.lost(now, payload),
            Move::AskTimeLeft if is_over(code) => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.is_suspect = true;
                }
            }
            Move::ReportProgress if code == ErrorCode::InvalidRequest.as_str() => {
                if let Some(attempt) = &mut self.attempt {
                    attempt.forget_details();
                }
                let does = "leaves out what the work has reported";
                self.decide(Decision::new(DecisionName::Drop, does, reason));
            }
            Move::ReportOutcome => self.refused(now, made, code, payload),
            made => {
                if matches!(
                    made,
                    Move::Describe(_) | Move::ClaimDescribed(_) | Move::ClaimNext
                ) {
                    self.memory.claiming = false;
                    self.described = None;
                    self.pending.forget();
                }
                self.unsent(made);
                self.retry(now, made, &reason);
            }
        }
    }

    /// The outcome was refused.
    fn refused(&mut self, now: EpochMillis, made: &Move, code: &str, payload: &Value) {
        let reason = reason_in(payload);
        let Some(outcome) = &mut self.memory.outcome else {
            return;
        };
        let is_invalid = [
            ErrorCode::InvalidRequest,
            ErrorCode::InvalidJson,
            ErrorCode::InvalidTopic,
        ]
        .iter()
        .any(|known| known.as_str() == code);
        if is_over(code) {
            if payload["executionState"]["status"] == outcome.verdict.status().as_str() {
                self.delivered("an earlier report has arrived");
            } else {
                self.drop_outcome(&fate(payload));
            }
        } else if is_invalid && !outcome.is_bare && !outcome.details.is_empty() {
            outcome.is_bare = true;
            self.remember();
        } else if is_invalid {
            self.drop_outcome(&reason);
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
    fn retry(&mut self, now: EpochMillis, made: &Move, reason: &str) {
        if !self.is_connected {
            return;
        }
        let pause = self.pause.failed(now);
        let about = self.decision_of(made).execution;
        let does = format!("pauses for {}", in_words(pause));
        let mut decision = Decision::new(DecisionName::Retry, does, reason);
        decision.execution = about;
        self.decide(decision);
    }

    fn described(&mut self, now: EpochMillis, id: ExecutionId, payload: &Value) {
        let Some(execution) = Execution::of(payload).filter(|it| it.id == id) else {
            self.pending.forget();
            return self.retry(
                now,
                &Move::Describe(id),
                "the service describes another execution",
            );
        };
        match prepare(&self.settings, &execution) {
            Prepared::Unknown(reason) if self.settings.leaves_unknown => {
                self.ignored.insert(id.clone());
                let does = format!("leaves {id} alone");
                let decision = Decision::new(DecisionName::Leave, does, reason);
                self.decide(decision.about(&id));
            }
            _ => self.described = Some(execution),
        }
    }

    /// The claim is confirmed. `is_next`: the service has chosen the execution.
    fn take(&mut self, now: EpochMillis, execution: &Execution, is_next: bool) {
        let id = execution.id.clone();
        let was_claiming = std::mem::take(&mut self.memory.claiming);
        if self.by_hand.as_ref() == Some(&id) {
            let decision = Decision::new(
                DecisionName::Leave,
                format!("leaves {id} alone"),
                "you have started it",
            );
            return self.decide(decision.about(&id));
        }
        let was_in_progress = self
            .pending
            .entries()
            .iter()
            .any(|it| it.id == id && it.in_progress);
        self.pending.started(&id);
        self.forget_other_attempt(&id);
        let steps = match prepare(&self.settings, execution) {
            Prepared::Steps(steps) => steps,
            Prepared::Unknown(reason) | Prepared::Refused(reason) => {
                let does = format!("rejects {id}");
                let decision = Decision::new(DecisionName::Outcome, does, reason.clone());
                self.decide(decision.about(&id));
                return self.conclude(id, Verdict::Rejected, with_reason(&reason));
            }
        };
        let is_resumed = self.memory.attempt.is_some();
        let resumed = self.resume(&id, was_in_progress, was_claiming, steps.len());
        if let Err(reason) = resumed {
            let does = format!("gives {id} up");
            let decision = Decision::new(DecisionName::Outcome, does, reason.clone());
            self.decide(decision.about(&id));
            return self.conclude(id, Verdict::Failed, with_reason(&reason));
        }
        let minutes = self
            .settings
            .step_timeout_minutes
            .and_then(|it| u64::try_from(it).ok());
        let mut limits = Limits::new(now, minutes.map(Duration::from_mins));
        // A claim does not set the step timer of an execution that is IN_PROGRESS, and an update shows no limits.
        let is_timer_old = was_in_progress && minutes.is_some();
        if is_next && !is_timer_old {
            limits.learn(now, execution.seconds_left);
        }
        let document = execution.document.to_string();
        let mut attempt = Attempt::new(id, document, steps, limits);
        attempt.has_news = is_timer_old;
        if !is_resumed {
            self.disturb(now, &mut attempt);
        }
        self.attempt = Some(attempt);
    }

    /// Finds what the journal knows of an execution that is claimed; the error is why it cannot be carried out.
    fn resume(
        &mut self,
        id: &ExecutionId,
        was_in_progress: bool,
        was_claiming: bool,
        steps: usize,
    ) -> Result<(), String> {
        let fails = self.settings.interrupted == Interrupted::Fail;
        let Some(memory) = &mut self.memory.attempt else {
            if fails && was_in_progress && !was_claiming {
                return Err("it was begun before, and the journal does not know how far".to_owned());
            }
            self.memory.attempt = Some(AttemptMemory::new(id.clone()));
            return Ok(());
        };
        if memory.done >= steps {
            let done = memory.done;
            return Err(format!(
                "the journal has {done} steps done, and the job has {steps}"
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
        let cause = format!("the journal has {} of its steps done", memory.done);
        self.decide(Decision::new(DecisionName::Resume, does, cause).about(id));
        Ok(())
    }

    /// The journal holds one attempt; one of another execution is over.
    fn forget_other_attempt(&mut self, id: &ExecutionId) {
        if let Some(other) = self.memory.attempt.take_if(|other| other.id != *id) {
            self.gone(&other.id, "the service has handed out another execution");
        }
    }

    /// An attempt in the journal whose execution is not pending any more is over.
    fn settle_memory(&mut self) {
        if self.attempt.is_some() || !self.pending.is_known || self.pending.may_be_cut() {
            return;
        }
        let pending = &self.pending;
        if let Some(lost) = self.memory.attempt.take_if(|it| !pending.contains(&it.id)) {
            self.gone(&lost.id, "it is not pending any more");
            self.remember();
        }
        // Requests name the job and the number: the outcome would reach the new execution.
        let outcome = self.memory.outcome.as_ref();
        if outcome.is_some_and(|outcome| self.pending.replaces(&outcome.id)) {
            self.drop_outcome("the job was deleted, and another one has its id");
        }
    }

    fn gone(&mut self, id: &ExecutionId, cause: &str) {
        let does = format!("forgets how far {id} is");
        self.decide(Decision::new(DecisionName::Gone, does, cause).about(id));
    }

    /// The running execution, if a list does not contain it, may be over.
    pub(crate) fn look_at_list(&mut self) {
        if let Some(attempt) = &mut self.attempt
            && !attempt.is_stopping()
            && !self.pending.contains(&attempt.id)
        {
            attempt.is_suspect = true;
        }
    }

    /// The service has ended the execution that runs.
    fn lost(&mut self, now: EpochMillis, payload: &Value) {
        let cause = fate(payload);
        self.stop_work(now, StopReason::Ended, &cause);
    }

    fn delivered(&mut self, cause: &str) {
        let Some(outcome) = self.memory.outcome.take() else {
            return;
        };
        self.pending.ended(&outcome.id);
        self.remember();
        let does = format!("is done with {}", outcome.id);
        self.decide(Decision::new(DecisionName::Reported, does, cause).about(&outcome.id));
        self.say_if_idle();
    }

    /// The service can never take the outcome.
    pub(crate) fn drop_outcome(&mut self, cause: &str) {
        let Some(outcome) = self.memory.outcome.take() else {
            return;
        };
        self.pending.forget();
        self.remember();
        let does = format!(
            "drops the outcome {} of {}",
            outcome.verdict.status(),
            outcome.id
        );
        self.decide(Decision::new(DecisionName::Drop, does, cause).about(&outcome.id));
    }

    /// An idle device says so, once.
    fn say_if_idle(&mut self) {
        if self.pending.is_known && self.candidate().is_none() && self.stopping.is_none() {
            let cause = self.why_idle();
            self.decide(Decision::new(DecisionName::Wait, "waits for a job", cause));
        }
    }

    /// Sets when the plan cuts the link, and when it restarts the device.
    fn disturb(&mut self, now: EpochMillis, attempt: &mut Attempt) {
        if let Some(course) = self.course(&attempt.id) {
            let at = |outage: crate::agent::plan::Outage| (now.plus(outage.begins), outage.lasts);
            attempt.outage = course.offline.map(at);
            attempt.reboot = course.reboot.map(at);
        }
    }
}

/// Whether the execution is over for the service, or is gone.
fn is_over(code: &str) -> bool {
    let over = [
        ErrorCode::InvalidStateTransition,
        ErrorCode::TerminalStateReached,
        ErrorCode::ResourceNotFound,
    ];
    over.iter().any(|known| known.as_str() == code)
}

/// What became of an execution, as a rejection says.
fn fate(payload: &Value) -> String {
    let status = payload["executionState"]["status"].as_str();
    match status {
        Some("CANCELED") => "it was cancelled at the service".to_owned(),
        Some("TIMED_OUT") => "it timed out at the service".to_owned(),
        Some("REMOVED") => "the thing was removed from the targets of the job".to_owned(),
        Some(status @ ("SUCCEEDED" | "FAILED" | "REJECTED")) => {
            format!("another client has reported it {status}")
        }
        _ if payload["code"] == ErrorCode::ResourceNotFound.as_str() => {
            "the job was deleted".to_owned()
        }
        _ => reason_in(payload),
    }
}

/// Why a request was rejected.
fn reason_in(payload: &Value) -> String {
    let part = |name: &str| payload[name].as_str().unwrap_or_default();
    match (part("code"), part("message")) {
        ("", "") => "the service rejected the request".to_owned(),
        (code, "") => format!("the service rejected the request ({code})"),
        ("", message) => message.to_owned(),
        (code, message) => format!("{message} ({code})"),
    }
}

fn with_reason(reason: &str) -> StatusDetails {
    let reason = crate::agent::core::attempt::cut(reason);
    [("reason".to_owned(), reason)].into()
}
