//! ListJobExecutionsForThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForThing.html>

use aws_sdk_iot::Client;

use crate::control::call::{PreparedCall, call};
use crate::control::execution_columns::execution_columns;
use crate::control::operation::{About, Column, ControlOperation, Statement, Subject, Table};
use crate::control::page::Page;
use crate::protocol::{JobExecutionStatus, JobId, ThingName};

/// The executions of a thing, or those of a job on it: `list-job-executions --thing-name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListJobExecutionsForThing {
    /// This thing if `None`.
    pub thing_name: Option<ThingName>,
    /// Only executions of this job.
    pub job_id: Option<JobId>,
    pub status: Option<JobExecutionStatus>,
    /// Only executions of jobs of this namespace.
    pub namespace_id: Option<String>,
    pub page: Page,
}

const TABLE: Table = Table {
    lists: &[("executionSummaries", "")],
    columns: &execution_columns(Column::plain("jobId", "/jobId")),
};

pub(crate) const ABOUT: About = About {
    table: Some(&TABLE),
    statements: &[
        Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
    ],
    ..About::reads("ListJobExecutionsForThing", Subject::Thing)
};

impl ControlOperation for ListJobExecutionsForThing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        call!(client.list_job_executions_for_thing() {
            set_thing_name: Some(self.thing_name.as_ref().unwrap_or(own).to_string()),
            set_job_id: self.job_id.as_ref().map(ToString::to_string),
            set_status: self.status.map(|status| status.as_str().into()),
            set_namespace_id: self.namespace_id.clone(),
        }, page self.page)
    }
}
