//! The events of the account, on `$aws/events/job/…` and `$aws/events/jobExecution/…`: which of them are sent, and what they
//! say. Not to be taken for the two event streams of a thing, which are always there.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/events-jobs.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::protocol::{EpochMillis, EventTopic, JobExecutionStatus, JobId};
use crate::service::constraint::Violations;
use crate::service::control::error::{ControlAnswer, HttpError};
use crate::service::control::job_api::selection;
use crate::service::control::parameters::Parameters;
use crate::service::executions::ExecutionKey;
use crate::service::{Service, ServiceMessage, json};

/// What there are events about. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateEventConfigurations.html>
const EVENT_TYPES: [&str; 11] = [
    "THING",
    "THING_GROUP",
    "THING_TYPE",
    "THING_GROUP_MEMBERSHIP",
    "THING_GROUP_HIERARCHY",
    "THING_TYPE_ASSOCIATION",
    JOB,
    JOB_EXECUTION,
    "POLICY",
    "CERTIFICATE",
    "CA_CERTIFICATE",
];

const JOB: &str = "JOB";

const JOB_EXECUTION: &str = "JOB_EXECUTION";

/// Which events are sent, and those that are to be sent at the end of the input at hand.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// By type; all are off at first.
    enabled: BTreeMap<&'static str, bool>,
    /// When the configuration was first changed, and when last.
    changed_at: Option<(EpochMillis, EpochMillis)>,
    waiting: Vec<WaitingEvent>,
}

#[derive(Debug)]
enum WaitingEvent {
    /// All but its id is written.
    Written(String, Value),
    /// An execution that is over: its details may still be set by the input at hand.
    Over(ExecutionKey, u64),
}

/// What a job goes through, each with the word in its topic and its status in the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobOperation {
    Completed,
    CancellationInProgress,
    Canceled,
    DeletionInProgress,
    Deleted,
}

impl JobOperation {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Completed => ("completed", "COMPLETED"),
            Self::CancellationInProgress => {
                ("cancellation_in_progress", "CANCELLATION_IN_PROGRESS")
            }
            Self::Canceled => ("canceled", "CANCELED"),
            Self::DeletionInProgress => ("deletion_in_progress", "DELETION_IN_PROGRESS"),
            Self::Deleted => ("deleted", "DELETED"),
        }
    }
}

impl Events {
    fn is_on(&self, kind: &str) -> bool {
        self.enabled.get(kind).copied().unwrap_or(false)
    }
}

impl Service {
    /// A job has come this far.
    pub(crate) fn tell_job(&mut self, id: &JobId, operation: JobOperation, now: EpochMillis) {
        if !self.events.is_on(JOB) {
            return;
        }
        let Some(job) = self.jobs.get(id) else {
            return;
        };
        let (word, status) = operation.words();
        let targets: Vec<&str> = job.targets.iter().map(|(_, arn)| arn.as_str()).collect();
        let mut event = json!({
            "eventType": JOB,
            "eventId": "",
            "timestamp": now.seconds(),
            "operation": word,
            "jobId": id.as_str(),
            "status": status,
            "targetSelection": selection(job),
            "targets": targets,
        });
        if let Some(description) = &job.description {
            event["description"] = json!(description);
        }
        if operation == JobOperation::Completed {
            event["completedAt"] = json!(job.completed_at.map(|at| at.0));
        }
        // Milliseconds, unlike everywhere else.
        event["createdAt"] = json!(job.created_at.0);
        event["lastUpdatedAt"] = json!(job.last_updated_at.0);
        match operation {
            JobOperation::Completed => {
                let count = |status| job.count(status);
                event["jobProcessDetails"] = json!({
                    "numberOfCanceledThings": count(JobExecutionStatus::Canceled),
                    "numberOfRejectedThings": count(JobExecutionStatus::Rejected),
                    "numberOfFailedThings": count(JobExecutionStatus::Failed),
                    "numberOfRemovedThings": count(JobExecutionStatus::Removed),
                    "numberOfSucceededThings": count(JobExecutionStatus::Succeeded),
                });
            }
            JobOperation::Canceled => {}
            JobOperation::CancellationInProgress
            | JobOperation::DeletionInProgress
            | JobOperation::Deleted => {
                if let Some(comment) = &job.comment {
                    event["comment"] = json!(comment);
                }
            }
        }
        let topic = EventTopic::Job(id.clone()).to_text(word);
        self.events
            .waiting
            .push(WaitingEvent::Written(topic, event));
    }

    /// A job execution is over.
    pub(crate) fn tell_execution_is_over(&mut self, key: &ExecutionKey, number: u64) {
        if self.events.is_on(JOB_EXECUTION) {
            let over = WaitingEvent::Over(key.clone(), number);
            self.events.waiting.push(over);
        }
    }

    /// A job execution is about to be deleted.
    pub(crate) fn tell_execution_is_deleted(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        now: EpochMillis,
    ) {
        if self.events.is_on(JOB_EXECUTION)
            // GUESS: the page names the topic and no status for it; the word is that of a deleted job.
            && let Some(written) = self.execution_event(key, number, "DELETED", now)
        {
            self.events.waiting.push(written);
        }
    }

    fn execution_event(
        &self,
        key: &ExecutionKey,
        number: u64,
        status: &str,
        now: EpochMillis,
    ) -> Option<WaitingEvent> {
        let execution = self.executions.get(key, Some(number))?;
        let word = status.to_ascii_lowercase();
        let thing = format!("thing/{}", key.thing);
        let mut event = json!({
            "eventType": JOB_EXECUTION,
            "eventId": "",
            "timestamp": now.seconds(),
            "operation": word,
            "jobId": key.job.as_str(),
            "thingArn": self.identity.arn(&thing),
            "status": status,
        });
        if let Some(details) = &execution.details {
            let details = details.iter();
            let details: Map<String, Value> = details
                .map(|(key, value)| (key.clone(), json!(value)))
                .collect();
            event["statusDetails"] = Value::Object(details);
        }
        let topic = EventTopic::JobExecution(key.job.clone()).to_text(&word);
        Some(WaitingEvent::Written(topic, event))
    }

    /// Ends the input at hand: the events that it caused, in order.
    pub(crate) fn take_events(&mut self, now: EpochMillis) -> Vec<ServiceMessage> {
        let mut messages = Vec::new();
        for waiting in std::mem::take(&mut self.events.waiting) {
            let written = match waiting {
                WaitingEvent::Written(..) => Some(waiting),
                WaitingEvent::Over(key, number) => {
                    let execution = self.executions.get(&key, Some(number));
                    let status = execution.map(|execution| execution.status);
                    status.and_then(|it| self.execution_event(&key, number, it.as_str(), now))
                }
            };
            if let Some(WaitingEvent::Written(topic, mut event)) = written {
                event["eventId"] = json!(self.fresh_id());
                let payload = json::to_vec(&event);
                messages.push(ServiceMessage { topic, payload });
            }
        }
        messages
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateEventConfigurations.html>
pub(crate) fn update_event_configurations(
    service: &mut Service,
    now: EpochMillis,
    parameters: &Parameters,
) -> ControlAnswer {
    let given = match parameters.get("eventConfigurations") {
        None => &Map::new(),
        Some(Value::Object(given)) => given,
        Some(_) => {
            return Err(HttpError::serialization(
                "eventConfigurations must be an object",
            ));
        }
    };
    let mut violations = Violations::default();
    if !given
        .keys()
        .all(|name| EVENT_TYPES.contains(&name.as_str()))
    {
        let rule = format_args!(
            "Map keys must satisfy constraint: [Member must satisfy enum value set: [{}]]",
            EVENT_TYPES.join(", ")
        );
        violations.add_unquoted("eventConfigurations", rule);
    }
    Result::from(violations)?;
    let mut changes = Vec::new();
    for kind in EVENT_TYPES {
        let Some(configuration) = given.get(kind) else {
            continue;
        };
        let enabled = configuration.as_object().map(|it| it.get("Enabled"));
        let is_on = match enabled {
            Some(None | Some(Value::Null)) => false,
            Some(Some(Value::Bool(is_on))) => *is_on,
            _ => {
                return Err(HttpError::serialization(format!(
                    "eventConfigurations.{kind}.Enabled must be true or false"
                )));
            }
        };
        if is_on && ![JOB, JOB_EXECUTION].contains(&kind) {
            return Err(HttpError::not_emulated(&format!("events of type {kind}")));
        }
        changes.push((kind, is_on));
    }
    // GUESS: what is not named stays as it is; the page does not say.
    service.events.enabled.extend(changes);
    let first = service.events.changed_at.map_or(now, |(first, _)| first);
    service.events.changed_at = Some((first, now));
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEventConfigurations.html>
#[expect(
    clippy::unnecessary_wraps,
    reason = "every operation answers so, and this one refuses nothing"
)]
pub(crate) fn describe_event_configurations(service: &Service) -> ControlAnswer {
    let configurations: Map<String, Value> = EVENT_TYPES
        .into_iter()
        .map(|kind| {
            let is_on = service.events.is_on(kind);
            (kind.to_owned(), json!({ "Enabled": is_on }))
        })
        .collect();
    let mut answer = json!({ "eventConfigurations": configurations });
    if let Some((first, last)) = service.events.changed_at {
        answer["creationDate"] = json!(first);
        answer["lastModifiedDate"] = json!(last);
    }
    Ok(Some(answer))
}
