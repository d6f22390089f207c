//! `tutorial`: the walkthrough of the README, step by step. What a person did and what the service said go in; what to tell the
//! person comes out. A step counts by what happened, not by what was typed, so other job ids, aliases and another order do, too.
//! Pure.

mod step;
mod texts;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::control::Request;
use crate::protocol::{ErrorCode, EventMessage, EventName, JobExecutionStatus, JobRef, ThingName};
use crate::repl::guide::tutorial::step::{Sight, Step};
use crate::repl::input::command::Command;
use crate::repl::jobs::is_plain;
use crate::repl::output::answer::{Answer, Cause, Failure, Outcome};

/// What a tutorial begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TutorialSetup {
    pub thing: ThingName,
    /// The job ids that it proposes are this and a number.
    pub job_prefix: String,
    /// What to know first, where the jobs are real.
    pub caution: Option<String>,
}

/// An execution that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pending {
    job: String,
    is_running: bool,
}

/// What the service starts next, by its own word.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    /// It has not said so yet.
    Unknown,
    Nothing,
    Job(String),
}

impl Next {
    fn of(job: Option<String>) -> Self {
        job.map_or(Self::Nothing, Self::Job)
    }
}

/// How many job ids are looked at for one that is free.
const FREE_IDS_TRIED: u32 = 10_000;

/// What stands before a command that is proposed.
pub(crate) const PROPOSAL: &str = "Type:  ";

/// A tutorial on its way.
#[derive(Debug)]
pub struct Tutorial {
    setup: TutorialSetup,
    /// The first step that is not done; `None` at the end.
    step: Option<Step>,
    /// A command is running: what it says comes first.
    is_busy: bool,
    /// What is pending by the last list, in progress first.
    pending: Vec<Pending>,
    /// What is next by the service, once that is known.
    next: Next,
    /// An event has said so since this step began.
    next_has_changed: bool,
    /// Every job that a list has named.
    heard_of: BTreeSet<String>,
    /// The jobs created meanwhile and not deleted, in order.
    created: Vec<String>,
    /// The last one created for this thing, of which events come.
    expected: Option<String>,
    /// Job ids that cannot be had: those of other jobs, and those deleted here.
    taken: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// The executions started, and those ended, by this device, in order.
    started: Vec<String>,
    ended: Vec<(String, JobExecutionStatus)>,
    /// How many had ended when this step began.
    ended_before: usize,
    seen: BTreeSet<Sight>,
}

impl Tutorial {
    /// At its first step.
    pub fn new(setup: TutorialSetup) -> Self {
        Self {
            setup,
            step: Some(Step::Look),
            is_busy: false,
            pending: Vec::new(),
            next: Next::Unknown,
            next_has_changed: false,
            heard_of: BTreeSet::new(),
            created: Vec::new(),
            expected: None,
            taken: BTreeSet::new(),
            deleted: BTreeSet::new(),
            started: Vec::new(),
            ended: Vec::new(),
            ended_before: 0,
            seen: BTreeSet::new(),
        }
    }

    /// Whether every step is done.
    pub fn is_over(&self) -> bool {
        self.step.is_none()
    }

    /// A command begins: what its events bring about is told after its end.
    pub fn handle_begin(&mut self) {
        self.is_busy = true;
    }

    /// An event of the service. What to tell, if anything.
    pub fn handle_event(&mut self, event: &EventMessage) -> Option<String> {
        let payload = event.payload.value();
        if payload.is_null() {
            return None;
        }
        match event.name {
            EventName::JobExecutionsChanged => {
                self.learn_pending(&payload["jobs"], "IN_PROGRESS", "QUEUED");
            }
            EventName::NextJobExecutionChanged => {
                self.next = Next::of(job_in(payload));
                self.next_has_changed = true;
            }
        }
        if self.is_busy || !self.is_settled() {
            return None;
        }
        self.advance()
    }

    /// The end of a command; `None` in place of the command if the line was none. What to tell, if anything.
    pub fn handle_outcome(
        &mut self,
        command: Option<&Command>,
        outcome: &Outcome,
    ) -> Option<String> {
        self.is_busy = false;
        let changes = match (command, outcome) {
            (Some(command), Ok(answer)) => {
                self.learn_answer(command, answer);
                matches!(
                    command,
                    Command::CreateJob(_) | Command::UpdateJobExecution { .. }
                )
            }
            (Some(command), Err(failure)) => {
                self.learn_failure(command, failure);
                false
            }
            (None, _) => false,
        };
        // Its events are on their way; with any later command they are overdue, and the step counts without them.
        if changes && !self.is_settled() {
            return None;
        }
        self.advance().or_else(|| self.astray(command, outcome))
    }

    fn learn_pending(&mut self, lists: &Value, running: &str, queued: &str) {
        let running = ids(&lists[running]).map(|job| (job, true));
        let queued = ids(&lists[queued]).map(|job| (job, false));
        let pending = running.chain(queued);
        self.pending = pending
            .map(|(job, is_running)| Pending { job, is_running })
            .collect();
        let jobs = self.pending.iter().map(|pending| pending.job.clone());
        self.heard_of.extend(jobs);
    }

    fn learn_answer(&mut self, command: &Command, answer: &Answer) {
        let payload = match answer {
            Answer::Response { payload, .. } => payload.value(),
            _ => &Value::Null,
        };
        match command {
            Command::GetPendingJobExecutions => {
                self.learn_pending(payload, "inProgressJobs", "queuedJobs");
                self.next = Next::of(self.head());
                self.seen.insert(Sight::Pending);
                let mut running = self.pending.iter().filter(|it| it.is_running);
                if running.any(|it| self.started.contains(&it.job)) {
                    self.seen.insert(Sight::Running);
                }
            }
            Command::CreateJob(create) => {
                self.created.push(create.job.to_string());
                if create.targets.is_empty() {
                    self.expected = Some(create.job.to_string());
                }
            }
            Command::StartNextPendingJobExecution(_) => {
                self.next = Next::of(job_in(payload));
                if let Some(job) = job_in(payload) {
                    self.start(&job);
                }
            }
            Command::UpdateJobExecution { job, request } => match request.status.parse() {
                Ok(JobExecutionStatus::InProgress) => self.start(job.as_str()),
                Ok(status) => {
                    self.start(job.as_str());
                    self.ended.push((job.to_string(), status));
                }
                Err(_) => {}
            },
            Command::Control(Request::DeleteJob { job, .. }) => {
                self.created.retain(|id| id != job.as_str());
                self.pending.retain(|pending| pending.job != job.as_str());
                self.deleted.insert(job.to_string());
            }
            _ => {}
        }
    }

    fn start(&mut self, job: &str) {
        if !self.started.iter().any(|id| id == job) {
            self.started.push(job.to_owned());
        }
        let is_it = |pending: &Pending| pending.job == job && !pending.is_running;
        if let Some(at) = self.pending.iter().position(is_it) {
            let mut pending = self.pending.remove(at);
            pending.is_running = true;
            let running = self.pending.iter().take_while(|it| it.is_running).count();
            self.pending.insert(running, pending);
        }
        // No event tells that it is next now.
        if self.next != Next::Unknown {
            self.next = Next::of(self.head());
        }
    }

    fn learn_failure(&mut self, command: &Command, failure: &Failure) {
        let code = failure.code.as_deref();
        match command {
            Command::CreateJob(create) if code == Some("ResourceAlreadyExistsException") => {
                self.taken.insert(create.job.to_string());
            }
            Command::UpdateJobExecution { .. }
                if code == Some(ErrorCode::InvalidStateTransition.as_str()) =>
            {
                self.seen.insert(Sight::Refusal);
            }
            Command::DescribeJobExecution {
                job: JobRef::Id(_), ..
            } if code == Some(ErrorCode::TerminalStateReached.as_str()) => {
                self.seen.insert(Sight::Nothing);
            }
            _ => {}
        }
    }

    /// What the service starts next, by the last list.
    fn head(&self) -> Option<String> {
        self.pending.first().map(|pending| pending.job.clone())
    }

    /// Whether the events fit together: `NextJobExecutionChanged` follows the list that it belongs to.
    fn is_settled(&self) -> bool {
        let last = self.ended.last().map(|(job, _)| job);
        let is_listed = last.is_some_and(|last| self.pending.iter().any(|it| it.job == *last));
        let expected = self.expected.as_ref();
        !is_listed
            && expected.is_none_or(|job| self.heard_of.contains(job) || self.deleted.contains(job))
            && (self.next == Next::Unknown || self.next == Next::of(self.head()))
    }

    fn is_done(&self, step: Step) -> bool {
        match step {
            Step::Look => self.seen.contains(&Sight::Pending),
            Step::Create => self.heard_of_own() >= 1,
            Step::CreateAnother => self.heard_of_own() >= 2,
            Step::Start => !self.started.is_empty(),
            Step::LookAgain => self.seen.contains(&Sight::Running) || !self.ended.is_empty(),
            Step::Finish => !self.ended.is_empty(),
            Step::StartAnother => self.started.len() >= 2,
            Step::Fail => self.ended.len() >= 2,
            // Without any that has ended and can still be named, there is nothing to be shown.
            Step::BeRefused => self.seen.contains(&Sight::Refusal) || self.over().is_none(),
            Step::NotSee => self.seen.contains(&Sight::Nothing) || self.over().is_none(),
            Step::CleanUp => self.created.is_empty(),
        }
    }

    /// Goes on to the first step that is not done, if the current one is.
    fn advance(&mut self) -> Option<String> {
        let done = self.step.filter(|step| self.is_done(*step))?;
        self.step = Step::ALL
            .into_iter()
            .find(|step| *step > done && !self.is_done(*step));
        // An execution may end without having been started by a command of its own.
        let told = match done {
            Step::Start | Step::LookAgain if self.ended.len() > self.ended_before => Step::Finish,
            Step::StartAnother if self.ended.len() > self.ended_before => Step::Fail,
            done => done,
        };
        let mut text = format!("Done. {}", texts::after(self, told));
        self.ended_before = self.ended.len();
        self.next_has_changed = false;
        text.push_str("\n\n");
        text.push_str(&self.shown());
        Some(text)
    }

    /// The current step; at the end where to go on.
    pub fn shown(&self) -> String {
        match self.step {
            Some(step) => texts::step(self, step),
            None => texts::end(&self.setup),
        }
    }

    /// A wrong turn, and the way back.
    fn astray(&self, command: Option<&Command>, outcome: &Outcome) -> Option<String> {
        let step = self.step?;
        let remark = match (command, outcome) {
            (None, Err(_)) => "That was no command, so nothing was sent.".to_owned(),
            (Some(command), Err(failure)) => after_failure(step, command, failure)?,
            (Some(command), Ok(answer)) => self.after_success(step, command, answer)?,
            (None, Ok(_)) => return None,
        };
        Some(format!("{remark}\n{}", texts::instruction(self, step)))
    }

    fn after_success(&self, step: Step, command: &Command, answer: &Answer) -> Option<String> {
        let Answer::Response { payload, .. } = answer else {
            return None;
        };
        Some(match command {
            Command::CreateJob(create) if !create.targets.is_empty() => format!(
                "That job is for other things; unless they include {}, no event comes here.",
                self.setup.thing
            ),
            Command::StartNextPendingJobExecution(_) => match job_in(payload.value()) {
                None => "Nothing is pending, so the reply has no `execution`.".to_owned(),
                Some(job) if step == Step::StartAnother => format!(
                    "The service hands out what is in progress first, so it was {job} again. End it before the next one."
                ),
                Some(_) => return None,
            },
            Command::UpdateJobExecution { request, .. }
                if matches!(step, Step::Finish | Step::Fail) && request.status == "IN_PROGRESS" =>
            {
                "That reports progress: the version grows, and the execution goes on.".to_owned()
            }
            Command::UpdateJobExecution { job, .. } if step == Step::BeRefused => {
                format!("{job} had not ended, so the update was accepted.")
            }
            Command::DescribeJobExecution { .. } if step == Step::NotSee => {
                "That execution has not ended, so its device sees it.".to_owned()
            }
            Command::Control(Request::DeleteJob { job, .. }) => format!("{job} is out of the way."),
            _ => return None,
        })
    }

    /// How many jobs have been listed; where jobs are real, only those created here count.
    fn heard_of_own(&self) -> usize {
        let is_own = |job: &&String| {
            let is_created = self.created.contains(job) || self.deleted.contains(*job);
            self.setup.caution.is_none() || is_created
        };
        self.heard_of.iter().filter(is_own).count()
    }

    /// A job id that is free as far as is known.
    fn free_id(&self) -> String {
        let is_free = |id: &String| {
            let sets = [&self.taken, &self.deleted, &self.heard_of];
            sets.iter().all(|set| !set.contains(id)) && !self.created.contains(id)
        };
        (1..=FREE_IDS_TRIED)
            .map(|number| format!("{}{number}", self.setup.job_prefix))
            .find(is_free)
            .unwrap_or_default()
    }

    /// The execution in progress that the person started; any other one only where nothing is real.
    fn running(&self) -> Option<&str> {
        let is_own = |job: &String| self.setup.caution.is_none() || self.started.contains(job);
        let mut running = self.pending.iter().filter(|it| it.is_running);
        running.find(|it| is_own(&it.job)).map(|it| it.job.as_str())
    }

    /// What waits to be started, and whether the service would hand it out next. Where jobs are real, only one created here.
    fn next_own(&self) -> Option<(&str, bool)> {
        let is_own = |job: &String| self.setup.caution.is_none() || self.created.contains(job);
        let mut queued = self
            .pending
            .iter()
            .enumerate()
            .filter(|(_, it)| !it.is_running);
        let (at, found) = queued.find(|(_, it)| is_own(&it.job))?;
        Some((&found.job, at == 0))
    }

    /// The last execution that has ended, unless its job was deleted.
    fn over(&self) -> Option<&str> {
        let ended = self.ended.iter().rev().map(|(job, _)| job.as_str());
        ended.into_iter().find(|job| !self.deleted.contains(*job))
    }
}

/// A command failed: what to say if this is the step that it was for.
fn after_failure(step: Step, command: &Command, failure: &Failure) -> Option<String> {
    if matches!(
        failure.cause,
        Cause::Connection | Cause::Timeout | Cause::Interrupted
    ) && !matches!(command, Command::Wait { .. })
    {
        return Some(
            "No answer came, so nobody knows whether it was done; `pending` tells.".to_owned(),
        );
    }
    let is_wanted = match command {
        Command::GetPendingJobExecutions => matches!(step, Step::Look | Step::LookAgain),
        Command::CreateJob(_) => matches!(step, Step::Create | Step::CreateAnother),
        Command::StartNextPendingJobExecution(_) => {
            matches!(step, Step::Start | Step::StartAnother)
        }
        Command::UpdateJobExecution { .. } => {
            (Step::Start..=Step::BeRefused).contains(&step) && step != Step::LookAgain
        }
        Command::DescribeJobExecution { .. } => step == Step::NotSee,
        Command::Control(Request::DeleteJob { .. }) => step == Step::CleanUp,
        _ => false,
    };
    let is_taken = failure.code.as_deref() == Some("ResourceAlreadyExistsException");
    match (is_wanted, command) {
        (true, Command::CreateJob(create)) if is_taken => Some(format!(
            "There is a job {} already, so this one needs another id.",
            create.job
        )),
        (true, _) if matches!(step, Step::BeRefused | Step::NotSee) => {
            Some("That was refused for another reason than the one meant here.".to_owned())
        }
        (true, _) => Some("That was refused, so this step is still to be done.".to_owned()),
        (false, _) => None,
    }
}

/// The job of the `execution` in a payload, if there is one with an id that can be shown.
fn job_in(payload: &Value) -> Option<String> {
    let id = payload["execution"]["jobId"].as_str()?;
    is_plain(id).then(|| id.to_owned())
}

/// The ids in a list of pending executions that can be shown.
fn ids(list: &Value) -> impl Iterator<Item = String> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry["jobId"].as_str())
        .filter(|id| is_plain(id))
        .map(ToOwned::to_owned)
}
