//! The naive reference model: one list of executions, searched and sorted again for every question.

use std::collections::BTreeMap;

use jobs_sandbox::protocol::JobExecutionStatus;
use jobs_sandbox::protocol::JobExecutionStatus::{
    Canceled, Failed, InProgress, Queued, Rejected, Succeeded, TimedOut,
};

use crate::model::{Event, Input, Seen};

/// An execution: which it is, where it stands, and what decides its place and its end.
#[derive(Debug, Clone)]
struct Row {
    thing: usize,
    job: usize,
    number: u64,
    status: JobExecutionStatus,
    version: u64,
    attempt: u32,
    /// When it was queued, and the how-manieth of all.
    place: (u64, u64),
    job_deadline_s: Option<u64>,
    step_deadline_s: Option<u64>,
}

#[derive(Debug, Clone)]
struct JobRow {
    status: &'static str,
    timeout_minutes: Option<u64>,
    retries: u32,
}

/// What the service should do, in the simplest form.
#[derive(Debug, Default)]
pub(crate) struct Model {
    rows: Vec<Row>,
    jobs: BTreeMap<usize, JobRow>,
    queued: u64,
}

/// The code of a refusal.
type Verdict = Result<(), &'static str>;

impl Model {
    /// The answer to an input, and the events that follow.
    pub(crate) fn handle(&mut self, now_s: u64, input: &Input) -> (Verdict, Vec<Event>) {
        let before = self.lists();
        let verdict = self.apply(now_s, input);
        (verdict, events(&before, &self.lists()))
    }

    /// Lets the timers run out, one after the other.
    pub(crate) fn advance(&mut self, to_s: u64) -> Vec<Event> {
        let mut all = Vec::new();
        let deadline = |row: &Row| {
            row.job_deadline_s
                .into_iter()
                .chain(row.step_deadline_s)
                .min()
        };
        loop {
            let running = self
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.status == InProgress);
            let due = running
                .filter_map(|(at, row)| Some((deadline(row)?, row.thing, row.job, row.number, at)));
            let Some((now_s, _, _, _, at)) = due.min().filter(|due| due.0 <= to_s) else {
                return all;
            };
            let before = self.lists();
            self.end(now_s, at, TimedOut);
            all.extend(events(&before, &self.lists()));
        }
    }

    /// Every execution with its status and version, and every job with its status.
    pub(crate) fn seen(&self) -> Seen {
        let executions = self.rows.iter().map(|row| {
            let key = (row.thing, row.job, row.number);
            (key, (row.status.as_str().to_owned(), row.version))
        });
        let jobs = self
            .jobs
            .iter()
            .map(|(job, row)| (*job, row.status.to_owned()));
        Seen {
            executions: executions.collect(),
            jobs: jobs.collect(),
        }
    }

    fn apply(&mut self, now_s: u64, input: &Input) -> Verdict {
        match *input {
            Input::Create {
                job,
                ref things,
                timeout_minutes,
                retries,
            } => {
                if self.jobs.contains_key(&job) {
                    return Err("ResourceAlreadyExistsException");
                }
                let row = JobRow {
                    status: "IN_PROGRESS",
                    timeout_minutes,
                    retries,
                };
                self.jobs.insert(job, row);
                for thing in things {
                    self.queue(now_s, *thing, job, 0);
                }
            }
            Input::StartNext {
                thing,
                step_minutes,
            } => {
                let Some((job, number)) = self.list(thing).first().copied() else {
                    return Ok(());
                };
                let at = self.find(thing, job, Some(number)).ok_or("no head")?;
                if self.rows[at].status == Queued {
                    self.start(now_s, at);
                    self.rows[at].step_deadline_s = step_minutes.map(|it| now_s + it * 60);
                }
            }
            Input::Update {
                thing,
                job,
                status,
                expected,
                step_minutes,
            } => {
                if !matches!(status, InProgress | Succeeded | Failed | Rejected) {
                    return Err("InvalidStateTransition");
                }
                let at = self.find(thing, job, None).ok_or("ResourceNotFound")?;
                let row = &self.rows[at];
                if expected.is_some_and(|expected| expected != row.version) {
                    return Err("VersionMismatch");
                }
                if step_minutes == Some(-1)
                    && !row.status.is_terminal()
                    && row.step_deadline_s.is_none()
                {
                    return Err("InvalidRequest");
                }
                if row.status.is_terminal() {
                    return Err("InvalidStateTransition");
                }
                if status == InProgress {
                    self.start(now_s, at);
                    match step_minutes {
                        Some(-1) => self.rows[at].step_deadline_s = None,
                        Some(minutes) => {
                            self.rows[at].step_deadline_s =
                                Some(now_s + minutes.unsigned_abs() * 60);
                        }
                        None => {}
                    }
                } else {
                    self.end(now_s, at, status);
                }
            }
            Input::CancelExecution { thing, job, force } => {
                let at = self
                    .find(thing, job, None)
                    .ok_or("ResourceNotFoundException")?;
                if !self.cancel(now_s, at, force) {
                    return Err("InvalidStateTransitionException");
                }
            }
            Input::CancelJob { job, force } => {
                let row = self.jobs.get_mut(&job).ok_or("ResourceNotFoundException")?;
                if row.status != "IN_PROGRESS" {
                    return Err("InvalidRequestException");
                }
                row.status = "CANCELED";
                for thing in 0..self.rows.iter().map(|row| row.thing + 1).max().unwrap_or(0) {
                    if let Some(at) = self.find(thing, job, None) {
                        self.cancel(now_s, at, force);
                    }
                }
            }
            Input::DeleteExecution {
                thing,
                job,
                number,
                force,
            } => {
                let at = self
                    .find(thing, job, Some(number))
                    .ok_or("ResourceNotFoundException")?;
                if self.rows[at].status == InProgress && !force {
                    return Err("InvalidStateTransitionException");
                }
                self.rows.remove(at);
                self.complete(job);
            }
            Input::DeleteJob { job, force } => {
                let row = self.jobs.get(&job).ok_or("ResourceNotFoundException")?;
                if row.status == "IN_PROGRESS" && !force {
                    return Err("InvalidStateTransitionException");
                }
                self.jobs.remove(&job);
                self.rows.retain(|row| row.job != job);
            }
            Input::Advance { .. } => {}
        }
        Ok(())
    }

    fn find(&self, thing: usize, job: usize, number: Option<u64>) -> Option<usize> {
        let rows = self.rows.iter().enumerate();
        let found = rows.filter(|(_, row)| {
            row.thing == thing && row.job == job && number.is_none_or(|it| it == row.number)
        });
        found.max_by_key(|(_, row)| row.number).map(|(at, _)| at)
    }

    fn queue(&mut self, now_s: u64, thing: usize, job: usize, attempt: u32) {
        let newest = self
            .find(thing, job, None)
            .map_or(0, |at| self.rows[at].number);
        self.queued += 1;
        self.rows.push(Row {
            thing,
            job,
            number: newest + 1,
            status: Queued,
            version: 1,
            attempt,
            place: (now_s, self.queued),
            job_deadline_s: None,
            step_deadline_s: None,
        });
    }

    fn start(&mut self, now_s: u64, at: usize) {
        let row = &mut self.rows[at];
        if row.status == Queued {
            let minutes = self.jobs.get(&row.job).and_then(|job| job.timeout_minutes);
            row.job_deadline_s = minutes.map(|it| now_s + it * 60);
        }
        row.status = InProgress;
        row.version += 1;
    }

    fn cancel(&mut self, now_s: u64, at: usize, force: bool) -> bool {
        let status = self.rows[at].status;
        let can = status == Queued || (status == InProgress && force);
        if can {
            self.end(now_s, at, Canceled);
        }
        can
    }

    fn end(&mut self, now_s: u64, at: usize, status: JobExecutionStatus) {
        self.rows[at].status = status;
        self.rows[at].version += 1;
        let Row {
            thing,
            job,
            attempt,
            ..
        } = self.rows[at];
        let open = self
            .jobs
            .get(&job)
            .filter(|row| row.status == "IN_PROGRESS");
        if matches!(status, Failed | TimedOut) && open.is_some_and(|row| attempt < row.retries) {
            self.queue(now_s, thing, job, attempt + 1);
        }
        self.complete(job);
    }

    fn complete(&mut self, job: usize) {
        let over = self
            .rows
            .iter()
            .all(|row| row.job != job || row.status.is_terminal());
        if let Some(row) = self
            .jobs
            .get_mut(&job)
            .filter(|row| over && row.status == "IN_PROGRESS")
        {
            row.status = "COMPLETED";
        }
    }

    fn list(&self, thing: usize) -> Vec<(usize, u64)> {
        let mut rows: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.thing == thing && !row.status.is_terminal())
            .collect();
        rows.sort_by_key(|row| (row.status == Queued, row.place));
        rows.into_iter().map(|row| (row.job, row.number)).collect()
    }

    fn lists(&self) -> Vec<Vec<(usize, u64)>> {
        (0..crate::model::THINGS)
            .map(|thing| self.list(thing))
            .collect()
    }
}

/// `notify` iff the members of a list changed, `notify-next` iff its head did.
fn events(before: &[Vec<(usize, u64)>], after: &[Vec<(usize, u64)>]) -> Vec<Event> {
    let sorted = |list: &[(usize, u64)]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    let mut events = Vec::new();
    for (thing, (before, after)) in before.iter().zip(after).enumerate() {
        if sorted(before) != sorted(after) {
            events.push(Event::Notify(thing, after.clone()));
        }
        if before.first() != after.first() {
            events.push(Event::NotifyNext(thing, after.first().copied()));
        }
    }
    events
}
