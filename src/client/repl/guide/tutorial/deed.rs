//! What a command is to the tutorial.

use crate::control::JobIds;
use crate::protocol::{DeviceRequest, JobId, JobRef, UpdateJobExecutionRequest};
use crate::repl::input::command::{AgentCommand, Command, OwnCommand, ServiceRequest};

/// What the user did.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed<'a> {
    GetPending,
    /// A job of this id; for other things or groups than this thing, if any are named.
    Create {
        job: &'a JobId,
        for_others: bool,
    },
    StartNext,
    Update {
        job: &'a JobId,
        request: &'a UpdateJobExecutionRequest,
    },
    Describe(&'a JobRef),
    Delete(&'a JobId),
    Wait,
    AgentOn,
    AgentOff,
    Other,
}

impl<'a> Deed<'a> {
    pub(crate) fn of(command: &'a Command) -> Self {
        match command {
            Command::Service(ServiceRequest::Device(request)) => Self::of_device(request),
            Command::Service(ServiceRequest::Control(request)) => match request.job_ids() {
                JobIds::Created(job) => Self::Create {
                    job,
                    for_others: request.targets.iter().flatten().next().is_some(),
                },
                JobIds::Deleted(job) => Self::Delete(job),
                _ => Self::Other,
            },
            Command::Own(OwnCommand::Wait { .. }) => Self::Wait,
            Command::Own(OwnCommand::Agent(AgentCommand::On(_))) => Self::AgentOn,
            Command::Own(OwnCommand::Agent(AgentCommand::Off)) => Self::AgentOff,
            Command::Own(_) => Self::Other,
        }
    }

    fn of_device(request: &'a DeviceRequest) -> Self {
        match request {
            DeviceRequest::GetPendingJobExecutions(_) => Self::GetPending,
            DeviceRequest::StartNextPendingJobExecution(_) => Self::StartNext,
            DeviceRequest::DescribeJobExecution { job, .. } => Self::Describe(job),
            DeviceRequest::UpdateJobExecution { job, request } => Self::Update { job, request },
        }
    }
}
