//! A request of the device: one of its four operations, with its members.

use serde::Serialize;

use crate::protocol::message::{
    DescribeJobExecutionRequest, GetPendingJobExecutionsRequest,
    StartNextPendingJobExecutionRequest, UpdateJobExecutionRequest,
};
use crate::protocol::name::{JobId, JobRef};
use crate::protocol::topic::Operation;

/// What a device asks of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceRequest {
    /// The executions of this thing that are not in a terminal status.
    GetPendingJobExecutions(GetPendingJobExecutionsRequest),
    /// The next execution, `IN_PROGRESS` from now on if it was `QUEUED`.
    StartNextPendingJobExecution(StartNextPendingJobExecutionRequest),
    /// One execution, or the next one.
    DescribeJobExecution {
        job: JobRef,
        request: DescribeJobExecutionRequest,
    },
    /// A new status or new details of one execution.
    UpdateJobExecution {
        job: JobId,
        request: UpdateJobExecutionRequest,
    },
}

impl DeviceRequest {
    /// The operation, as the topic of the request names it.
    pub fn operation(&self) -> Operation {
        match self {
            Self::GetPendingJobExecutions(_) => Operation::GetPendingJobExecutions,
            Self::StartNextPendingJobExecution(_) => Operation::StartNextPendingJobExecution,
            Self::DescribeJobExecution { job, .. } => Operation::DescribeJobExecution(job.clone()),
            Self::UpdateJobExecution { job, .. } => Operation::UpdateJobExecution(job.clone()),
        }
    }

    /// The JSON that is sent.
    pub fn payload(&self) -> String {
        match self {
            Self::GetPendingJobExecutions(request) => json(request),
            Self::StartNextPendingJobExecution(request) => json(request),
            Self::DescribeJobExecution { request, .. } => json(request),
            Self::UpdateJobExecution { request, .. } => json(request),
        }
    }

    /// The client token in the request.
    pub fn client_token(&mut self) -> &mut Option<String> {
        match self {
            Self::GetPendingJobExecutions(request) => &mut request.client_token,
            Self::StartNextPendingJobExecution(request) => &mut request.client_token,
            Self::DescribeJobExecution { request, .. } => &mut request.client_token,
            Self::UpdateJobExecution { request, .. } => &mut request.client_token,
        }
    }
}

fn json(request: &impl Serialize) -> String {
    serde_json::to_string(request).expect("a struct of texts and numbers has a JSON form")
}
