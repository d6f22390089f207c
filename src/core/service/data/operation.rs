//! The operations of the device, the same for both planes: what a request must look like, and its reply.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html>
//!
//! Order of checks (recorded session where it could be seen): names, members of the request, a status that a device cannot
//! set, whether the execution exists, its version, whether it has ended.

use crate::protocol::{
    EpochMillis, ErrorCode, JobExecutionStatus, JobId, JobRef, Operation, ThingName,
};
use crate::service::constraint::Violations;
use crate::service::data::reply::{JobsReply, Rejection};
use crate::service::data::request::JobsRequest;
use crate::service::data::update::update;
use crate::service::execution::{Execution, ExecutionEvent};
use crate::service::executions::ExecutionKey;
use crate::service::notify::listed;
use crate::service::objects::placeholder::Recipient;
use crate::service::state::Service;
use crate::service::view::{DocumentView, ExecutionView, SummaryView, Transport};

/// Performs an operation. The caller adds to the reply what only its plane sends.
pub(crate) fn perform<'a>(
    service: &'a mut Service,
    now: EpochMillis,
    thing: &'a ThingName,
    operation: &'a Operation,
    request: &JobsRequest,
    transport: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    check_names(thing, operation)?;
    match operation {
        Operation::GetPendingJobExecutions => {
            request.reject(Violations::default())?;
            Ok(get_pending(service, thing))
        }
        Operation::StartNextPendingJobExecution => {
            start_next(service, now, thing, request, transport)
        }
        Operation::DescribeJobExecution(job) => {
            describe(service, now, (thing, job), request, transport)
        }
        Operation::UpdateJobExecution(job) => {
            let key = ExecutionKey::new(thing.clone(), job.clone());
            update(service, now, &key, request, transport)
        }
    }
}

/// GUESS: a name that AWS's patterns do not allow is refused like any other member that violates its constraint.
fn check_names(thing: &ThingName, operation: &Operation) -> Result<(), Rejection> {
    let mut violations = Violations::default();
    violations.check_thing_name(thing.as_str());
    if let Operation::DescribeJobExecution(JobRef::Id(job)) | Operation::UpdateJobExecution(job) =
        operation
    {
        violations.check_job_id(job.as_str());
    }
    violations
        .into_result()
        .map_err(|message| Rejection::new(ErrorCode::InvalidRequest, message))
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-getpendingjobexecutions>
fn get_pending<'a>(service: &'a Service, thing: &'a ThingName) -> JobsReply<'a> {
    let (mut in_progress, mut queued) = (Vec::new(), Vec::new());
    for (job, execution) in listed(thing, &service.executions, &service.jobs) {
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
    transport: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let mut violations = Violations::default();
    let details = request.status_details(&mut violations);
    let step_timeout = request.start_timeout_minutes(&mut violations);
    request.reject(violations)?;
    if let Some((job, execution)) = service.executions.head(thing) {
        let number = execution.number;
        let key = ExecutionKey::new(thing.clone(), job.clone());
        // An execution that is already in progress is returned as it is: its details and step timer do not change.
        let started = service.apply(&key, number, ExecutionEvent::Start, now);
        if started.is_ok() && (details.is_some() || step_timeout.is_some()) {
            service.executions.change(&key, number, |execution| {
                if details.is_some() {
                    execution.details = details;
                }
                execution.step_deadline = step_timeout.map(|minutes| now.plus_minutes(minutes));
            });
        }
    }
    let head = service.executions.head(thing);
    Ok(JobsReply {
        execution: head.map(|found| execution_view(service, now, thing, found, transport)),
        ..JobsReply::default()
    })
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-describejobexecution>
fn describe<'a>(
    service: &'a Service,
    now: EpochMillis,
    (thing, job): (&'a ThingName, &'a JobRef),
    request: &JobsRequest,
    transport: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let mut violations = Violations::default();
    let include_document = request
        .boolean("includeJobDocument", &mut violations)
        .unwrap_or(true);
    let number = request.execution_number(&mut violations);
    request.reject(violations)?;
    let found = find(service, thing, job, number)?;
    let mut view = found.map(|found| execution_view(service, now, thing, found, transport));
    if let Some(view) = &mut view
        && !include_document
    {
        view.document = None;
    }
    Ok(JobsReply {
        execution: view,
        ..JobsReply::default()
    })
}

/// The execution to describe. If nothing is pending, that is not an error: the reply does not contain `execution`.
fn find<'a>(
    service: &'a Service,
    thing: &ThingName,
    job: &'a JobRef,
    number: Option<u64>,
) -> Result<Option<(&'a JobId, &'a Execution)>, Rejection> {
    let JobRef::Id(job) = job else {
        return Ok(service.executions.head(thing));
    };
    let key = ExecutionKey::new(thing.clone(), job.clone());
    // GUESS: also between two maintenance windows, when the guide only takes the execution off the lists.
    let execution = service.executions.for_device(&key, number);
    let execution = execution.ok_or_else(|| Rejection::not_found(&key))?;
    if execution.status.is_terminal() {
        return Err(Rejection::new(
            ErrorCode::TerminalStateReached,
            "Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
        ));
    }
    Ok(Some((job, execution)))
}

fn execution_view<'a>(
    service: &'a Service,
    now: EpochMillis,
    thing: &'a ThingName,
    (job, execution): (&'a JobId, &'a Execution),
    transport: Transport,
) -> ExecutionView<'a> {
    let document = service.device_document(Recipient {
        thing,
        job,
        execution_number: execution.number,
        now,
    });
    ExecutionView {
        job,
        execution,
        thing: (transport == Transport::Http).then_some(thing),
        document: document.map(|document| DocumentView {
            document,
            transport,
            is_escaped: false,
        }),
        now,
    }
}
