//! UpdateJobExecution.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>

use crate::protocol::{EpochMillis, ErrorCode, JobExecutionStatus};
use crate::service::constraint::Violations;
use crate::service::data::reply::{JobsReply, Rejection};
use crate::service::data::request::{JobsRequest, StepTimeout};
use crate::service::execution::{Execution, ExecutionEvent, is_settable};
use crate::service::executions::ExecutionKey;
use crate::service::objects::placeholder::Recipient;
use crate::service::state::Service;
use crate::service::status_details::Details;
use crate::service::view::{DocumentView, StateView, Transport};

/// What a request asks for.
struct Update {
    status: JobExecutionStatus,
    details: Option<Details>,
    step_timeout: Option<StepTimeout>,
    expected_version: Option<i64>,
    number: Option<u64>,
    include_state: bool,
    include_document: bool,
}

impl Update {
    fn read(request: &JobsRequest) -> Result<Self, Rejection> {
        let mut violations = Violations::default();
        let status = request.status(&mut violations);
        let details = request.status_details(&mut violations);
        let step_timeout = request.step_timeout(&mut violations);
        let expected_version = request.integer("expectedVersion", &mut violations);
        let number = request.execution_number(&mut violations);
        let include_state = request.boolean("includeJobExecutionState", &mut violations);
        let include_document = request.boolean("includeJobDocument", &mut violations);
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
        Ok(Self {
            status,
            details,
            step_timeout,
            expected_version,
            number,
            include_state: include_state.unwrap_or(false),
            include_document: include_document.unwrap_or(false),
        })
    }

    /// Refuses what the state of the execution does not allow.
    fn check(&self, before: &Execution) -> Result<(), Rejection> {
        if let Some(expected) = self.expected_version
            && i64::try_from(before.version) != Ok(expected)
        {
            let message = format!(
                "Expected version {expected} but found version {}",
                before.version
            );
            let rejection = Rejection::new(ErrorCode::VersionMismatch, message);
            return Err(rejection.with_state(before.clone()));
        }
        let stops_timer = self.step_timeout == Some(StepTimeout::Stop);
        if stops_timer && !before.status.is_terminal() && before.step_deadline.is_none() {
            return Err(Rejection::new(
                ErrorCode::InvalidRequest,
                "The job execution has no step timer that runs",
            ));
        }
        Ok(())
    }

    /// Sets details and step timer as requested.
    fn apply(self, execution: &mut Execution, now: EpochMillis) {
        if self.details.is_some() {
            execution.details = self.details;
        }
        match self.step_timeout {
            Some(StepTimeout::Minutes(minutes)) if !self.status.is_terminal() => {
                execution.step_deadline = Some(now.plus_minutes(minutes));
            }
            Some(StepTimeout::Stop) => execution.step_deadline = None,
            _ => {}
        }
    }
}

pub(crate) fn update<'a>(
    service: &'a mut Service,
    now: EpochMillis,
    key: &ExecutionKey,
    request: &JobsRequest,
    transport: Transport,
) -> Result<JobsReply<'a>, Rejection> {
    let update = Update::read(request)?;
    let (include_state, include_document) = (update.include_state, update.include_document);
    let before = service
        .executions
        .for_device(key, update.number)
        .ok_or_else(|| Rejection::not_found(key))?;
    update.check(before)?;
    let number = before.number;
    let report = ExecutionEvent::Report(update.status);
    if service.apply(key, number, report, now).is_err() {
        return Err(finished(service, key, number));
    }
    if update.details.is_some() || update.step_timeout.is_some() {
        service.executions.change(key, number, |execution| {
            update.apply(execution, now);
        });
    }
    let after = service.executions.get(key, Some(number));
    let recipient = Recipient {
        thing: &key.thing,
        job: &key.job,
        execution_number: number,
        now,
    };
    let document = include_document.then(|| service.device_document(recipient));
    Ok(JobsReply {
        execution_state: after.filter(|_| include_state).map(StateView),
        job_document: document.flatten().map(|document| DocumentView {
            document,
            transport,
            is_escaped: true,
        }),
        ..JobsReply::default()
    })
}

/// The rejection of a report about an execution that has ended.
fn finished(service: &Service, key: &ExecutionKey, number: u64) -> Rejection {
    let Some(execution) = service.executions.get(key, Some(number)) else {
        return Rejection::not_found(key);
    };
    let message = format!(
        "Job {} for {} has already finished with status {}",
        key.job, key.thing, execution.status
    );
    Rejection::new(ErrorCode::InvalidStateTransition, message).with_state(execution.clone())
}
