//! What is pending: the executions of the thing that have not ended, as the service lists them. Pure.

use serde_json::Value;

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
}

impl PendingExecution {
    pub fn is_in_progress(&self) -> bool {
        self.status == "IN_PROGRESS"
    }
}

impl Pending {
    /// The list in a payload; `None` if the payload does not contain one.
    pub fn of(payload: &Value) -> Option<Self> {
        let lists = if payload["jobs"].is_object() {
            ["IN_PROGRESS", "QUEUED"].map(|status| (status, &payload["jobs"][status]))
        } else {
            payload["queuedJobs"].as_array()?;
            [("IN_PROGRESS", "inProgressJobs"), ("QUEUED", "queuedJobs")]
                .map(|(status, name)| (status, &payload[name]))
        };
        let executions = lists.into_iter().flat_map(|(status, list)| {
            let entries = list.as_array().into_iter().flatten();
            let jobs = entries.filter_map(|entry| entry["jobId"].as_str());
            jobs.map(move |job| PendingExecution {
                job: job.to_owned(),
                status: status.to_owned(),
                is_deleted: false,
            })
        });
        Some(Self(executions.collect()))
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
