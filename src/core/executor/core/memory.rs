//! What a device must not forget: the contents of its journal.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::executor::core::execution::ExecutionId;
use crate::protocol::{JobExecutionStatus, StatusDetails};

/// Everything that survives a restart. It is written as a whole, before what it announces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Memory {
    /// A claim is on its way, so an execution that is IN_PROGRESS may be ours.
    pub claiming: bool,
    pub attempt: Option<AttemptMemory>,
    /// What the service does not know yet.
    pub outcome: Option<Outcome>,
    /// Executions that have ended on the device, and whose outcome the service does not take.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub abandoned: BTreeSet<ExecutionId>,
}

/// An execution that the device works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptMemory {
    pub id: ExecutionId,
    /// How many steps are done.
    pub done: usize,
    /// Whether the next one has begun.
    pub begun: bool,
    /// How often a restart has interrupted that one.
    pub interruptions: u32,
    /// Steps that failed, and whose failure is ignored.
    pub ignored_failures: usize,
}

impl AttemptMemory {
    pub fn new(id: ExecutionId) -> Self {
        Self {
            id,
            done: 0,
            begun: false,
            interruptions: 0,
            ignored_failures: 0,
        }
    }
}

/// How an execution ended on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub id: ExecutionId,
    pub verdict: Verdict,
    pub details: StatusDetails,
    /// Whether the service refused the details, so that only the status is reported.
    pub is_bare: bool,
}

/// The statuses with which a device ends an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    Succeeded,
    Failed,
    Rejected,
}

impl Verdict {
    pub const fn status(self) -> JobExecutionStatus {
        match self {
            Self::Succeeded => JobExecutionStatus::Succeeded,
            Self::Failed => JobExecutionStatus::Failed,
            Self::Rejected => JobExecutionStatus::Rejected,
        }
    }
}
