//! The events of the account, on `$aws/events/job/…` and `$aws/events/jobExecution/…`: which of them are sent, and what they
//! contain. They differ from the two event streams of a thing, which cannot be switched off.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/events-jobs.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, EventTopic, JobExecutionStatus, JobId};
use crate::service::execution::Execution;
use crate::service::executions::{ExecutionKey, Executions};
use crate::service::handled::ServiceMessage;
use crate::service::identity::ServiceIdentity;
use crate::service::ids::Ids;
use crate::service::job::Job;
use crate::service::json;
use crate::service::view::DetailsView;

/// The types of events. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateEventConfigurations.html>
pub(crate) const EVENT_TYPES: [&str; 11] = [
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

pub(crate) const JOB: &str = "JOB";

pub(crate) const JOB_EXECUTION: &str = "JOB_EXECUTION";

/// The event types that are switched on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EventConfiguration {
    /// By type; all are initially off.
    pub(crate) enabled: BTreeMap<&'static str, bool>,
    /// When the configuration was first changed, and when last.
    pub(crate) changed_at: Option<(EpochMillis, EpochMillis)>,
}

/// The event types that are switched on, and the events to send when the current input has been handled.
#[derive(Debug, Default)]
pub(crate) struct AccountEvents {
    configuration: EventConfiguration,
    waiting: Vec<WaitingEvent>,
}

#[derive(Debug)]
enum WaitingEvent {
    /// Everything but its id is written.
    Written(String, Value),
    /// An execution that has ended; the current input may still set its details.
    Over(ExecutionKey, u64),
}

/// The stages of a job, each with the word in its topic and its status in the event.
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

impl AccountEvents {
    pub(crate) fn is_on(&self, kind: &str) -> bool {
        self.configuration
            .enabled
            .get(kind)
            .copied()
            .unwrap_or(false)
    }

    /// Switches events of some types on or off.
    pub(crate) fn configure(
        &mut self,
        changes: impl IntoIterator<Item = (&'static str, bool)>,
        now: EpochMillis,
    ) {
        let configuration = &mut self.configuration;
        configuration.enabled.extend(changes);
        let first = configuration.changed_at.map_or(now, |(first, _)| first);
        configuration.changed_at = Some((first, now));
    }

    pub(crate) const fn configuration(&self) -> &EventConfiguration {
        &self.configuration
    }

    /// Puts back a configuration. Types that are not known are left out.
    pub(crate) fn restore(
        &mut self,
        enabled: &BTreeMap<String, bool>,
        changed_at: Option<(EpochMillis, EpochMillis)>,
    ) {
        let enabled = EVENT_TYPES
            .into_iter()
            .filter_map(|kind| Some((kind, *enabled.get(kind)?)))
            .collect();
        self.configuration = EventConfiguration {
            enabled,
            changed_at,
        };
    }

    /// When the configuration was first changed, and when last.
    pub(crate) const fn changed_at(&self) -> Option<(EpochMillis, EpochMillis)> {
        self.configuration.changed_at
    }

    /// Notes that a job has reached this stage.
    pub(crate) fn note_job(
        &mut self,
        id: &JobId,
        job: &Job,
        operation: JobOperation,
        now: EpochMillis,
    ) {
        if self.is_on(JOB) {
            let (word, _) = operation.words();
            let topic = EventTopic::Job(id.clone()).to_text(word);
            let event = job_event(id, job, operation, now);
            self.waiting.push(WaitingEvent::Written(topic, event));
        }
    }

    /// Notes that a job execution has ended.
    pub(crate) fn note_end(&mut self, key: &ExecutionKey, number: u64) {
        if self.is_on(JOB_EXECUTION) {
            let over = WaitingEvent::Over(key.clone(), number);
            self.waiting.push(over);
        }
    }

    /// Notes that a job execution is about to be deleted.
    pub(crate) fn note_deletion(
        &mut self,
        key: &ExecutionKey,
        execution: &Execution,
        identity: &ServiceIdentity,
        now: EpochMillis,
    ) {
        if self.is_on(JOB_EXECUTION) {
            // GUESS: the page names the topic but not the status; this is the status of a deleted job.
            let (topic, event) = execution_event(key, execution, "DELETED", identity, now);
            self.waiting.push(WaitingEvent::Written(topic, event));
        }
    }

    /// Ends the current input and returns the events that it caused, in order.
    pub(crate) fn take(
        &mut self,
        executions: &Executions,
        identity: &ServiceIdentity,
        ids: &mut Ids,
        now: EpochMillis,
    ) -> Vec<ServiceMessage> {
        let mut messages = Vec::new();
        for waiting in self.waiting.drain(..) {
            let (topic, mut event) = match waiting {
                WaitingEvent::Written(topic, event) => (topic, event),
                WaitingEvent::Over(key, number) => {
                    let Some(execution) = executions.get(&key, Some(number)) else {
                        continue;
                    };
                    let status = execution.status.as_str();
                    execution_event(&key, execution, status, identity, now)
                }
            };
            event["eventId"] = json!(ids.fresh_id());
            let payload = json::to_vec(&event);
            messages.push(ServiceMessage { topic, payload });
        }
        messages
    }
}

fn job_event(id: &JobId, job: &Job, operation: JobOperation, now: EpochMillis) -> Value {
    let (word, status) = operation.words();
    let targets: Vec<&str> = job.target_arns().collect();
    let mut event = json!({
        "eventType": JOB,
        "eventId": "",
        "timestamp": now.seconds(),
        "operation": word,
        "jobId": id.as_str(),
        "status": status,
        "targetSelection": job.selection(),
        "targets": targets,
    });
    json::add(&mut event, "description", job.description.as_ref());
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
        | JobOperation::Deleted => json::add(&mut event, "comment", job.comment.as_ref()),
    }
    event
}

fn execution_event(
    key: &ExecutionKey,
    execution: &Execution,
    status: &str,
    identity: &ServiceIdentity,
    now: EpochMillis,
) -> (String, Value) {
    let word = status.to_ascii_lowercase();
    let mut event = json!({
        "eventType": JOB_EXECUTION,
        "eventId": "",
        "timestamp": now.seconds(),
        "operation": word,
        "jobId": key.job.as_str(),
        "thingArn": identity.thing_arn(key.thing.as_str()),
        "status": status,
    });
    let details = execution.details.as_deref().map(DetailsView);
    json::add(&mut event, "statusDetails", details);
    let topic = EventTopic::JobExecution(key.job.clone()).to_text(&word);
    (topic, event)
}
