//! Commands of the device: from the typed command to the request.

use crate::argument::details;
use crate::control::ControlRequest;
use crate::control::operations::describe_job_execution;
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, GetPendingJobExecutionsRequest, JobExecutionStatus,
    JobId, JobRef, StartNextPendingJobExecutionRequest, ThingName, UpdateJobExecutionRequest,
};
use crate::repl::input::command::error::{CommandError, arguments};
use crate::repl::input::command::kinds::Command;
use crate::repl::input::grammar::device::{DescribeArgs, DeviceTyped, FinishArgs, UpdateFlags};

/// The request that a command of the device makes.
pub(crate) fn device_request(typed: DeviceTyped) -> Result<Command, CommandError> {
    Ok(match typed {
        DeviceTyped::GetPendingJobExecutions => {
            let request = GetPendingJobExecutionsRequest::default();
            DeviceRequest::GetPendingJobExecutions(request).into()
        }
        DeviceTyped::StartNextPendingJobExecution(args) => {
            DeviceRequest::StartNextPendingJobExecution(StartNextPendingJobExecutionRequest {
                status_details: args.details.status_details(),
                step_timeout_in_minutes: args.step_timeout_in_minutes,
                client_token: None,
            })
            .into()
        }
        DeviceTyped::DescribeJobExecution(mut args) => match args.thing_name.take() {
            Some(thing) => describe_on(&thing, args)?,
            None => describe(args),
        },
        DeviceTyped::UpdateJobExecution(args) => update(args.job_id, args.status, &args.more),
        DeviceTyped::Done(FinishArgs { job_id, more }) => {
            update(job_id, JobExecutionStatus::Succeeded, &more)
        }
        DeviceTyped::Fail(FinishArgs { job_id, more }) => {
            update(job_id, JobExecutionStatus::Failed, &more)
        }
        DeviceTyped::Reject(FinishArgs { job_id, more }) => {
            update(job_id, JobExecutionStatus::Rejected, &more)
        }
    })
}

fn describe(args: DescribeArgs) -> Command {
    let include = match (args.include_job_document, args.no_include_job_document) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    DeviceRequest::DescribeJobExecution {
        job: args.job_id,
        request: DescribeJobExecutionRequest {
            execution_number: args.execution_number,
            include_job_document: include,
            client_token: None,
        },
    }
    .into()
}

/// `describe-job-execution --thing-name`, which the control plane answers.
fn describe_on(thing_name: &ThingName, args: DescribeArgs) -> Result<Command, CommandError> {
    let wrong = |what: &str| Err(arguments("describe-job-execution", what.to_owned()));
    match args.job_id {
        _ if args.no_include_job_document => wrong(
            "--no-document cannot be combined with --thing: the control plane does not send the document\nhint: `get-job-document` shows it",
        ),
        _ if args.include_job_document => wrong(
            "--include-job-document cannot be combined with --thing: the control plane does not send the document\nhint: `get-job-document` shows it",
        ),
        JobRef::Id(job_id) => {
            let request = ControlRequest::new(&describe_job_execution::OPERATION);
            let mut request = request
                .with("jobId", job_id.as_str())
                .with("thingName", thing_name.as_str());
            if let Some(number) = args.execution_number {
                request.set("executionNumber", number.into());
            }
            Ok(request.into())
        }
        JobRef::Next => wrong("the control plane does not know $next; give the job id"),
    }
}

fn update(job: JobId, status: JobExecutionStatus, flags: &UpdateFlags) -> Command {
    DeviceRequest::UpdateJobExecution {
        job,
        request: UpdateJobExecutionRequest {
            status: status.as_str().to_owned(),
            status_details: details(&flags.details, flags.status_details.as_ref()),
            expected_version: flags.expected_version,
            execution_number: flags.execution_number,
            include_job_execution_state: flags.include_job_execution_state.then_some(true),
            include_job_document: flags.include_job_document.then_some(true),
            step_timeout_in_minutes: flags.step_timeout_in_minutes,
            client_token: None,
        },
    }
    .into()
}
