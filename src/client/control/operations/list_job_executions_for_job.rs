//! ListJobExecutionsForJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForJob.html>

use aws_sdk_iot::Client;

use crate::control::call::{PreparedCall, call};
use crate::control::execution_columns::execution_columns;
use crate::control::operation::{About, Column, ControlOperation, Statement, Subject, Table};
use crate::control::page::Page;
use crate::protocol::{JobExecutionStatus, JobId, ThingName};

/// The executions of a job: `list-job-executions <jobId>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListJobExecutionsForJob {
    pub job_id: JobId,
    pub status: Option<JobExecutionStatus>,
    pub page: Page,
}

const TABLE: Table = Table {
    lists: &[("executionSummaries", "")],
    columns: &execution_columns(Column::of_arn("thing", "/thingArn")),
};

pub(crate) const ABOUT: About = About {
    table: Some(&TABLE),
    statements: &[Statement::OptionalLookAtAndChangeJobs],
    ..About::reads("ListJobExecutionsForJob", Subject::JobExecution)
};

impl ControlOperation for ListJobExecutionsForJob {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.list_job_executions_for_job() {
            set_job_id: Some(self.job_id.to_string()),
            set_status: self.status.map(|status| status.as_str().into()),
        }, page self.page)
    }
}
