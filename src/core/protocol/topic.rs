//! The topics of AWS IoT Jobs: one grammar, both directions.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>

use std::fmt;
use std::str::FromStr;

use crate::protocol::name::{JobId, JobRef, ThingName};

/// One operation of the device's side, as its request topic names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `get`
    GetPendingJobExecutions,
    /// `start-next`
    StartNextPendingJobExecution,
    /// `JOB/get` and `$next/get`
    DescribeJobExecution(JobRef),
    /// `JOB/update`; `$next/update` does not exist
    UpdateJobExecution(JobId),
}

impl Operation {
    /// The name that AWS gives the operation.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetPendingJobExecutions => "GetPendingJobExecutions",
            Self::StartNextPendingJobExecution => "StartNextPendingJobExecution",
            Self::DescribeJobExecution(_) => "DescribeJobExecution",
            Self::UpdateJobExecution(_) => "UpdateJobExecution",
        }
    }

    /// Whether it may change an execution, so that it matters whether it was carried out.
    pub const fn is_change(&self) -> bool {
        matches!(
            self,
            Self::UpdateJobExecution(_) | Self::StartNextPendingJobExecution
        )
    }
}

/// Whether the service accepted the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It did; the payload is the operation's response.
    Accepted,
    /// It refused; the payload is an `ErrorResponse`.
    Rejected,
}

impl Verdict {
    /// The last level of the topic of a reply.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// The verdict of a reply, by its topic.
    pub fn of_reply(topic: &str) -> Option<Self> {
        let (_, last) = topic.rsplit_once('/')?;
        [Self::Accepted, Self::Rejected]
            .into_iter()
            .find(|verdict| verdict.as_str() == last)
    }
}

/// The purpose of a thing's topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The stream of `JobExecutionsChanged` events.
    Notify,
    /// The stream of `NextJobExecutionChanged` events.
    NotifyNext,
    /// A request of the device.
    Request(Operation),
    /// The answer to a request.
    Reply(Operation, Verdict),
}

/// A topic of AWS IoT Jobs: `$aws/things/THING/jobs/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobsTopic {
    pub thing: ThingName,
    /// Which of its topics.
    pub topic: Topic,
}

impl JobsTopic {
    /// The filters that together carry every event and every reply of one thing: six, below AWS's limit of eight for one
    /// SUBSCRIBE.
    pub fn filters(thing: &ThingName) -> [String; 6] {
        [
            "notify",
            "notify-next",
            "get/+",
            "start-next/+",
            "+/get/+",
            "+/update/+",
        ]
        .map(|rest| format!("$aws/things/{thing}/jobs/{rest}"))
    }

    /// All topics of one thing, as a policy covers them.
    pub fn covering(thing: &ThingName) -> String {
        format!("$aws/things/{thing}/jobs/*")
    }
}

/// The topics on which AWS IoT informs an account about its jobs, unlike those for its things.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/events-jobs.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventTopic {
    /// Events of a job.
    Job(JobId),
    /// Events of a job execution.
    JobExecution(JobId),
}

impl EventTopic {
    /// The topic for what happened, such as `completed`.
    pub fn to_text(&self, operation: &str) -> String {
        match self {
            Self::Job(job) => format!("$aws/events/job/{job}/{operation}"),
            Self::JobExecution(job) => format!("$aws/events/jobExecution/{job}/{operation}"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GetPendingJobExecutions => f.write_str("get"),
            Self::StartNextPendingJobExecution => f.write_str("start-next"),
            Self::DescribeJobExecution(job) => write!(f, "{job}/get"),
            Self::UpdateJobExecution(job) => write!(f, "{job}/update"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for JobsTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in ["$aws/things/", self.thing.as_str(), "/jobs/"] {
            f.write_str(part)?;
        }
        match &self.topic {
            Topic::Notify => f.write_str("notify"),
            Topic::NotifyNext => f.write_str("notify-next"),
            Topic::Request(operation) => operation.fmt(f),
            Topic::Reply(operation, verdict) => write!(f, "{operation}/{verdict}"),
        }
    }
}

/// Why a text is not a topic of AWS IoT Jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// It does not start with `$aws/things/THING/jobs`.
    #[error("is not a topic of AWS IoT Jobs")]
    NotJobs,
    /// It does, but the rest maps to no API (AWS: `InvalidTopic`).
    #[error("maps to no operation of AWS IoT Jobs")]
    NoSuchApi,
}

impl FromStr for JobsTopic {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        let rest = text
            .strip_prefix("$aws/things/")
            .ok_or(TopicError::NotJobs)?;
        let (thing, rest) = rest.split_once('/').ok_or(TopicError::NotJobs)?;
        let rest = match rest.split_once('/') {
            Some(("jobs", rest)) => rest,
            None if rest == "jobs" => return Err(TopicError::NoSuchApi),
            _ => return Err(TopicError::NotJobs),
        };
        let thing = ThingName::new(thing).map_err(|_| TopicError::NoSuchApi)?;
        let topic = parse_rest(rest).ok_or(TopicError::NoSuchApi)?;
        Ok(Self { thing, topic })
    }
}

/// A job may be called `get` or `accepted`: the number of levels keeps the grammar unambiguous.
fn parse_rest(rest: &str) -> Option<Topic> {
    let mut levels = [""; 4];
    let mut count = 0;
    for level in rest.split('/') {
        *levels.get_mut(count)? = level;
        count += 1;
    }
    match levels[..count] {
        ["notify"] => Some(Topic::Notify),
        ["notify-next"] => Some(Topic::NotifyNext),
        ref operation @ ([_] | [_, "get" | "update"]) => {
            parse_operation(operation).map(Topic::Request)
        }
        [ref operation @ .., "accepted"] => {
            Some(Topic::Reply(parse_operation(operation)?, Verdict::Accepted))
        }
        [ref operation @ .., "rejected"] => {
            Some(Topic::Reply(parse_operation(operation)?, Verdict::Rejected))
        }
        _ => None,
    }
}

fn parse_operation(levels: &[&str]) -> Option<Operation> {
    match *levels {
        ["get"] => Some(Operation::GetPendingJobExecutions),
        ["start-next"] => Some(Operation::StartNextPendingJobExecution),
        [job, "get"] => job.parse().ok().map(Operation::DescribeJobExecution),
        [job, "update"] => JobId::new(job).ok().map(Operation::UpdateJobExecution),
        _ => None,
    }
}
