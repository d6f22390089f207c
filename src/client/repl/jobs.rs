//! What a session knows about jobs: which executions are pending, and every job id that it has seen. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::control::pending_change::{PendingChange, Regrouping, Target};
use crate::control::{ControlRequest, JobIds};
use crate::protocol::{JobId, JobRef, Operation, ThingName};
use crate::repl::input::needs::Context;
use crate::repl::pending::{Head, IN_PROGRESS, Pending, PendingExecution, execution, is_plain};

/// The most ids that are remembered: the service may list any number.
const MAX_KNOWN: usize = 10_000;

/// The one model that remarks, completion and the tutorial share.
#[derive(Debug, Default)]
pub struct Jobs {
    /// `None` until the service has listed the pending executions.
    pending: Option<Pending>,
    /// What is next, as the service said last, if it said so.
    next: Option<Head>,
    known: BTreeSet<String>,
    /// The jobs without a pending execution, whether or not the list is cut: this session created them for other things only, or
    /// has ended the execution.
    absent: BTreeSet<String>,
    /// The groups that the thing has joined in this session.
    groups: BTreeSet<String>,
    /// Whether this session has made a dynamic group, or changed one.
    has_dynamic_groups: bool,
    /// The number of changes to what completion offers.
    revision: u64,
}

impl Jobs {
    /// What is pending, once the service has listed it.
    pub fn pending(&self) -> Option<&Pending> {
        self.pending.as_ref()
    }

    /// What is next, if that is known.
    pub(crate) fn head(&self) -> Option<Head> {
        let pending = self.pending.as_ref();
        pending.map(Pending::head).or_else(|| self.next.clone())
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn context(&self) -> Context {
        let offered = self.pending.iter().flat_map(Pending::offered);
        Context {
            pending_jobs: offered.map(|it| it.job.clone()).collect(),
            known_jobs: self.known.iter().cloned().collect(),
            ..Context::default()
        }
    }

    /// Takes a list of what is pending; returns what was pending before.
    pub fn learn_pending(&mut self, list: Pending) -> Option<Pending> {
        let offered = list.offered().map(|it| it.job.clone());
        self.known.extend(offered);
        self.known_changed();
        for listed in list.listed() {
            self.absent.remove(&listed.job);
        }
        let list = match &self.pending {
            Some(before) => list.after(before),
            None => list,
        };
        self.pending.replace(list)
    }

    /// Takes what is next, from a message that says nothing else.
    pub(crate) fn learn_next(&mut self, payload: &Value) {
        self.next = Some(Head::of(payload));
        self.learn_status(payload);
    }

    /// Takes the reply to a request of the device that was accepted; `status` is the one in the request.
    pub(crate) fn learn_accepted(
        &mut self,
        operation: &Operation,
        status: Option<&str>,
        payload: &Value,
    ) {
        match (operation, status) {
            (
                Operation::StartNextPendingJobExecution
                | Operation::DescribeJobExecution(JobRef::Next),
                _,
            ) => self.learn_next(payload),
            // One that has ended stays until the next list.
            (Operation::UpdateJobExecution(job), Some(IN_PROGRESS)) => {
                if let Some(execution) = self.find_mut(job.as_str()) {
                    IN_PROGRESS.clone_into(&mut execution.status);
                }
            }
            // One that fails may be queued once more.
            (Operation::UpdateJobExecution(job), Some("SUCCEEDED" | "REJECTED")) => {
                self.learn_absent(job);
            }
            _ => self.learn_reply(payload),
        }
    }

    /// What is next once the execution of this job is in progress; `None` if it stays the same, as far as known.
    pub(crate) fn next_after_start(&self, job: &JobId) -> Option<Head> {
        let mut after = self.pending.clone()?;
        IN_PROGRESS.clone_into(&mut after.find_mut(job.as_str())?.status);
        let after = after.head();
        (!self.head()?.is(&after)).then_some(after)
    }

    /// Takes a reply to the device, which may list what is pending or show the status of one execution.
    pub fn learn_reply(&mut self, payload: &Value) {
        if let Some(list) = Pending::of(payload) {
            self.learn_pending(list);
        } else {
            self.learn_status(payload);
        }
    }

    fn learn_status(&mut self, payload: &Value) {
        if let Some((job, status)) = execution(payload)
            && let Some(known) = self.find_mut(job)
        {
            status.clone_into(&mut known.status);
        }
    }

    fn find_mut(&mut self, job: &str) -> Option<&mut PendingExecution> {
        self.pending.as_mut()?.find_mut(job)
    }

    /// Takes what an accepted request of the control plane, sent for the thing `own`, shows.
    pub(crate) fn learn_controlled(
        &mut self,
        request: &ControlRequest,
        own: &ThingName,
        payload: &Value,
    ) {
        match request.job_ids() {
            JobIds::Unchanged => {}
            JobIds::Created(job) => self.learn_created(job),
            JobIds::Deleted(job) => self.learn_deleted(job),
            JobIds::Listed => self.learn_listed(payload),
        }
        let is_other =
            |arn: &String| matches!(Target::of(arn), Target::Thing(thing) if thing != own.as_str());
        match request.pending_change() {
            PendingChange::Queues { job, targets, .. }
                if !targets.is_empty() && targets.iter().all(is_other) =>
            {
                self.learn_absent(job);
            }
            PendingChange::Extends { job, targets } if !targets.iter().all(is_other) => {
                self.absent.remove(job.as_str());
            }
            PendingChange::Regroups(Regrouping::NewGroup | Regrouping::NewQuery) => {
                self.has_dynamic_groups = true;
            }
            PendingChange::Follows {
                thing,
                group,
                joins,
            } if thing.is_none_or(|thing| thing == own.as_str()) => self.learn_group(group, joins),
            _ => {}
        }
    }

    /// Whether it is known that the job has no pending execution, even if the list is cut.
    pub(crate) fn is_absent(&self, job: &JobId) -> bool {
        self.absent.contains(job.as_str())
    }

    fn learn_absent(&mut self, job: &JobId) {
        self.absent.insert(job.to_string());
        bound(&mut self.absent);
    }

    /// Takes the control plane's list of jobs or of executions.
    fn learn_listed(&mut self, payload: &Value) {
        for list in ["jobs", "executionSummaries"] {
            let entries = payload[list].as_array().into_iter().flatten();
            let ids = entries.filter_map(|entry| entry["jobId"].as_str());
            let plain = ids.filter(|id| is_plain(id)).map(ToOwned::to_owned);
            self.known.extend(plain);
        }
        self.known_changed();
    }

    /// Takes the id of a job that this session created.
    fn learn_created(&mut self, job: &JobId) {
        self.known.insert(job.to_string());
        self.absent.remove(job.as_str());
        self.known_changed();
    }

    /// Takes the id of a job that this session deleted.
    pub fn learn_deleted(&mut self, job: &JobId) {
        self.known.remove(job.as_str());
        self.absent.remove(job.as_str());
        if let Some(deleted) = self.find_mut(job.as_str()) {
            deleted.is_deleted = true;
        }
        self.known_changed();
    }

    /// The thing has joined a group, or left it.
    fn learn_group(&mut self, group: &str, joined: bool) {
        if joined {
            self.groups.insert(group.to_owned());
        } else {
            self.groups.remove(group);
        }
    }

    /// Whether the thing is known to be in a group.
    pub(crate) fn is_member(&self, group: &str) -> bool {
        self.groups.contains(group)
    }

    /// Whether another attribute of the thing may put it into a group.
    pub(crate) fn has_dynamic_groups(&self) -> bool {
        self.has_dynamic_groups
    }

    fn known_changed(&mut self) {
        self.revision += 1;
        bound(&mut self.known);
    }
}

fn bound(ids: &mut BTreeSet<String>) {
    while ids.len() > MAX_KNOWN {
        ids.pop_first();
    }
}
