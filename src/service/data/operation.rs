//! The operations of the device, computed once for both planes: what a request must look like, and what it is answered.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html>
//!
//! Order of checks (recorded session where it could be seen): names, members of the request, a status that no device may
//! set, whether the execution exists, its version, whether it is over.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::protocol::{
    EpochMillis, EpochSeconds, ErrorCode, JobExecutionStatus, JobId, JobRef, Operation, ThingName,
};
use crate::service::constraint::{Pattern, Violations};
use crate::service::data::request::{JobsRequest, Rejection, StepTimeout};
use crate::service::execution::{
    Execution, ExecutionEvent, ExecutionView, StateView, SummaryView, TransitionRefusal,
    is_settable,
};
use crate::service::executions::ExecutionKey;
use crate::service::limits::{JOB_ID_CHARACTERS, PENDING_ENTRIES, THING_NAME_CHARACTERS};
use crate::service::{Service, json};

/// How a request came, which decides how its answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// MQTT: documents are JSON values.
    Mqtt,
    /// HTTP: documents are texts, and an execution names its thing.
    Http,
}

/// Every reply, in AWS's order of members (recorded session). What is absent is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobsReply<'a> {
    /// Only over MQTT: the request's, echoed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<EpochSeconds>,
    /// Of a list of what is pending, also if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_progress_jobs: Option<Vec<SummaryView<'a>>>,
    /// Of a list of what is pending, also if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queued_jobs: Option<Vec<SummaryView<'a>>>,
    /// What was described or started, unless nothing is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) execution: Option<ExecutionView<'a>>,
    /// Of an update that asked for it, and of some rejections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) execution_state: Option<StateView<'a>>,
    /// Of an update that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) job_document: Option<DocumentView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
}

/// A job document as one of the planes shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentView<'a> {
    /// As a device receives it.
    pub(crate) document: &'a RawValue,
    pub(crate) plane: Transport,
    /// Whether characters beyond the basic plane are escaped: in the answer to an update, and nowhere else (recorded session).
    pub(crate) is_escaped: bool,
}

impl Serialize for DocumentView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.plane {
            Transport::Mqtt if self.is_escaped => {
                let escaped = json::escape_astral(self.document.get());
                let escaped = RawValue::from_string(escaped).map_err(S::Error::custom)?;
                escaped.serialize(serializer)
            }
            Transport::Mqtt => self.document.serialize(serializer),
            Transport::Http => serializer.serialize_str(self.document.get()),
        }
    }
}

/// Performs an operation. The caller adds to the reply what only its plane has.
pub(crate) fn perform<'a>(
    service: &'a mut Service,
    now: EpochMillis,
    thing: &'a ThingName,
    operation: &'a Operation,
    request: &JobsRequest,
    plane: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    check_names(thing, operation)?;
    match operation {
        Operation::GetPendingJobExecutions => {
            request.reject(Violations::default())?;
            Ok(get_pending(service, thing))
        }
        Operation::StartNextPendingJobExecution => start_next(service, now, thing, request, plane),
        Operation::DescribeJobExecution(job) => {
            describe(service, now, (thing, job), request, plane)
        }
        Operation::UpdateJobExecution(job) => {
            let key = ExecutionKey {
                thing: thing.clone(),
                job: job.clone(),
            };
            update(service, now, &key, request, plane)
        }
    }
}

/// GUESS: a name that AWS's patterns do not allow is refused like any other member that violates its constraint.
fn check_names(thing: &ThingName, operation: &Operation) -> Result<(), Rejection> {
    let mut violations = Violations::default();
    violations.check_text(
        thing.as_str(),
        "thingName",
        THING_NAME_CHARACTERS,
        Pattern::NAME,
    );
    if let Operation::DescribeJobExecution(JobRef::Id(job)) | Operation::UpdateJobExecution(job) =
        operation
    {
        violations.check_text(job.as_str(), "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    }
    violations
        .into_result()
        .map_err(|message| Rejection::new(ErrorCode::InvalidRequest, message))
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-getpendingjobexecutions>
fn get_pending<'a>(service: &'a Service, thing: &'a ThingName) -> JobsReply<'a> {
    let (mut in_progress, mut queued) = (Vec::new(), Vec::new());
    for (job, execution) in service.executions.pending(thing).take(PENDING_ENTRIES) {
        let list = if execution.status == JobExecutionStatus::InProgress {
            &mut in_progress
        } else {
            &mut queued
        };
        list.push(SummaryView { job, execution });
    }
    JobsReply {
        in_progress_jobs: Some(in_progress),
        queued_jobs: Some(queued),
        ..JobsReply::default()
    }
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-startnextpendingjobexecution>
fn start_next<'a>(
    service: &'a mut Service,
    now: EpochMillis,
    thing: &'a ThingName,
    request: &JobsRequest,
    plane: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let mut violations = Violations::default();
    let details = request.status_details(&mut violations);
    let step_timeout = request.start_timeout_minutes(&mut violations);
    request.reject(violations)?;
    let head = service
        .executions
        .head(thing)
        .map(|(job, execution)| (job.clone(), execution.number));
    if let Some((job, number)) = head {
        let key = ExecutionKey {
            thing: thing.clone(),
            job,
        };
        // One that is in progress already is handed out again as it is: details and step timer are not touched.
        if service
            .apply(&key, number, ExecutionEvent::Start, now)
            .is_ok()
        {
            service.executions.change(&key, number, |execution| {
                if details.is_some() {
                    execution.details = details;
                }
                execution.step_deadline = step_timeout.map(|minutes| now.plus_minutes(minutes));
            });
        }
    }
    let head = service.executions.head(thing);
    let found = head.map(|(job, execution)| ExecutionView {
        job,
        execution,
        thing: (plane == Transport::Http).then_some(thing),
        document: document(service, job, plane),
        now,
    });
    Ok(JobsReply {
        execution: found,
        ..JobsReply::default()
    })
}

fn document<'a>(service: &'a Service, job: &JobId, plane: Transport) -> Option<DocumentView<'a>> {
    let document = service.device_document(job)?;
    Some(DocumentView {
        document,
        plane,
        is_escaped: false,
    })
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-describejobexecution>
fn describe<'a>(
    service: &'a Service,
    now: EpochMillis,
    (thing, job): (&'a ThingName, &'a JobRef),
    request: &JobsRequest,
    plane: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let mut violations = Violations::default();
    let include_document = request
        .boolean("includeJobDocument", &mut violations)
        .unwrap_or(true);
    let number = request.integer("executionNumber", &mut violations);
    request.reject(violations)?;
    let found = match job {
        // Nothing pending is no error: the reply is without `execution`.
        JobRef::Next => service.executions.head(thing),
        JobRef::Id(job) => {
            let key = ExecutionKey {
                thing: thing.clone(),
                job: job.clone(),
            };
            let execution = find(service, &key, number)?;
            if execution.status.is_terminal() {
                return Err(Rejection::new(
                    ErrorCode::TerminalStateReached,
                    "Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
                ));
            }
            Some((job, execution))
        }
    };
    Ok(JobsReply {
        execution: found.map(|(job, execution)| ExecutionView {
            job,
            execution,
            thing: (plane == Transport::Http).then_some(thing),
            document: document(service, job, plane).filter(|_| include_document),
            now,
        }),
        ..JobsReply::default()
    })
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>
fn update<'a>(
    service: &'a mut Service,
    now: EpochMillis,
    key: &ExecutionKey,
    request: &JobsRequest,
    plane: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let mut violations = Violations::default();
    let status = request.status(&mut violations);
    let details = request.status_details(&mut violations);
    let step_timeout = request.step_timeout(&mut violations);
    let expected_version = request.integer("expectedVersion", &mut violations);
    let number = request.integer("executionNumber", &mut violations);
    let include_state = request
        .boolean("includeJobExecutionState", &mut violations)
        .unwrap_or(false);
    let include_document = request
        .boolean("includeJobDocument", &mut violations)
        .unwrap_or(false);
    request.reject(violations)?;
    let Some(status) = status else {
        return Err(Rejection::new(
            ErrorCode::InvalidRequest,
            "status must be given",
        ));
    };
    if !is_settable(status) {
        return Err(Rejection::new(
            ErrorCode::InvalidStateTransition,
            format!("The status of job execution cannot be changed to be {status}"),
        ));
    }
    let before = find(service, key, number)?.clone();
    if let Some(expected) = expected_version
        && i64::try_from(before.version) != Ok(expected)
    {
        let message = format!(
            "Expected version {expected} but found version {}",
            before.version
        );
        return Err(Rejection {
            state: Some(Box::new(before)),
            ..Rejection::new(ErrorCode::VersionMismatch, message)
        });
    }
    let stops_timer = step_timeout == Some(StepTimeout::Stop);
    if stops_timer && !before.status.is_terminal() && before.step_deadline.is_none() {
        return Err(Rejection::new(
            ErrorCode::InvalidRequest,
            "The job execution has no step timer that runs",
        ));
    }
    match service.apply(key, before.number, ExecutionEvent::Report(status), now) {
        Ok(()) => {}
        Err(
            TransitionRefusal::Terminal
            | TransitionRefusal::NotSettable
            | TransitionRefusal::NoOp
            | TransitionRefusal::InProgress,
        ) => {
            let message = format!(
                "Job {} for {} has already finished with status {}",
                key.job, key.thing, before.status
            );
            return Err(Rejection {
                state: Some(Box::new(before)),
                ..Rejection::new(ErrorCode::InvalidStateTransition, message)
            });
        }
    }
    service.executions.change(key, before.number, |execution| {
        if details.is_some() {
            execution.details = details;
        }
        match step_timeout {
            Some(StepTimeout::Minutes(minutes)) if !status.is_terminal() => {
                execution.step_deadline = Some(now.plus_minutes(minutes));
            }
            Some(StepTimeout::Stop) => execution.step_deadline = None,
            _ => {}
        }
    });
    let after = service.executions.get(key, Some(before.number));
    Ok(JobsReply {
        execution_state: after.filter(|_| include_state).map(StateView),
        job_document: document(service, &key.job, plane)
            .filter(|_| include_document)
            .map(|document| DocumentView {
                is_escaped: true,
                ..document
            }),
        ..JobsReply::default()
    })
}

fn find<'a>(
    service: &'a Service,
    key: &ExecutionKey,
    number: Option<i64>,
) -> Result<&'a Execution, Rejection> {
    // A number that no execution can have is not found like any other.
    let number = number.map(|number| u64::try_from(number).unwrap_or(0));
    service.executions.get(key, number).ok_or_else(|| {
        Rejection::new(
            ErrorCode::ResourceNotFound,
            format!("Job {} not found for {}", key.job, key.thing),
        )
    })
}
