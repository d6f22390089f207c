//! Payloads of the device's operations, as JSON over MQTT.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html>
//!
//! Absent members are not sent: defaults belong to the service. A reply is shown as received; only its [`ReplyHead`] is
//! read.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::payload::Payload;

/// `statusDetails`: names and values that a device keeps with its job execution.
pub type StatusDetails = BTreeMap<String, String>;

/// The request of `get`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetPendingJobExecutionsRequest {
    /// Echoed by the service; at most 64 bytes to be safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The request of `start-next`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartNextPendingJobExecutionRequest {
    /// Kept with the execution if this request starts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<StatusDetails>,
    /// Minutes until the step times out, 1 to 10080.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_timeout_in_minutes: Option<i64>,
    /// Echoed by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The request of `JOB/get` and `$next/get`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeJobExecutionRequest {
    /// The number of the job's execution; the latest if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_number: Option<i64>,
    /// Whether the reply carries the job document; the service takes `true` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_job_document: Option<bool>,
    /// Echoed by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The request of `JOB/update`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateJobExecutionRequest {
    /// The new status, as typed: the service refuses what a device may not set.
    pub status: String,
    /// Replaces the stored details; `None` keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<StatusDetails>,
    /// The update is refused (`VersionMismatch`) unless the execution has this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<i64>,
    /// The number of the job's execution; the latest if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_number: Option<i64>,
    /// Whether the reply carries `executionState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_job_execution_state: Option<bool>,
    /// Whether the reply carries `jobDocument`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_job_document: Option<bool>,
    /// Minutes until the step times out, 1 to 10080, or -1 to stop the running timer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_timeout_in_minutes: Option<i64>,
    /// Echoed by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The members of a reply that the client reads. Everything else is only shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyHead {
    /// Which request this answers.
    pub client_token: Option<String>,
    /// Of a rejection: an [`ErrorCode`], or a word that this version does not know.
    pub code: Option<String>,
    /// Of a rejection: the service's words.
    pub message: Option<String>,
}

impl ReplyHead {
    /// Reads the head of any reply; a payload that is not a JSON object has an empty head.
    pub fn parse(payload: &[u8]) -> Self {
        serde_json::from_slice(payload).unwrap_or_default()
    }

    /// The same for a payload that is already parsed.
    pub fn of(payload: &Payload) -> Self {
        match payload.value() {
            Value::Null => Self::parse(payload.text().as_bytes()),
            value => Self::deserialize(value).unwrap_or_default(),
        }
    }
}

/// `code` of an `ErrorResponse`.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-api.html#jobs-mqtt-error-response>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ErrorCode {
    /// The topic is in the Jobs name space but maps to no API.
    InvalidTopic,
    /// The request is not valid UTF-8 encoded JSON.
    InvalidJson,
    /// The contents of the request are not valid; the message gives the reason.
    InvalidRequest,
    /// The status of the execution does not allow this change.
    InvalidStateTransition,
    /// The job execution does not exist.
    ResourceNotFound,
    /// `expectedVersion` is not the version of the execution.
    VersionMismatch,
    InternalError,
    RequestThrottled,
    /// A terminal execution cannot be described by the device.
    TerminalStateReached,
}

impl ErrorCode {
    pub const ALL: [Self; 9] = [
        Self::InvalidTopic,
        Self::InvalidJson,
        Self::InvalidRequest,
        Self::InvalidStateTransition,
        Self::ResourceNotFound,
        Self::VersionMismatch,
        Self::InternalError,
        Self::RequestThrottled,
        Self::TerminalStateReached,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidTopic => "InvalidTopic",
            Self::InvalidJson => "InvalidJson",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidStateTransition => "InvalidStateTransition",
            Self::ResourceNotFound => "ResourceNotFound",
            Self::VersionMismatch => "VersionMismatch",
            Self::InternalError => "InternalError",
            Self::RequestThrottled => "RequestThrottled",
            Self::TerminalStateReached => "TerminalStateReached",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
