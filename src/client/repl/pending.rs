//! What is pending: the executions of the thing that have not ended, as the service lists them. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// The status of an execution that the device works on.
pub(crate) const IN_PROGRESS: &str = "IN_PROGRESS";

/// The most entries of a list without a scheduled job; others have up to 15.
const LEAST_CAP: usize = 10;

/// The pending executions that a reply or an event listed, those in progress first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending(Vec<PendingExecution>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingExecution {
    /// Untrusted text.
    pub job: String,
    /// As the service last sent it.
    pub status: String,
    /// Whether this session has deleted the job; the next list will not contain it.
    pub is_deleted: bool,
    /// Of the attempts of the thing at the job, from 1.
    pub(crate) number: Option<u64>,
    /// In seconds since 1970.
    queued_at: Option<u64>,
    /// Its place among those that were queued in the same second.
    place: usize,
}

/// What the service hands out next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Head {
    Nothing,
    Execution {
        /// Untrusted text.
        job: String,
        number: Option<u64>,
    },
}

impl PendingExecution {
    pub fn is_in_progress(&self) -> bool {
        self.status == IN_PROGRESS
    }
}

impl Head {
    /// The `execution` in a payload.
    pub(crate) fn of(payload: &Value) -> Self {
        let execution = &payload["execution"];
        (execution["jobId"].as_str()).map_or(Self::Nothing, |job| Self::Execution {
            job: job.to_owned(),
            number: execution["executionNumber"].as_u64(),
        })
    }

    fn of_listed(first: Option<&PendingExecution>) -> Self {
        first.map_or(Self::Nothing, |it| Self::Execution {
            job: it.job.clone(),
            number: it.number,
        })
    }

    pub(crate) fn job(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Execution { job, .. } => Some(job),
        }
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Execution { number, .. } => *number,
        }
    }

    /// Whether it is the same, as far as known.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let numbers = self.number().zip(other.number());
        self.job() == other.job() && numbers.is_none_or(|(one, other)| one == other)
    }
}

impl Pending {
    /// The list in a payload; `None` if the payload does not contain one.
    pub fn of(payload: &Value) -> Option<Self> {
        let lists = if payload["jobs"].is_object() {
            [IN_PROGRESS, "QUEUED"].map(|status| (status, &payload["jobs"][status]))
        } else {
            payload["queuedJobs"].as_array()?;
            [(IN_PROGRESS, "inProgressJobs"), ("QUEUED", "queuedJobs")]
                .map(|(status, name)| (status, &payload[name]))
        };
        let executions = lists.into_iter().flat_map(|(status, list)| {
            let entries = list.as_array().into_iter().flatten();
            entries.filter_map(move |entry| {
                Some(PendingExecution {
                    job: entry["jobId"].as_str()?.to_owned(),
                    status: status.to_owned(),
                    is_deleted: false,
                    number: entry["executionNumber"].as_u64(),
                    queued_at: entry["queuedAt"].as_u64(),
                    place: 0,
                })
            })
        });
        let mut list: Vec<PendingExecution> = executions.collect();
        for (place, execution) in list.iter_mut().enumerate() {
            execution.place = place;
        }
        Some(Self(list))
    }

    /// The same list, with the places that its executions have had so far: the list does not show which of two that were queued
    /// in the same second comes first, if only one is in progress.
    pub(crate) fn after(mut self, before: &Self) -> Self {
        let places: BTreeMap<&str, usize> = (before.0.iter())
            .map(|it| (it.job.as_str(), it.place))
            .collect();
        let free = places.values().max().map_or(0, |last| last + 1);
        for execution in &mut self.0 {
            let place = places.get(execution.job.as_str()).copied();
            execution.place = place.unwrap_or(free + execution.place);
        }
        self
    }

    /// What was next when the service sent the list.
    pub(crate) fn first(&self) -> Head {
        Head::of_listed(self.0.first())
    }

    /// What is next now: what is in progress comes first, then what was queued first.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-startnextpendingjobexecution>
    pub(crate) fn head(&self) -> Head {
        let rank = |it: &&PendingExecution| (!it.is_in_progress(), it.queued_at, it.place);
        Head::of_listed(self.0.iter().min_by_key(rank))
    }

    /// Whether there may be more than the list contains.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
    pub(crate) fn may_be_cut(&self) -> bool {
        self.0.len() >= LEAST_CAP
    }

    /// All that the service has listed.
    pub fn listed(&self) -> impl Iterator<Item = &PendingExecution> {
        self.0.iter()
    }

    /// Those that can be offered to the user: the id can be shown, and the job was not deleted.
    pub fn offered(&self) -> impl Iterator<Item = &PendingExecution> {
        self.0
            .iter()
            .filter(|it| is_plain(&it.job) && !it.is_deleted)
    }

    /// The execution of this job.
    pub fn find(&self, job: &str) -> Option<&PendingExecution> {
        self.0.iter().find(|it| it.job == job)
    }

    /// The same, to be changed.
    pub fn find_mut(&mut self, job: &str) -> Option<&mut PendingExecution> {
        self.0.iter_mut().find(|it| it.job == job)
    }
}

/// Whether AWS allows the id. Any other id comes from an untrusted source, and must not reach the screen.
pub fn is_plain(id: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&id.len()) && id.bytes().all(is_word)
}

/// The job execution that a reply or an event shows, and its status.
pub(crate) fn execution(payload: &Value) -> Option<(&str, &str)> {
    let execution = &payload["execution"];
    Some((execution["jobId"].as_str()?, execution["status"].as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let pending = Pending::of(&value).unwrap_or_default();
            let offered: Vec<&str> = pending.offered().map(|it| it.job.as_str()).collect();
            assert_eq!(offered, ids, "{payload}");
        }
    }
}
