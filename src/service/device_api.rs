//! The operations of the device over MQTT: what a request must look like, and what it is answered.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html>
//!
//! Order of checks (recorded session where it could be seen): topic, JSON, members of the request, a status that no
//! device may set, whether the execution exists, its version, whether it is over.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::{
    EpochMillis, EpochSeconds, ErrorCode, JobExecutionStatus, JobId, JobRef, JobsTopic, Operation,
    ThingName, Topic, TopicError, Verdict,
};
use crate::service::constraint::{Pattern, Violations};
use crate::service::device_request::{Rejection, Request, StepTimeout};
use crate::service::execution::{
    Event, Execution, ExecutionView, Refusal, StateView, SummaryView, is_settable,
};
use crate::service::executions::ExecutionKey;
use crate::service::limits::{JOB_ID_CHARACTERS, PENDING_ENTRIES, THING_NAME_CHARACTERS};
use crate::service::{Message, Service, json};

/// Every reply, in AWS's order of members (recorded session). What is absent is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<&'a str>,
    timestamp: EpochSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_progress_jobs: Option<Vec<SummaryView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_jobs: Option<Vec<SummaryView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution: Option<ExecutionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_state: Option<StateView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_document: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// Handles a request. `None`: the topic is none that a device may publish to, and AWS stays silent.
pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    topic: &str,
    payload: &[u8],
) -> Option<Message> {
    let parsed = match topic.parse::<JobsTopic>() {
        Ok(JobsTopic {
            thing,
            topic: Topic::Request(operation),
        }) => Ok((thing, operation)),
        Ok(_) | Err(TopicError::NotJobs) => return None,
        Err(TopicError::NoSuchApi) => Err(Rejection::new(
            ErrorCode::InvalidTopic,
            "The request was sent to a topic in the AWS IoT Jobs namespace that does not map to any API",
        )),
    };
    let request = Request::decode(payload);
    let token = request
        .as_ref()
        .ok()
        .and_then(|request| request.client_token.clone());
    let token = token.as_deref();
    // GUESS: the guide defines InvalidTopic but does not say on which topic it comes.
    let answered = parsed.and_then(|(thing, operation)| {
        let request = request?;
        check_names(&thing, &operation)?;
        match operation {
            Operation::GetPendingJobExecutions => Ok(get_pending(service, now, &thing, token)),
            Operation::StartNextPendingJobExecution => {
                start_next(service, now, &thing, &request, token)
            }
            Operation::DescribeJobExecution(job) => {
                describe(service, now, &thing, &job, &request, token)
            }
            Operation::UpdateJobExecution(job) => {
                update(service, now, &ExecutionKey { thing, job }, &request, token)
            }
        }
    });
    let (verdict, payload) = match answered {
        Ok(payload) => (Verdict::Accepted, payload),
        Err(rejection) => (Verdict::Rejected, rejected(&rejection, now, token)),
    };
    Some(Message {
        topic: format!("{topic}/{verdict}"),
        payload,
    })
}

fn rejected(rejection: &Rejection, now: EpochMillis, token: Option<&str>) -> Vec<u8> {
    json::to_vec(&Reply {
        client_token: token,
        timestamp: now.seconds(),
        execution_state: rejection.state.as_deref().map(StateView),
        code: Some(rejection.code),
        message: Some(&rejection.message),
        ..Reply::default()
    })
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
fn get_pending(
    service: &Service,
    now: EpochMillis,
    thing: &ThingName,
    token: Option<&str>,
) -> Vec<u8> {
    let (mut in_progress, mut queued) = (Vec::new(), Vec::new());
    for (job, execution) in service.executions.pending(thing).take(PENDING_ENTRIES) {
        let list = if execution.status == JobExecutionStatus::InProgress {
            &mut in_progress
        } else {
            &mut queued
        };
        list.push(SummaryView { job, execution });
    }
    json::to_vec(&Reply {
        client_token: token,
        timestamp: now.seconds(),
        in_progress_jobs: Some(in_progress),
        queued_jobs: Some(queued),
        ..Reply::default()
    })
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-startnextpendingjobexecution>
fn start_next(
    service: &mut Service,
    now: EpochMillis,
    thing: &ThingName,
    request: &Request,
    token: Option<&str>,
) -> Result<Vec<u8>, Rejection> {
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
        if service.apply(&key, number, Event::Start, now).is_ok() {
            service.executions.change(&key, number, |execution| {
                if details.is_some() {
                    execution.details = details;
                }
                execution.step_deadline = step_timeout.map(|minutes| now.plus_minutes(minutes));
            });
        }
    }
    Ok(execution_reply(
        service,
        now,
        token,
        service.executions.head(thing),
        true,
    ))
}

fn execution_reply(
    service: &Service,
    now: EpochMillis,
    token: Option<&str>,
    found: Option<(&JobId, &Execution)>,
    include_document: bool,
) -> Vec<u8> {
    json::to_vec(&Reply {
        client_token: token,
        timestamp: now.seconds(),
        execution: found.map(|(job, execution)| ExecutionView {
            job,
            execution,
            document: service.device_document(job).filter(|_| include_document),
            now,
        }),
        ..Reply::default()
    })
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-describejobexecution>
fn describe(
    service: &Service,
    now: EpochMillis,
    thing: &ThingName,
    job: &JobRef,
    request: &Request,
    token: Option<&str>,
) -> Result<Vec<u8>, Rejection> {
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
    Ok(execution_reply(
        service,
        now,
        token,
        found,
        include_document,
    ))
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>
fn update(
    service: &mut Service,
    now: EpochMillis,
    key: &ExecutionKey,
    request: &Request,
    token: Option<&str>,
) -> Result<Vec<u8>, Rejection> {
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
    match service.apply(key, before.number, Event::Report(status), now) {
        Ok(()) => {}
        Err(Refusal::Terminal | Refusal::NotSettable | Refusal::NoOp | Refusal::InProgress) => {
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
    Ok(json::to_vec(&Reply {
        client_token: token,
        timestamp: now.seconds(),
        execution_state: after.filter(|_| include_state).map(StateView),
        job_document: service
            .device_document(&key.job)
            .filter(|_| include_document),
        ..Reply::default()
    }))
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
