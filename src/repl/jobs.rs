//! The job ids that completion offers: the pending ones as last seen, and every one that this session has met.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::protocol::JobId;
use crate::repl::editor::Printer;
use crate::repl::input::complete::Context;

/// How many ids are known at most: the service may list any number.
const MAX_KNOWN: usize = 10_000;

/// What is known, shared between the loop and the events.
#[derive(Clone)]
pub(crate) struct Jobs {
    known: Arc<Mutex<(BTreeSet<String>, Vec<String>)>>,
    printer: Printer,
}

impl Jobs {
    /// None yet; the line editor behind `printer` is told of every change.
    pub(crate) fn new(printer: Printer) -> Self {
        Self {
            known: Arc::default(),
            printer,
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<String>, &mut Vec<String>)) {
        let mut jobs = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, pending) = &mut *jobs;
        change(known, pending);
        while known.len() > MAX_KNOWN {
            known.pop_first();
        }
        self.printer.set_jobs(Context {
            pending_jobs: pending.clone(),
            known_jobs: known.iter().cloned().collect(),
        });
    }

    /// From a list of pending executions, of a reply or of an event.
    pub(crate) fn learn_pending(&self, payload: &Value) {
        let ids = job_ids(payload);
        self.change(|known, pending| {
            known.extend(ids.iter().cloned());
            *pending = ids;
        });
    }

    /// From a list of jobs or of executions of the control plane.
    pub(crate) fn learn_listed(&self, payload: &Value) {
        let listed = ["jobs", "executionSummaries"].map(|name| ids_in(&payload[name]));
        self.change(|known, _| known.extend(listed.into_iter().flatten()));
    }

    /// One that was created here.
    pub(crate) fn learn(&self, job: &JobId) {
        self.change(|known, _| {
            known.insert(job.to_string());
        });
    }

    /// One that was deleted here.
    pub(crate) fn forget(&self, job: &JobId) {
        self.change(|known, pending| {
            known.remove(job.as_str());
            pending.retain(|id| id != job.as_str());
        });
    }
}

/// Every `jobId` in lists of the payload, in order: those of `get` and those of `notify` differ only in how deep they are.
fn job_ids(payload: &Value) -> Vec<String> {
    let lists = ["inProgressJobs", "queuedJobs"].map(|name| ids_in(&payload[name]));
    let more = ["IN_PROGRESS", "QUEUED"].map(|name| ids_in(&payload["jobs"][name]));
    lists.into_iter().chain(more).flatten().collect()
}

/// Whether AWS allows the id. Anything else comes from nowhere that is trusted, and completion would put it on the screen.
pub(crate) fn is_plain(id: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&id.len()) && id.bytes().all(is_word)
}

fn ids_in(list: &Value) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry["jobId"].as_str())
        .filter(|id| is_plain(id))
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::repl::jobs::job_ids;

    #[test]
    fn job_ids_are_found_in_replies_and_events() {
        for (payload, ids) in [
            (
                r#"{"inProgressJobs":[{"jobId":"a"}],"queuedJobs":[{"jobId":"b"}]}"#,
                &["a", "b"][..],
            ),
            (
                r#"{"jobs":{"QUEUED":[{"jobId":"c"}],"IN_PROGRESS":[{"jobId":"d"}]}}"#,
                &["d", "c"],
            ),
            (
                r#"{"jobs":{"QUEUED":[{"jobId":"\u001b[2J"},{"jobId":"e"},{"jobId":""}]}}"#,
                &["e"],
            ),
            (r#"{"jobs":{}}"#, &[]),
            ("rubbish", &[]),
        ] {
            let value = serde_json::from_str(payload).unwrap_or_default();
            assert_eq!(job_ids(&value), ids, "{payload}");
        }
    }
}
