//! The two event streams of a thing, derived from how an input changed its pending list. Operations contain no code for
//! events, so none of them can forget an event.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-comm-notifications.html>

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::protocol::{
    EpochMillis, EpochSeconds, JobExecutionStatus, JobId, JobsTopic, ThingName, Topic,
};
use crate::service::execution::Execution;
use crate::service::executions::{Executions, Touched};
use crate::service::handled::ServiceMessage;
use crate::service::identity::ServiceIdentity;
use crate::service::job::jobs::Jobs;
use crate::service::json;
use crate::service::limits::PENDING_ENTRIES;
use crate::service::objects::placeholder::Recipient;
use crate::service::view::{DocumentView, ExecutionView, SummaryView, Transport};

/// The events that follow from the changes to pending lists: for each thing, first `notify`, then `notify-next`
/// (recorded session).
pub(crate) fn notifications(
    touched: &BTreeMap<ThingName, Touched>,
    (executions, jobs): (&Executions, &Jobs),
    identity: &ServiceIdentity,
    now: EpochMillis,
) -> Vec<ServiceMessage> {
    let mut messages = Vec::new();
    for (thing, touched) in touched {
        if touched.members_changed() {
            let payload = json::to_vec(&JobExecutionsChanged {
                timestamp: now.seconds(),
                pending: listed(thing, executions, jobs),
            });
            messages.push(message(thing, Topic::Notify, payload));
        }
        let head = executions.head(thing);
        let head_after = head.map(|(job, execution)| (job, execution.number));
        let head_before = touched.head_before.as_ref();
        if head_after != head_before.map(|(job, number)| (job, *number)) {
            let recipient = |job, execution: &Execution| Recipient {
                thing,
                job,
                execution_number: execution.number,
                now,
            };
            let execution = head.map(|(job_id, execution)| ExecutionView {
                job: job_id,
                thing: None,
                execution,
                document: jobs.get(job_id).map(|job| DocumentView {
                    document: job.document_for(identity, recipient(job_id, execution)),
                    transport: Transport::Mqtt,
                    is_escaped: false,
                }),
                now,
            });
            let payload = json::to_vec(&NextJobExecutionChanged {
                timestamp: now.seconds(),
                execution,
            });
            messages.push(message(thing, Topic::NotifyNext, payload));
        }
    }
    messages
}

/// The part of the pending list of a thing that is shown. GUESS: the larger limit applies if the job of at least one
/// execution has a scheduling configuration.
pub(crate) fn listed<'a>(
    thing: &ThingName,
    executions: &'a Executions,
    jobs: &Jobs,
) -> Vec<(&'a JobId, &'a Execution)> {
    let (without, with) = PENDING_ENTRIES;
    let mut pending: Vec<_> = executions.pending(thing).take(with).collect();
    let has_schedule = |job: &JobId| jobs.get(job).is_some_and(|job| job.schedule.is_given());
    if !pending.iter().any(|(job, _)| has_schedule(job)) {
        pending.truncate(without);
    }
    pending
}

fn message(thing: &ThingName, topic: Topic, payload: Vec<u8>) -> ServiceMessage {
    ServiceMessage {
        topic: JobsTopic {
            thing: thing.clone(),
            topic,
        }
        .to_string(),
        payload,
    }
}

/// Only the two pending statuses occur, `IN_PROGRESS` first, and never with an empty list.
struct JobExecutionsChanged<'a> {
    timestamp: EpochSeconds,
    pending: Vec<(&'a JobId, &'a Execution)>,
}

impl Serialize for JobExecutionsChanged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lists: Vec<(JobExecutionStatus, Vec<SummaryView<'_>>)> = Vec::new();
        for &(job, execution) in &self.pending {
            let summary = SummaryView { job, execution };
            match lists.last_mut() {
                Some((status, list)) if *status == execution.status => list.push(summary),
                _ => lists.push((execution.status, vec![summary])),
            }
        }
        let jobs = Lists(lists);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("jobs", &jobs)?;
        map.end()
    }
}

struct Lists<'a>(Vec<(JobExecutionStatus, Vec<SummaryView<'a>>)>);

impl Serialize for Lists<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(status, list)| (status.as_str(), list)))
    }
}

#[derive(Serialize)]
struct NextJobExecutionChanged<'a> {
    timestamp: EpochSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution: Option<ExecutionView<'a>>,
}
