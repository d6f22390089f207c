//! ListJobExecutionsForJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForJob.html>

use crate::control::declared::arguments::{EXECUTION_STATUS, JOB};
use crate::control::declared::{CommandName, Declared};
use crate::control::execution_columns::execution_columns;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

/// It is typed as `list-job-executions <jobId>`, which
/// [`list_job_executions_for_thing`](crate::control::operations::list_job_executions_for_thing) declares.
pub(crate) const OPERATION: Declared = Declared {
    command: CommandName::Absent,
    arguments: &[JOB, EXECUTION_STATUS],
    paging: Some(Paging::Tokens),
    check: |request| {
        if request.has("namespaceId") {
            return Err("--namespace-id needs --thing: a job is of one namespace");
        }
        Ok(())
    },
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("executionSummaries", "")],
                columns: &execution_columns(Column::of_arn("thing", "/thingArn")),
            }),
            statements: &[Statement::OptionalLookAtAndChangeJobs],
            ..About::reads("ListJobExecutionsForJob", Subject::JobExecution)
        },
        "GET",
        "/jobs/{jobId}/things",
        "list a job's executions",
        [
            "list-job-executions Job1",
            "executions Job1 --status FAILED",
        ],
    )
};
