//! What the device knows of its pending executions: the last list of the service, kept up to date from events and replies.

use serde_json::Value;

use crate::executor::core::execution::ExecutionId;

/// A list with as many entries may be cut: AWS lists 10 to 15.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#job-limits>
const MAYBE_CUT: usize = 10;

/// Why nothing is known at first.
pub(super) const NEW_LINK: &str = "the connection is new";

const LATE: &str = "an event may have come late";

const DISAGREE: &str = "the events do not agree with the list";

/// An execution that waits for the device, or that the device works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    pub id: ExecutionId,
    pub in_progress: bool,
}

/// The pending executions, those IN_PROGRESS first, each group with the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    entries: Vec<PendingEntry>,
    /// The service's time of the newest list, in seconds.
    as_of: i64,
    /// Whether a list was asked for and has come on this connection, and nothing is in doubt since.
    pub is_known: bool,
    /// Why it is not known.
    pub doubt: &'static str,
    /// The lists of that second.
    seen: Vec<Vec<PendingEntry>>,
    /// Whether an execution has ended since the device was idle.
    pub is_shorter: bool,
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
    pub fn entries(&self) -> &[PendingEntry] {
        &self.entries
    }

    /// What is known may be wrong. The text says why.
    pub fn forget(&mut self, doubt: &'static str) {
        self.is_known = false;
        self.doubt = doubt;
    }

    /// A list is being asked for.
    pub fn requested(&mut self) {
        self.event_since_request = false;
    }

    /// The list that was asked for, if the payload has one. An event may have overtaken it: then the newer of the two counts, and
    /// if they are of the same second, a list is to be asked for once more.
    pub fn answered(&mut self, payload: &Value) -> bool {
        let Some(list) = List::of(payload) else {
            return false;
        };
        let is_overtaken = self.event_since_request && list.as_of <= self.as_of;
        let is_doubtful = list.as_of == self.as_of && list.entries != self.entries;
        self.is_known = true;
        if !is_overtaken {
            self.take(list);
        } else if is_doubtful {
            self.forget("an event has overtaken the list");
        }
        true
    }

    /// A list by event. Returns whether it is news. One that is older is a duplicate; so may be one that was seen in the same second,
    /// and a list settles it. The outcome of `ending` is being reported.
    pub fn changed(&mut self, payload: &Value, ending: Option<&ExecutionId>) -> bool {
        let Some(list) = List::of(payload).filter(|list| list.as_of >= self.as_of) else {
            return false;
        };
        let others = (self.entries.iter()).filter(|entry| Some(&entry.id) != ending);
        let is_expected = list.entries == self.entries || others.eq(&list.entries);
        if list.as_of == self.as_of && !is_expected && self.seen.contains(&list.entries) {
            self.forget(LATE);
            return false;
        }
        self.event_since_request = true;
        self.take(list)
    }

    /// The head of the list by event: `None` means that nothing is pending. Returns whether it is news. The outcome of `ending` is
    /// being reported.
    pub fn next_changed(&mut self, payload: &Value, ending: Option<&ExecutionId>) -> bool {
        let as_of = payload["timestamp"].as_i64().unwrap_or_default();
        if as_of < self.as_of {
            return false;
        }
        let execution = &payload["execution"];
        let mut others = (self.entries.iter()).filter(|entry| Some(&entry.id) != ending);
        let Some(id) = ExecutionId::of(execution) else {
            if execution.is_null() && others.next().is_some() {
                // Both streams say it where it is so; a list settles it.
                self.forget(DISAGREE);
            }
            return false;
        };
        let in_progress = execution["status"] == "IN_PROGRESS";
        if !in_progress && others.any(|entry| entry.in_progress && entry.id != id) {
            // What is IN_PROGRESS would come first; a list settles it.
            self.forget(DISAGREE);
        }
        let known = self.entry(&id);
        if known.is_some_and(|known| known.in_progress || !in_progress) {
            return false;
        }
        if known.is_none() && as_of == self.as_of {
            // A list of the same second does not contain it; another one settles it.
            self.forget(LATE);
        }
        self.put(PendingEntry { id, in_progress });
        true
    }

    /// The device, or its user, has started it.
    pub fn started(&mut self, id: &ExecutionId) {
        self.put(PendingEntry {
            id: id.clone(),
            in_progress: true,
        });
    }

    /// It has ended. A list that may have been cut is to be asked for once more.
    pub fn ended(&mut self, id: &ExecutionId) {
        if self.may_be_cut() {
            self.forget("the list may have been cut");
        }
        self.entries.retain(|entry| entry.id != *id);
        self.is_shorter = true;
    }

    /// Whether the service may have more than it lists.
    pub fn may_be_cut(&self) -> bool {
        self.entries.len() >= MAYBE_CUT
    }

    pub fn entry(&self, id: &ExecutionId) -> Option<&PendingEntry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    pub fn contains(&self, id: &ExecutionId) -> bool {
        self.entry(id).is_some()
    }

    /// Whether requests that name this execution would reach another one.
    pub fn replaces(&self, id: &ExecutionId) -> bool {
        self.entries.iter().any(|entry| entry.id.replaces(id))
    }

    fn take(&mut self, list: List) -> bool {
        let is_news = list.entries != self.entries;
        if list.as_of != self.as_of {
            self.seen.clear();
        }
        self.seen.push(list.entries.clone());
        self.as_of = list.as_of;
        self.entries = list.entries;
        is_news
    }

    /// Puts an execution in its place. Another one of the same job is over: a thing has one of a job at a time.
    fn put(&mut self, new: PendingEntry) {
        self.entries
            .retain(|entry| entry.id.job_id != new.id.job_id);
        let rank = |entry: &PendingEntry| (!entry.in_progress, entry.id.queued_at);
        let at = self
            .entries
            .partition_point(|entry| rank(entry) <= rank(&new));
        self.entries.insert(at, new);
    }
}
