//! A job execution as the service shows it to a device.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::{JobExecutionStatus, JobId};

/// Which execution. A job id and a number are used again after the job is deleted; the time tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionId {
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    pub job_id: JobId,
    pub execution_number: i64,
    /// Seconds since the epoch.
    pub queued_at: i64,
}

fn as_text<S: serde::Serializer>(job: &JobId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(job.as_str())
}

fn from_text<'a, D: serde::Deserializer<'a>>(deserializer: D) -> Result<JobId, D::Error> {
    let text = String::deserialize(deserializer)?;
    JobId::new(&text).map_err(serde::de::Error::custom)
}

impl ExecutionId {
    /// The id in an execution, or in an entry of a list of executions.
    pub fn of(value: &Value) -> Option<Self> {
        Some(Self {
            job_id: JobId::new(value["jobId"].as_str()?).ok()?,
            execution_number: value["executionNumber"].as_i64()?,
            queued_at: value["queuedAt"].as_i64()?,
        })
    }

    /// Whether requests that name the other reach this one: the job was deleted and created between them.
    pub fn replaces(&self, other: &Self) -> bool {
        self.job_id == other.job_id
            && self.execution_number == other.execution_number
            && self.queued_at > other.queued_at
    }
}

/// The job id; behind it the number of the execution, if it is not the first.
impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.job_id.fmt(f)?;
        if self.execution_number != 1 {
            write!(f, " (execution {})", self.execution_number)?;
        }
        Ok(())
    }
}

/// The execution in the reply to a claim or a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    pub id: ExecutionId,
    pub status: JobExecutionStatus,
    /// Null if the reply does not carry it.
    pub document: Value,
    /// What the service has left of the time limits; absent without limits.
    pub seconds_left: Option<u64>,
}

impl Execution {
    /// The execution in a payload; `None` if the payload does not contain one.
    pub fn of(payload: &Value) -> Option<Self> {
        let execution = &payload["execution"];
        Some(Self {
            id: ExecutionId::of(execution)?,
            status: execution["status"].as_str()?.parse().ok()?,
            document: execution["jobDocument"].clone(),
            seconds_left: execution["approximateSecondsBeforeTimedOut"]
                .as_i64()
                .map(|left| u64::try_from(left).unwrap_or_default()),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn id(job: &str, number: i64, queued_at: i64) -> ExecutionId {
        ExecutionId {
            job_id: JobId::new(job).expect("a job id"),
            execution_number: number,
            queued_at,
        }
    }

    #[test]
    fn an_execution_is_read_whole_or_not_at_all() {
        let whole = json!({"jobId": "a", "executionNumber": 2, "queuedAt": 7, "status": "QUEUED"});
        let read = Execution::of(&json!({ "execution": whole }));
        let expected = Execution {
            id: id("a", 2, 7),
            status: JobExecutionStatus::Queued,
            document: Value::Null,
            seconds_left: None,
        };
        assert_eq!(read, Some(expected));
        for member in ["jobId", "executionNumber", "queuedAt", "status"] {
            let mut part = whole.clone();
            part[member] = Value::Null;
            assert_eq!(
                Execution::of(&json!({ "execution": part })),
                None,
                "{member}"
            );
        }
        for (left, expected) in [
            (json!(9), Some(9)),
            (json!(-9), Some(0)),
            (json!("9"), None),
        ] {
            let mut execution = whole.clone();
            execution["approximateSecondsBeforeTimedOut"] = left;
            execution["jobDocument"] = json!({"b": 1});
            let read = Execution::of(&json!({ "execution": execution })).expect("an execution");
            assert_eq!(
                (read.seconds_left, read.document),
                (expected, json!({"b": 1}))
            );
        }
        assert_eq!(Execution::of(&json!({})), None);
    }

    #[test]
    fn executions_are_told_apart() {
        let first = id("a", 1, 7);
        for (other, replaces, text) in [
            (id("a", 1, 7), false, "a"),
            (id("a", 1, 8), true, "a"),
            (id("a", 1, 6), false, "a"),
            (id("a", 2, 8), false, "a (execution 2)"),
            (id("b", 1, 8), false, "b"),
        ] {
            assert_eq!(other.replaces(&first), replaces, "{other:?}");
            assert_eq!(other.to_string(), text);
            let kept = serde_json::to_string(&other).expect("JSON");
            assert_eq!(
                serde_json::from_str::<ExecutionId>(&kept).expect("an id"),
                other
            );
        }
        let bad = r#"{"jobId":"a/b","executionNumber":1,"queuedAt":1}"#;
        assert!(serde_json::from_str::<ExecutionId>(bad).is_err());
    }
}
