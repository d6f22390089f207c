//! The work: steps end, time limits come near, the plan disturbs.

use serde_json::Value;

use crate::executor::core::action::Action;
use crate::executor::core::attempt::{Phase, StopReason, simulated_end};
use crate::executor::core::decision::{Decision, DecisionName, in_words};
use crate::executor::core::device::Device;
use crate::executor::core::execution::{Execution, ExecutionId};
use crate::executor::core::memory::Verdict;
use crate::executor::core::settings::{Settings, Worker};
use crate::executor::document::{self, Refusal};
use crate::executor::plan::{Course, Occasion, Plan};
use crate::executor::step::{Exit, Step, StepEnd, Task};
use crate::protocol::EpochMillis;

/// What a job document comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prepared {
    Steps(Vec<Step>),
    /// The device refuses it. The text says why.
    Refused(String),
    /// It is not of a kind that the device knows.
    Unknown(String),
}

/// Reads the document of an execution.
pub(super) fn prepare(settings: &Settings, execution: &Execution) -> Prepared {
    match &settings.worker {
        Worker::Plan(plan) => {
            let course = course(settings, plan, &execution.id);
            if course.steps.is_empty() {
                return Prepared::Refused("the plan calls for a rejection".to_owned());
            }
            let step = |simulated| Step {
                name: String::new(),
                task: Task::Simulated(simulated),
                ignores_failure: false,
            };
            Prepared::Steps(course.steps.into_iter().map(step).collect())
        }
        Worker::Program if execution.document == Value::Null => {
            Prepared::Unknown("the execution has no document".to_owned())
        }
        Worker::Program => Prepared::Steps(vec![Step {
            name: String::new(),
            task: Task::Program,
            ignores_failure: false,
        }]),
        Worker::Handlers(rules) => match document::steps(&execution.document.to_string(), rules) {
            Ok(steps) => Prepared::Steps(steps),
            Err(refusal @ Refusal::Unknown(_)) => Prepared::Unknown(refusal.to_string()),
            Err(refusal) => Prepared::Refused(refusal.to_string()),
        },
    }
}

fn course(settings: &Settings, plan: &Plan, id: &ExecutionId) -> Course {
    plan.course(Occasion {
        seed: settings.seed,
        thing: &settings.thing,
        job: &id.job_id,
        execution_number: id.execution_number,
    })
}

impl Device {
    /// How the plan lets this execution go, if there is a plan.
    pub fn course(&self, id: &ExecutionId) -> Option<Course> {
        match &self.settings.worker {
            Worker::Plan(plan) => Some(course(&self.settings, plan, id)),
            Worker::Program | Worker::Handlers(_) => None,
        }
    }

    pub fn is_between_steps(&self) -> bool {
        let phase = self.attempt.as_ref().map(|attempt| &attempt.phase);
        phase == Some(&Phase::Ready)
    }

    /// When something of the work is due.
    pub fn work_timeouts(&self) -> impl Iterator<Item = EpochMillis> {
        let attempt = self.attempt.as_ref();
        let phase = attempt.and_then(|it| match &it.phase {
            Phase::Simulated(due, _) => *due,
            Phase::Stopping(_, kill) => *kill,
            Phase::Ready | Phase::Running => None,
        });
        let busy = attempt.filter(|it| !it.is_stopping());
        let limit = busy
            .filter(|it| !it.hangs())
            .and_then(|it| it.limits.stop_at());
        // What was due with the last input and was not done waits for another input.
        let is_ahead = |at: &EpochMillis| *at > self.now;
        let report = busy.filter(|it| it.has_news).map(|it| it.next_report);
        let report = report.filter(is_ahead);
        let ask = busy.filter(|it| !it.hangs());
        let ask = ask.and_then(|it| it.limits.ask_at()).filter(is_ahead);
        let outage = busy.and_then(|it| it.outage.map(|(at, _)| at));
        let reboot = busy.and_then(|it| it.reboot.map(|(at, _)| at));
        let due = [phase, limit.map(|(at, _)| at), report, ask, outage, reboot];
        due.into_iter().flatten()
    }

    pub fn handle_work_timeouts(&mut self, now: EpochMillis) {
        self.disturb_if_due(now);
        if self.is_finished {
            // The device restarts: a step that was to end now is interrupted.
            return;
        }
        let grace = self.settings.grace;
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        match &mut attempt.phase {
            Phase::Simulated(Some(due), end) if *due <= now => {
                let end = simulated_end(*end);
                self.step_ended(&end);
            }
            Phase::Stopping(_, kill) if kill.is_some_and(|at| at <= now) => {
                *kill = None;
                let does = format!("kills the processes of {}", attempt.id);
                let cause = format!("they did not end within {} of SIGTERM", in_words(grace));
                let decision = Decision::new(DecisionName::Kill, does, cause).about(&attempt.id);
                self.decide(decision);
                self.act(Action::Kill);
            }
            _ => self.stop_at_limit(now),
        }
    }

    fn stop_at_limit(&mut self, now: EpochMillis) {
        let busy = self
            .attempt
            .as_ref()
            .filter(|it| !it.is_stopping() && !it.hangs());
        let limit = busy.and_then(|it| it.limits.stop_at());
        if let Some((_, cause)) = limit.filter(|(at, _)| *at <= now) {
            let reason = format!("the device stopped it because {cause}");
            self.stop_work(now, StopReason::Limit(reason), cause);
        }
    }

    fn disturb_if_due(&mut self, now: EpochMillis) {
        let Some(attempt) = self.attempt.as_mut().filter(|it| !it.is_stopping()) else {
            return;
        };
        let id = attempt.id.clone();
        if let Some((_, lasts)) = attempt.outage.take_if(|(at, _)| *at <= now) {
            let does = format!("cuts the connection for {}", in_words(lasts));
            let cause = format!("the plan calls for it during {id}");
            self.decide(Decision::new(DecisionName::Cut, does, cause).about(&id));
            self.act(Action::CutLink(lasts));
            self.disconnected();
        }
        let attempt = self.attempt.as_mut();
        if let Some((_, lasts)) = attempt.and_then(|it| it.reboot.take_if(|(at, _)| *at <= now)) {
            let does = format!("restarts, which takes {}", in_words(lasts));
            let cause = format!("the plan calls for it during {id}");
            self.decide(Decision::new(DecisionName::Reboot, does, cause).about(&id));
            self.is_finished = true;
            self.remember();
            self.act(Action::Reboot(lasts));
        }
    }

    /// Stops what runs. It is over once the step has ended.
    pub fn stop_work(&mut self, now: EpochMillis, why: StopReason, cause: &str) {
        let grace = self.settings.grace;
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        let id = attempt.id.clone();
        let is_outside = match &mut attempt.phase {
            Phase::Running => {
                attempt.phase = Phase::Stopping(why.clone(), Some(now.plus(grace)));
                true
            }
            // What is being stopped for one reason may come to be ended for another.
            Phase::Stopping(reason, _) => {
                *reason = why;
                return;
            }
            Phase::Ready | Phase::Simulated(..) => false,
        };
        let does = format!("stops {id}");
        self.decide(Decision::new(DecisionName::Stop, does, cause).about(&id));
        if is_outside {
            self.act(Action::Terminate);
        } else {
            let end = simulated_end(crate::executor::step::SimulatedEnd::Failure);
            self.stopped(&why, &end);
        }
    }

    /// The device stops, and leaves the work as it is.
    pub fn interrupt(&mut self, now: EpochMillis) {
        if self.attempt.as_ref().is_some_and(|it| !it.is_stopping()) {
            self.stop_work(now, StopReason::Leaving, "the device is stopping");
        }
    }

    pub fn step_ended(&mut self, end: &StepEnd) {
        let Some(attempt) = &self.attempt else {
            return;
        };
        match attempt.phase.clone() {
            Phase::Stopping(why @ (StopReason::Limit(_) | StopReason::Leaving), _)
                if matches!(end.exit, Exit::Success | Exit::Rejected) =>
            {
                // It has ended before it could be stopped.
                self.step_done(end);
                if self.attempt.is_some() {
                    self.stopped(&why, end);
                }
            }
            Phase::Stopping(why, _) => {
                let (id, is_over) = (attempt.id.clone(), why == StopReason::Ended);
                self.stopped(&why, end);
                if is_over {
                    let does = format!("is done with {id}");
                    let cause = "its processes have ended";
                    self.decide(Decision::new(DecisionName::Gone, does, cause).about(&id));
                }
            }
            Phase::Running | Phase::Simulated(..) => self.step_done(end),
            Phase::Ready => {}
        }
    }

    /// What was stopped is gone.
    fn stopped(&mut self, why: &StopReason, end: &StepEnd) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        let done = self.memory.attempt.as_ref().map_or(0, |it| it.done);
        match why {
            StopReason::Ended => {
                self.memory.attempt = None;
                self.pending.ended(&attempt.id);
                self.remember();
            }
            StopReason::Limit(reason) => {
                let does = format!("ends {} as FAILED", attempt.id);
                let decision = Decision::new(DecisionName::Outcome, does, reason.clone());
                self.decide(decision.about(&attempt.id));
                let details = attempt.details_at_end(done, end, Some(reason));
                self.conclude(attempt.id, Verdict::Failed, details);
            }
            StopReason::Leaving => self.remember(),
        }
    }

    fn step_done(&mut self, end: &StepEnd) {
        let Some((attempt, memory)) = self.attempt.as_mut().zip(self.memory.attempt.as_mut())
        else {
            return;
        };
        let id = attempt.id.clone();
        let (count, step) = (attempt.steps.len(), memory.done + 1);
        let ignores_failure = attempt
            .steps
            .get(memory.done)
            .is_some_and(|it| it.ignores_failure);
        let failure = match &end.exit {
            Exit::Success => None,
            Exit::Rejected => Some((Verdict::Rejected, "the program rejects the job".to_owned())),
            Exit::Failure(how) => Some((Verdict::Failed, how.clone())),
            Exit::NotStarted(why) => {
                Some((Verdict::Failed, format!("the step was not started: {why}")))
            }
        };
        match failure {
            Some((Verdict::Failed, how)) if ignores_failure => {
                memory.ignored_failures += 1;
                let does = format!("ignores the failure of step {step} of {id}");
                self.decide(Decision::new(DecisionName::StepEnded, does, how).about(&id));
                self.next_step(&id, end);
            }
            Some((verdict, how)) => {
                let details = attempt.details_at_end(memory.done, end, Some(&how));
                let does = format!("ends {id} as {}", verdict.status());
                self.decide(Decision::new(DecisionName::Outcome, does, how).about(&id));
                self.conclude(id, verdict, details);
            }
            None => {
                if step < count {
                    let does = format!("finishes step {step} of {count} of {id}");
                    let decision =
                        Decision::new(DecisionName::StepEnded, does, "the step succeeded");
                    self.decide(decision.about(&id));
                }
                self.next_step(&id, end);
            }
        }
    }

    /// The step is done, and never runs once more.
    fn next_step(&mut self, id: &ExecutionId, end: &StepEnd) {
        let Some((attempt, memory)) = self.attempt.as_mut().zip(self.memory.attempt.as_mut())
        else {
            return;
        };
        memory.done += 1;
        (memory.begun, memory.interruptions) = (false, 0);
        attempt.phase = Phase::Ready;
        let (done, count) = (memory.done, attempt.steps.len());
        if done < count {
            return self.remember();
        }
        let details = attempt.details_at_end(done, end, None);
        let cause = match (count, memory.ignored_failures) {
            (1, 0) => "the work succeeded".to_owned(),
            (1, _) => "the work is done, and its failure is ignored".to_owned(),
            (count, 0) => format!("all {count} steps are done"),
            (count, 1) => format!("all {count} steps are done, and one failure is ignored"),
            (count, ignored) => {
                format!("all {count} steps are done, and {ignored} failures are ignored")
            }
        };
        let does = format!("ends {id} as SUCCEEDED");
        self.decide(Decision::new(DecisionName::Outcome, does, cause).about(id));
        self.conclude(id.clone(), Verdict::Succeeded, details);
    }
}
