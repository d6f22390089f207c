//! What the device knows of its pending executions: the last list of the service, kept up to date from events and replies.

use serde_json::Value;

use crate::agent::core::execution::ExecutionId;

/// A list with as many entries may be cut: AWS lists 10 to 15.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#job-limits>
const MAYBE_CUT: usize = 10;

/// An execution that waits for the device, or that the device works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    pub id: ExecutionId,
    pub in_progress: bool,
}

/// The pending executions, those IN_PROGRESS first, each group with the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    entries: Vec<PendingEntry>,
    /// The service's time of the newest list, in seconds.
    as_of: i64,
    /// Whether a list was asked for and has come on this connection.
    pub(crate) is_known: bool,
    /// A newer list by event may have been overtaken by a reply.
    is_doubtful: bool,
    /// Whether a list came by event since the last request.
    event_since_request: bool,
}

/// What a list in a payload says.
struct List {
    entries: Vec<PendingEntry>,
    as_of: i64,
}

impl List {
    fn of(payload: &Value) -> Option<Self> {
        let groups = if payload["jobs"].is_object() {
            let jobs = &payload["jobs"];
            [(&jobs["IN_PROGRESS"], true), (&jobs["QUEUED"], false)]
        } else {
            payload["queuedJobs"].as_array()?;
            [
                (&payload["inProgressJobs"], true),
                (&payload["queuedJobs"], false),
            ]
        };
        let entries = groups.into_iter().flat_map(|(group, in_progress)| {
            let entries = group.as_array().into_iter().flatten();
            let ids = entries.filter_map(ExecutionId::of);
            ids.map(move |id| PendingEntry { id, in_progress })
        });
        Some(Self {
            entries: entries.collect(),
            as_of: payload["timestamp"].as_i64().unwrap_or_default(),
        })
    }
}

impl Pending {
    pub(crate) fn entries(&self) -> &[PendingEntry] {
        &self.entries
    }

    /// What is known is only the past: the link is gone, or a request may have changed something.
    pub(crate) fn forget(&mut self) {
        self.is_known = false;
    }

    /// A list is being asked for.
    pub(crate) fn requested(&mut self) {
        self.event_since_request = false;
        self.is_doubtful = false;
    }

    /// The list that was asked for. One that an event has overtaken does not count, and is to be asked for once more.
    pub(crate) fn answered(&mut self, payload: &Value) {
        let Some(list) = List::of(payload) else {
            return;
        };
        let overtaken = self.event_since_request && list.as_of <= self.as_of;
        if overtaken && list.entries != self.entries {
            self.is_doubtful = list.as_of == self.as_of;
        }
        if !overtaken {
            self.take(list);
        }
        self.is_known = !self.is_doubtful;
    }

    /// A list by event. Returns whether it is news; a duplicate that comes late is not.
    pub(crate) fn changed(&mut self, payload: &Value) -> bool {
        let Some(list) = List::of(payload).filter(|list| list.as_of >= self.as_of) else {
            return false;
        };
        self.event_since_request = true;
        self.take(list)
    }

    /// The head of the list by event: `None` means that nothing is pending. Returns whether it is news.
    pub(crate) fn next_changed(&mut self, payload: &Value) -> bool {
        let as_of = payload["timestamp"].as_i64().unwrap_or_default();
        if as_of < self.as_of {
            return false;
        }
        let execution = &payload["execution"];
        let Some(id) = ExecutionId::of(execution) else {
            let is_news = execution.is_null() && !self.entries.is_empty();
            if is_news {
                // Both streams say it where it is so; a list settles it.
                self.forget();
            }
            return is_news;
        };
        let in_progress = execution["status"] == "IN_PROGRESS";
        if self.entries.iter().any(|entry| entry.id == id) {
            return false;
        }
        self.remove_others(&id);
        self.insert(PendingEntry { id, in_progress });
        true
    }

    /// The device, or its user, has started it.
    pub(crate) fn started(&mut self, id: &ExecutionId) {
        self.entries.retain(|entry| entry.id != *id);
        self.remove_others(id);
        self.insert(PendingEntry {
            id: id.clone(),
            in_progress: true,
        });
    }

    /// It has ended. A list that may have been cut is to be asked for once more.
    pub(crate) fn ended(&mut self, id: &ExecutionId) {
        if self.may_be_cut() {
            self.forget();
        }
        self.entries.retain(|entry| entry.id != *id);
    }

    /// Whether the service may have more than it lists.
    pub(crate) fn may_be_cut(&self) -> bool {
        self.entries.len() >= MAYBE_CUT
    }

    pub(crate) fn contains(&self, id: &ExecutionId) -> bool {
        self.entries.iter().any(|entry| entry.id == *id)
    }

    /// Whether requests that name this execution would reach another one.
    pub(crate) fn replaces(&self, id: &ExecutionId) -> bool {
        self.entries.iter().any(|entry| entry.id.replaces(id))
    }

    fn take(&mut self, list: List) -> bool {
        let is_news = list.entries != self.entries;
        self.as_of = list.as_of;
        self.entries = list.entries;
        is_news
    }

    /// An execution of the same job with another number or time is over: a thing has one of a job at a time.
    fn remove_others(&mut self, id: &ExecutionId) {
        self.entries
            .retain(|entry| entry.id.job_id != id.job_id || entry.id == *id);
    }

    fn insert(&mut self, new: PendingEntry) {
        let rank = |entry: &PendingEntry| (!entry.in_progress, entry.id.queued_at);
        let at = self
            .entries
            .partition_point(|entry| rank(entry) <= rank(&new));
        self.entries.insert(at, new);
    }
}
