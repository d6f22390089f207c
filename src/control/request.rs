//! The operations of the control plane that a person can ask for.

use serde_json::{Map, Value};

use crate::protocol::{JobId, StatusDetails, ThingName};

/// One operation of the control plane with its parameters. What is absent is sent as absence: defaults are the service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
    CreateJob {
        /// The id of the new job.
        job: JobId,
        /// ARNs of things and thing groups.
        targets: Vec<String>,
        /// JSON, byte for byte.
        document: String,
        /// Whether things that join a target later get the job, too (`CONTINUOUS`).
        continuous: bool,
        /// What the job is for.
        description: Option<String>,
        /// Minutes that an execution may be in progress.
        timeout_min: Option<i64>,
        /// Further members of the body, which none of the above is.
        more: Map<String, Value>,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>
    CancelJob {
        job: JobId,
        /// Whether executions in progress are cancelled, too.
        force: bool,
        comment: Option<String>,
        /// Why, as a code.
        reason_code: Option<String>,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>
    DeleteJob {
        job: JobId,
        /// Whether to delete it even while it is in progress.
        force: bool,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>
    DescribeJob { job: JobId },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
    ListJobs {
        /// Only jobs of this status, as typed.
        status: Option<String>,
        /// Only jobs of this kind, as typed.
        target_selection: Option<String>,
        /// Only jobs on the thing group of this name.
        thing_group: Option<String>,
        /// Only jobs on the thing group of this id.
        thing_group_id: Option<String>,
        /// Only jobs of this namespace.
        namespace_id: Option<String>,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>
    GetJobDocument { job: JobId },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobExecution.html>
    DescribeJobExecution {
        job: JobId,
        thing: ThingName,
        /// Which execution; the latest if absent.
        execution_number: Option<i64>,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForJob.html>
    ListJobExecutionsForJob {
        job: JobId,
        /// Only executions of this status, as typed.
        status: Option<String>,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForThing.html>
    ListJobExecutionsForThing {
        thing: ThingName,
        /// Only executions of this job.
        job: Option<JobId>,
        /// Only executions of this status, as typed.
        status: Option<String>,
        /// Only executions of jobs of this namespace.
        namespace_id: Option<String>,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
    CancelJobExecution {
        job: JobId,
        thing: ThingName,
        /// Whether to cancel it even if it is in progress.
        force: bool,
        /// Refuse unless the execution has this version.
        expected_version: Option<i64>,
        /// Kept with the execution.
        status_details: Option<StatusDetails>,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobExecution.html>
    DeleteJobExecution {
        job: JobId,
        thing: ThingName,
        execution_number: i64,
        /// Whether to delete it even if it is in progress.
        force: bool,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
    CreateThing { thing: ThingName },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>
    DescribeThing { thing: ThingName },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThings.html>
    ListThings {
        /// Only things with this attribute.
        attribute_name: Option<String>,
        /// Only things whose attribute has this value.
        attribute_value: Option<String>,
        /// Only things of this thing type.
        thing_type: Option<String>,
        /// Whether the value need only begin so.
        use_prefix: bool,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html>
    DeleteThing { thing: ThingName },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html>
    CreateThingGroup { group: String },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingGroup.html>
    DescribeThingGroup { group: String },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroups.html>
    ListThingGroups {
        /// Only groups below this one.
        parent_group: Option<String>,
        /// Only groups whose name begins so.
        name_prefix: Option<String>,
        /// Whether those below them are listed, too.
        recursive: Option<bool>,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingsInThingGroup.html>
    ListThingsInThingGroup {
        group: String,
        /// Whether the things in groups below it are listed, too.
        recursive: bool,
        /// Which part of it.
        page: Page,
    },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingGroup.html>
    DeleteThingGroup { group: String },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_AddThingToThingGroup.html>
    AddThingToThingGroup { thing: ThingName, group: String },
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_RemoveThingFromThingGroup.html>
    RemoveThingFromThingGroup { thing: ThingName, group: String },
}

/// Which part of a list: the first if nothing is said.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many entries; AWS: 1 to 250.
    pub max_results: Option<i32>,
    /// From the answer that told of more, verbatim.
    pub next_token: Option<String>,
    /// Whether who sends the request goes on with the pages behind it.
    pub all: bool,
}

impl Request {
    /// Whether it may add job executions to the pending ones of a thing, or take some away.
    pub fn may_change_what_is_pending(&self) -> bool {
        matches!(
            self,
            Self::CreateJob { .. }
                | Self::CancelJob { .. }
                | Self::DeleteJob { force: true, .. }
                | Self::CancelJobExecution { .. }
                | Self::DeleteJobExecution { .. }
                | Self::AddThingToThingGroup { .. }
                | Self::RemoveThingFromThingGroup { .. }
        )
    }

    /// Which part of a list it asks for; `None` if it asks for no list.
    pub fn page_mut(&mut self) -> Option<&mut Page> {
        match self {
            Self::ListJobs { page, .. }
            | Self::ListJobExecutionsForJob { page, .. }
            | Self::ListJobExecutionsForThing { page, .. }
            | Self::ListThings { page, .. }
            | Self::ListThingGroups { page, .. }
            | Self::ListThingsInThingGroup { page, .. } => Some(page),
            _ => None,
        }
    }

    /// The name that AWS gives the operation.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::CreateJob { .. } => "CreateJob",
            Self::CancelJob { .. } => "CancelJob",
            Self::DeleteJob { .. } => "DeleteJob",
            Self::DescribeJob { .. } => "DescribeJob",
            Self::ListJobs { .. } => "ListJobs",
            Self::GetJobDocument { .. } => "GetJobDocument",
            Self::DescribeJobExecution { .. } => "DescribeJobExecution",
            Self::ListJobExecutionsForJob { .. } => "ListJobExecutionsForJob",
            Self::ListJobExecutionsForThing { .. } => "ListJobExecutionsForThing",
            Self::CancelJobExecution { .. } => "CancelJobExecution",
            Self::DeleteJobExecution { .. } => "DeleteJobExecution",
            Self::CreateThing { .. } => "CreateThing",
            Self::DescribeThing { .. } => "DescribeThing",
            Self::ListThings { .. } => "ListThings",
            Self::DeleteThing { .. } => "DeleteThing",
            Self::CreateThingGroup { .. } => "CreateThingGroup",
            Self::DescribeThingGroup { .. } => "DescribeThingGroup",
            Self::ListThingGroups { .. } => "ListThingGroups",
            Self::ListThingsInThingGroup { .. } => "ListThingsInThingGroup",
            Self::DeleteThingGroup { .. } => "DeleteThingGroup",
            Self::AddThingToThingGroup { .. } => "AddThingToThingGroup",
            Self::RemoveThingFromThingGroup { .. } => "RemoveThingFromThingGroup",
        }
    }
}
