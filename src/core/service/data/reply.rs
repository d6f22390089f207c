//! The reply to a device: an answer or a rejection.

use serde::Serialize;

use crate::protocol::{EpochSeconds, ErrorCode};
use crate::service::execution::Execution;
use crate::service::executions::ExecutionKey;
use crate::service::view::{DocumentView, ExecutionView, StateView, SummaryView};

/// Every reply, in AWS's order of members (recorded session). What is absent is left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobsReply<'a> {
    /// Only over MQTT: the client token of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<EpochSeconds>,
    /// Only in the list of pending executions, also if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_progress_jobs: Option<Vec<SummaryView<'a>>>,
    /// Only in the list of pending executions, also if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) queued_jobs: Option<Vec<SummaryView<'a>>>,
    /// The execution that was described or started; absent if none is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) execution: Option<ExecutionView<'a>>,
    /// Only after an update that asked for it, and in some rejections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) execution_state: Option<StateView<'a>>,
    /// Only after an update that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) job_document: Option<DocumentView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
}

/// A refusal on its way to the `…/rejected` topic.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// Only with `InvalidStateTransition` of a terminal execution and with `VersionMismatch`.
    pub(crate) state: Option<Box<Execution>>,
}

impl Rejection {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            state: None,
        }
    }

    pub(crate) fn with_state(self, execution: Execution) -> Self {
        Self {
            state: Some(Box::new(execution)),
            ..self
        }
    }

    pub(crate) fn not_found(key: &ExecutionKey) -> Self {
        Self::new(
            ErrorCode::ResourceNotFound,
            format!("Job {} not found for {}", key.job, key.thing),
        )
    }
}
