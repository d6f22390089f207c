//! What has happened since a tutorial began, and its consequences.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::protocol::{ErrorCode, EventMessage, EventName, JobExecutionStatus, JobId, JobRef};
use crate::repl::guide::tutorial::deed::Deed;
use crate::repl::guide::tutorial::setup::TutorialSetup;
use crate::repl::guide::tutorial::step::{Sight, Step};
use crate::repl::input::command::Command;
use crate::repl::jobs::Jobs;
use crate::repl::output::answer::{Answer, Failure};
use crate::repl::pending::{Pending, PendingExecution, is_plain};

/// What the service starts next, as it reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NextJob {
    /// The service has not reported it yet.
    Unknown,
    Nothing,
    Job(String),
}

impl NextJob {
    fn of(job: Option<String>) -> Self {
        job.map_or(Self::Nothing, Self::Job)
    }
}

/// The most job ids that are tried to find a free one.
const FREE_IDS_TRIED: u32 = 10_000;

#[derive(Debug)]
pub(crate) struct TutorialProgress {
    pub(crate) setup: TutorialSetup,
    /// What the service starts next, once known.
    pub(crate) next: NextJob,
    /// Whether an event has reported it since this step began.
    pub(crate) next_has_changed: bool,
    /// Every job that occurred in a list.
    heard_of: BTreeSet<String>,
    /// The jobs that were created since the tutorial began and not deleted, in order.
    pub(crate) created: Vec<String>,
    /// The last job created for this thing, whose events are expected.
    expected: Option<String>,
    /// Job ids that are not available: those of other jobs, and those deleted here.
    taken: BTreeSet<String>,
    deleted: BTreeSet<String>,
    /// The executions started, and those ended, by this device, in order.
    started: Vec<String>,
    pub(crate) ended: Vec<(String, JobExecutionStatus)>,
    /// The executions started since the service last listed the pending ones: no event reports a start.
    started_since_list: Vec<String>,
    /// How many executions had ended when this step began.
    ended_before: usize,
    pub(crate) seen: BTreeSet<Sight>,
    pub(crate) agent_is_on: bool,
}

impl TutorialProgress {
    pub(crate) fn new(setup: TutorialSetup) -> Self {
        Self {
            setup,
            next: NextJob::Unknown,
            next_has_changed: false,
            heard_of: BTreeSet::new(),
            created: Vec::new(),
            expected: None,
            taken: BTreeSet::new(),
            deleted: BTreeSet::new(),
            started: Vec::new(),
            ended: Vec::new(),
            started_since_list: Vec::new(),
            ended_before: 0,
            seen: BTreeSet::new(),
            agent_is_on: false,
        }
    }

    /// The next step begins.
    pub(crate) fn begin_step(&mut self) {
        self.ended_before = self.ended.len();
        self.next_has_changed = false;
    }

    /// Whether an execution has ended since this step began.
    pub(crate) fn has_just_ended(&self) -> bool {
        self.ended.len() > self.ended_before
    }

    /// `jobs` already includes the event.
    pub(crate) fn learn_event(&mut self, event: &EventMessage, jobs: &Jobs) {
        match event.name {
            EventName::JobExecutionsChanged => self.learn_list(jobs),
            EventName::NextJobExecutionChanged => {
                self.next = NextJob::of(job_in(event.payload.value()));
                self.next_has_changed = true;
            }
        }
    }

    /// The service has listed what is pending.
    fn learn_list(&mut self, jobs: &Jobs) {
        self.started_since_list.clear();
        let listed = self.pending(jobs).into_iter();
        self.heard_of.extend(listed.map(|it| it.job.to_owned()));
    }

    pub(crate) fn learn_answer(&mut self, command: &Command, answer: &Answer, jobs: &Jobs) {
        let payload = match answer {
            Answer::Response { payload, .. } => payload.value(),
            _ => &Value::Null,
        };
        match Deed::of(command) {
            Deed::GetPending => self.learn_what_is_pending(jobs),
            Deed::Create { job, for_others } => {
                self.created.push(job.to_string());
                if !for_others {
                    self.expected = Some(job.to_string());
                }
            }
            Deed::StartNext => self.learn_started(payload, jobs),
            Deed::Update { job, request } => {
                self.learn_updated(job, &request.status, jobs);
            }
            Deed::AgentOn => {
                self.agent_is_on = true;
                self.seen.insert(Sight::Agent);
            }
            Deed::AgentOff => self.agent_is_on = false,
            Deed::Delete(job) => {
                self.created.retain(|id| id != job.as_str());
                self.deleted.insert(job.to_string());
            }
            _ => {}
        }
    }

    /// The next execution was started.
    pub(crate) fn learn_started(&mut self, reply: &Value, jobs: &Jobs) {
        self.next = NextJob::of(job_in(reply));
        if let Some(job) = job_in(reply) {
            self.start(&job, jobs);
        }
    }

    /// A status was reported. Returns whether the execution has ended.
    pub(crate) fn learn_updated(&mut self, job: &JobId, status: &str, jobs: &Jobs) -> bool {
        let Ok(status) = status.parse() else {
            return false;
        };
        self.start(job.as_str(), jobs);
        let is_over = status != JobExecutionStatus::InProgress;
        if is_over {
            self.ended.push((job.to_string(), status));
        }
        is_over
    }

    fn learn_what_is_pending(&mut self, jobs: &Jobs) {
        self.learn_list(jobs);
        self.next = NextJob::of(self.head(jobs));
        self.seen.insert(Sight::Pending);
        let is_own = |it: &Offered<'_>| self.started.iter().any(|job| job == it.job);
        if self
            .pending(jobs)
            .iter()
            .any(|it| it.is_running && is_own(it))
        {
            self.seen.insert(Sight::Running);
        }
    }

    fn start(&mut self, job: &str, jobs: &Jobs) {
        for started in [&mut self.started, &mut self.started_since_list] {
            if !started.iter().any(|id| id == job) {
                started.push(job.to_owned());
            }
        }
        // No event reports that the job is next now.
        if self.next != NextJob::Unknown {
            self.next = NextJob::of(self.head(jobs));
        }
    }

    pub(crate) fn learn_failure(&mut self, command: &Command, failure: &Failure) {
        let code = failure.code.as_deref();
        match Deed::of(command) {
            Deed::Create { job, .. } if code == Some("ResourceAlreadyExistsException") => {
                self.taken.insert(job.to_string());
            }
            Deed::Update { .. } if code == Some(ErrorCode::InvalidStateTransition.as_str()) => {
                self.seen.insert(Sight::Refusal);
            }
            Deed::Describe(JobRef::Id(_))
                if code == Some(ErrorCode::TerminalStateReached.as_str()) =>
            {
                self.seen.insert(Sight::Nothing);
            }
            _ => {}
        }
    }

    /// What is pending, in progress first; what was started since the last list counts as in progress.
    pub(crate) fn pending<'a>(&self, jobs: &'a Jobs) -> Vec<Offered<'a>> {
        let started = |job: &str| self.started_since_list.iter().position(|id| id == job);
        let rank = |it: &PendingExecution| {
            if it.is_in_progress() {
                0
            } else {
                started(&it.job).map_or(usize::MAX, |at| at + 1)
            }
        };
        let offered = jobs.pending().into_iter().flat_map(Pending::offered);
        let mut ranked: Vec<_> = offered.map(|it| (rank(it), it.job.as_str())).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let offered = ranked.into_iter().map(|(rank, job)| Offered {
            job,
            is_running: rank != usize::MAX,
        });
        offered.collect()
    }

    /// What the service starts next, by the last list.
    fn head(&self, jobs: &Jobs) -> Option<String> {
        self.pending(jobs).first().map(|it| it.job.to_owned())
    }

    /// Whether the events fit together: `NextJobExecutionChanged` follows the list that it belongs to.
    pub(crate) fn is_settled(&self, jobs: &Jobs) -> bool {
        let pending = self.pending(jobs);
        let last = self.ended.last().map(|(job, _)| job);
        let is_listed = last.is_some_and(|last| pending.iter().any(|it| it.job == last));
        let expected = self.expected.as_ref();
        !is_listed
            && expected.is_none_or(|job| self.heard_of.contains(job) || self.deleted.contains(job))
            && (self.next == NextJob::Unknown || self.next == NextJob::of(self.head(jobs)))
    }

    pub(crate) fn is_done(&self, step: Step) -> bool {
        match step {
            step if step.is_for_agent() && self.setup.caution.is_some() => true,
            Step::AgentOn => self.seen.contains(&Sight::Agent),
            Step::AgentWorks => self.seen.contains(&Sight::Reported),
            Step::AgentOff => !self.agent_is_on,
            Step::Look => self.seen.contains(&Sight::Pending),
            Step::Create => self.heard_of_own() >= 1,
            Step::CreateAnother => self.heard_of_own() >= 2,
            Step::Start => !self.started.is_empty(),
            Step::LookAgain => self.seen.contains(&Sight::Running) || !self.ended.is_empty(),
            Step::Finish => !self.ended.is_empty(),
            Step::StartAnother => self.started.len() >= 2,
            Step::Fail => self.ended.len() >= 2,
            // If none has ended that can still be named, nothing can be shown.
            Step::BeRefused => self.seen.contains(&Sight::Refusal) || self.over().is_none(),
            Step::NotSee => self.seen.contains(&Sight::Nothing) || self.over().is_none(),
            Step::CleanUp => self.created.is_empty(),
        }
    }

    /// How many jobs have been listed; where jobs are real, only those created here count.
    fn heard_of_own(&self) -> usize {
        let is_own = |job: &&String| {
            let is_created = self.created.contains(job) || self.deleted.contains(*job);
            self.setup.caution.is_none() || is_created
        };
        self.heard_of.iter().filter(is_own).count()
    }

    /// A job id that is free as far as known.
    pub(crate) fn free_id(&self) -> String {
        let is_free = |id: &String| {
            let sets = [&self.taken, &self.deleted, &self.heard_of];
            sets.iter().all(|set| !set.contains(id)) && !self.created.contains(id)
        };
        (1..=FREE_IDS_TRIED)
            .map(|number| format!("{}{number}", self.setup.job_prefix))
            .find(is_free)
            .unwrap_or_default()
    }

    /// The execution in progress that the user started; any other one only if the jobs are not real.
    pub(crate) fn running<'a>(&self, jobs: &'a Jobs) -> Option<&'a str> {
        let is_own =
            |job: &str| self.setup.caution.is_none() || self.started.iter().any(|id| id == job);
        let mut running = self.pending(jobs).into_iter().filter(|it| it.is_running);
        running.find(|it| is_own(it.job)).map(|it| it.job)
    }

    /// What waits to be started, and whether the service would hand it out next. Where jobs are real, only one created here.
    pub(crate) fn next_own<'a>(&self, jobs: &'a Jobs) -> Option<(&'a str, bool)> {
        let is_own =
            |job: &str| self.setup.caution.is_none() || self.created.iter().any(|id| id == job);
        let pending = self.pending(jobs).into_iter().enumerate();
        let mut queued = pending.filter(|(_, it)| !it.is_running);
        let (at, found) = queued.find(|(_, it)| is_own(it.job))?;
        Some((found.job, at == 0))
    }

    /// The last execution that has ended, unless its job was deleted.
    pub(crate) fn over(&self) -> Option<&str> {
        let ended = self.ended.iter().rev().map(|(job, _)| job.as_str());
        ended.into_iter().find(|job| !self.deleted.contains(*job))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered<'a> {
    pub(crate) job: &'a str,
    pub(crate) is_running: bool,
}

/// The job of the `execution` in a payload, if there is one with an id that can be shown.
pub(crate) fn job_in(payload: &Value) -> Option<String> {
    let id = payload["execution"]["jobId"].as_str()?;
    is_plain(id).then(|| id.to_owned())
}
