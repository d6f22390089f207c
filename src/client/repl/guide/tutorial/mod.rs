//! `tutorial`: the page `walkthrough`, step by step. What the user did and what the service answered go in; the text for
//! the user comes out. A step counts by what happened, not by what was typed, so other job ids, aliases and another order also
//! work.
//! Pure.

mod deed;
mod progress;
mod setup;
mod step;
mod texts;

use serde_json::Value;

use crate::cause::Cause;
use crate::protocol::{EventMessage, Operation};
use crate::repl::guide::tutorial::deed::Deed;
use crate::repl::guide::tutorial::progress::{TutorialProgress, job_in};
use crate::repl::guide::tutorial::step::{Sight, Step};
use crate::repl::input::command::Command;
use crate::repl::jobs::Jobs;
use crate::repl::output::answer::{Answer, Failure, Outcome};

pub use crate::repl::guide::tutorial::setup::TutorialSetup;
pub(crate) use crate::repl::guide::tutorial::texts::PROPOSAL;

/// A tutorial in progress. `jobs` is what the session knows, and already includes what is reported here.
#[derive(Debug)]
pub struct Tutorial {
    progress: TutorialProgress,
    /// The first step that is not done; `None` at the end.
    step: Option<Step>,
    /// Whether a command is running: its output comes first.
    is_busy: bool,
}

impl Tutorial {
    /// At its first step.
    pub fn new(setup: TutorialSetup) -> Self {
        Self {
            progress: TutorialProgress::new(setup),
            step: Some(Step::Look),
            is_busy: false,
        }
    }

    /// Whether every step is done.
    pub fn is_over(&self) -> bool {
        self.step.is_none()
    }

    /// A command begins. The text about its events comes after its end.
    pub fn handle_begin(&mut self) {
        self.is_busy = true;
    }

    /// Takes an event of the service. Returns the text to show, if any.
    pub fn handle_event(&mut self, event: &EventMessage, jobs: &Jobs) -> Option<String> {
        if event.payload.value().is_null() {
            return None;
        }
        self.progress.learn_event(event, jobs);
        if self.is_busy || !self.progress.is_settled(jobs) {
            return None;
        }
        self.advance(jobs)
    }

    /// Takes the reply to a request of the agent; `sent` is its payload. The events that follow bring the text.
    pub fn handle_agent(
        &mut self,
        operation: &Operation,
        sent: &Value,
        reply: &Value,
        jobs: &Jobs,
    ) {
        match operation {
            Operation::StartNextPendingJobExecution => self.progress.learn_started(reply, jobs),
            Operation::UpdateJobExecution(job) => {
                let status = sent["status"].as_str().unwrap_or_default();
                if self.progress.learn_updated(job, status, jobs) {
                    self.progress.seen.insert(Sight::Reported);
                }
            }
            Operation::GetPendingJobExecutions | Operation::DescribeJobExecution(_) => {}
        }
    }

    /// The agent cuts the link.
    pub fn handle_cut(&mut self) {
        self.progress.seen.insert(Sight::Cut);
    }

    /// Takes the end of a command, or `None` if the line was not a command. Returns the text to show, if any.
    pub fn handle_outcome(
        &mut self,
        command: Option<&Command>,
        outcome: &Outcome,
        jobs: &Jobs,
    ) -> Option<String> {
        self.is_busy = false;
        let changes = match (command, outcome) {
            (Some(command), Ok(answer)) => {
                self.progress.learn_answer(command, answer, jobs);
                matches!(Deed::of(command), Deed::Create { .. } | Deed::Update { .. })
            }
            (Some(command), Err(failure)) => {
                self.progress.learn_failure(command, failure);
                false
            }
            (None, _) => false,
        };
        // Its events are on their way; after any later command they are overdue, and the step counts without them.
        if changes && !self.progress.is_settled(jobs) {
            return None;
        }
        self.advance(jobs)
            .or_else(|| self.astray(command, outcome, jobs))
    }

    /// Moves to the first step that is not done, if the current one is done.
    fn advance(&mut self, jobs: &Jobs) -> Option<String> {
        let done = self.step.filter(|step| self.progress.is_done(*step))?;
        self.step = Step::ALL
            .into_iter()
            .find(|step| *step > done && !self.progress.is_done(*step));
        // An execution may end without having been started by a separate command.
        let told = match done {
            Step::Start | Step::LookAgain if self.progress.has_just_ended() => Step::Finish,
            Step::StartAnother if self.progress.has_just_ended() => Step::Fail,
            done => done,
        };
        let mut text = format!("Done. {}", texts::after(&self.progress, jobs, told));
        self.progress.begin_step();
        text.push_str("\n\n");
        text.push_str(&self.shown(jobs));
        Some(text)
    }

    /// The current step; at the end, what to try next.
    pub fn shown(&self, jobs: &Jobs) -> String {
        match self.step {
            Some(step) => texts::step(&self.progress, jobs, step),
            None => texts::end(&self.progress.setup),
        }
    }

    /// A remark about a command that does not fit the step, and the way back.
    fn astray(&self, command: Option<&Command>, outcome: &Outcome, jobs: &Jobs) -> Option<String> {
        let step = self.step?;
        let remark = match (command, outcome) {
            (None, Err(_)) => "That is not a command, so nothing was sent.".to_owned(),
            (Some(command), Err(failure)) => after_failure(step, command, failure)?,
            (Some(command), Ok(answer)) => self.after_success(step, command, answer)?,
            (None, Ok(_)) => return None,
        };
        Some(format!(
            "{remark}\n{}",
            texts::instruction(&self.progress, jobs, step)
        ))
    }

    fn after_success(&self, step: Step, command: &Command, answer: &Answer) -> Option<String> {
        let payload = match (answer, Deed::of(command)) {
            (Answer::Response { payload, .. }, _) => payload,
            (_, Deed::AgentOff) if step == Step::AgentWorks => {
                return Some("The agent is off before it has reported an outcome.".to_owned());
            }
            _ => return None,
        };
        Some(match Deed::of(command) {
            Deed::Create {
                for_others: true, ..
            } => format!(
                "That job has other targets. Unless they include {}, this device receives no event.",
                self.progress.setup.thing
            ),
            Deed::StartNext => match job_in(payload.value()) {
                None => "Nothing is pending, so the reply has no `execution`.".to_owned(),
                Some(job) if step == Step::StartAnother => format!(
                    "The service returns what is in progress first, so the reply was {job} again. Finish it before the next one."
                ),
                Some(_) => return None,
            },
            Deed::Update { request, .. }
                if matches!(step, Step::Finish | Step::Fail) && request.status == "IN_PROGRESS" =>
            {
                "That reports progress: the version grows, and the execution stays in progress."
                    .to_owned()
            }
            Deed::Update { job, .. } if step == Step::BeRefused => {
                format!("{job} had not ended, so the update was accepted.")
            }
            Deed::Describe(_) if step == Step::NotSee => {
                "That execution has not ended, so the device can see it.".to_owned()
            }
            Deed::Delete(job) => format!("{job} is deleted."),
            _ => return None,
        })
    }
}

/// The message after a failed command, if it belongs to this step.
fn after_failure(step: Step, command: &Command, failure: &Failure) -> Option<String> {
    if matches!(
        failure.cause,
        Cause::Connection | Cause::Timeout | Cause::Interrupted
    ) && !matches!(Deed::of(command), Deed::Wait)
    {
        return Some(
            "There was no response, so the outcome is unknown; `pending` shows it.".to_owned(),
        );
    }
    let is_wanted = match Deed::of(command) {
        Deed::GetPending => matches!(step, Step::Look | Step::LookAgain),
        Deed::Create { .. } => matches!(step, Step::Create | Step::CreateAnother),
        Deed::StartNext => {
            matches!(step, Step::Start | Step::StartAnother)
        }
        Deed::Update { .. } => {
            (Step::Start..=Step::BeRefused).contains(&step) && step != Step::LookAgain
        }
        Deed::Describe(_) => step == Step::NotSee,
        Deed::Delete(_) => step == Step::CleanUp,
        _ => false,
    };
    let is_taken = failure.code.as_deref() == Some("ResourceAlreadyExistsException");
    match (is_wanted, Deed::of(command)) {
        (true, Deed::Create { job, .. }) if is_taken => Some(format!(
            "The job {job} already exists, so this one needs another id."
        )),
        (true, _) if matches!(step, Step::BeRefused | Step::NotSee) => {
            Some("That was refused, but not for the reason that this step is about.".to_owned())
        }
        (true, _) => Some("That was refused, so this step is not done yet.".to_owned()),
        (false, _) => None,
    }
}
