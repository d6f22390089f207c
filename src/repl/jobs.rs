//! What a session knows about jobs: which executions are pending, and every job id that it has seen. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::protocol::JobId;
use crate::repl::input::values::Context;
use crate::repl::pending::{Pending, execution, is_plain};

/// The most ids that are remembered: the service may list any number.
const MAX_KNOWN: usize = 10_000;

/// The one model that remarks, completion and the tutorial share.
#[derive(Debug, Default)]
pub struct Jobs {
    /// `None` until the service has listed the pending executions.
    pending: Option<Pending>,
    known: BTreeSet<String>,
    /// The number of changes to what completion offers.
    revision: u64,
}

impl Jobs {
    /// What is pending, once the service has listed it.
    pub fn pending(&self) -> Option<&Pending> {
        self.pending.as_ref()
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
        self.pending.replace(list)
    }

    /// Takes a reply to the device, which may list what is pending or show the status of one execution.
    pub fn learn_reply(&mut self, payload: &Value) {
        if let Some(list) = Pending::of(payload) {
            self.learn_pending(list);
        } else if let Some((job, status)) = execution(payload)
            && let Some(pending) = &mut self.pending
            && let Some(known) = pending.find_mut(job)
        {
            status.clone_into(&mut known.status);
        }
    }

    /// Takes the control plane's list of jobs or of executions.
    pub(crate) fn learn_listed(&mut self, payload: &Value) {
        for list in ["jobs", "executionSummaries"] {
            let entries = payload[list].as_array().into_iter().flatten();
            let ids = entries.filter_map(|entry| entry["jobId"].as_str());
            let plain = ids.filter(|id| is_plain(id)).map(ToOwned::to_owned);
            self.known.extend(plain);
        }
        self.known_changed();
    }

    /// Takes the id of a job that this session created.
    pub(crate) fn learn_created(&mut self, job: &JobId) {
        self.known.insert(job.to_string());
        self.known_changed();
    }

    /// Takes the id of a job that this session deleted.
    pub fn learn_deleted(&mut self, job: &JobId) {
        self.known.remove(job.as_str());
        if let Some(pending) = &mut self.pending
            && let Some(deleted) = pending.find_mut(job.as_str())
        {
            deleted.is_deleted = true;
        }
        self.known_changed();
    }

    fn known_changed(&mut self) {
        self.revision += 1;
        while self.known.len() > MAX_KNOWN {
            self.known.pop_first();
        }
    }
}
