//! ListJobExecutionsForThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobExecutionsForThing.html>

use crate::control::declared::arguments::{EXECUTION_STATUS, JOB};
use crate::control::declared::{Argument, CommandName, Declared, Form, Place};
use crate::control::execution_columns::execution_columns;
use crate::control::operation::{About, Column, JobIds, Statement, Subject, Table};
use crate::control::operations::list_job_executions_for_job;
use crate::control::page::Paging;

/// The executions of a thing, or those of a job on it. If only a job is typed, its executions on all things are listed.
pub(crate) const OPERATION: Declared = Declared {
    command: CommandName::Other {
        name: "list-job-executions",
        hidden: &[
            "list-job-executions-for-job",
            "list-job-executions-for-thing",
        ],
    },
    aliases: &["executions"],
    arguments: &[
        JOB.at(Place::Query).optional(),
        Argument::flag(
            "thingName",
            "thing",
            "only on this thing (default without a job: this one)",
        )
        .form(Form::Thing)
        .at(Place::Path)
        .or_own()
        .or("thing"),
        EXECUTION_STATUS,
        Argument::flag(
            "namespaceId",
            "id",
            "only jobs of this namespace; not with a job id alone",
        )
        .at(Place::Query),
    ],
    paging: Some(Paging::Tokens),
    job_ids: |_| JobIds::Listed,
    instead: |request| {
        let is_of_job = request.has("jobId") && !request.has("thingName");
        is_of_job.then_some(&list_job_executions_for_job::OPERATION)
    },
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("executionSummaries", "")],
                columns: &execution_columns(Column::plain("jobId", "/jobId")),
            }),
            statements: &[
                Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::reads("ListJobExecutionsForThing", Subject::Thing)
        },
        "GET",
        "/things/{thingName}/jobs",
        "list a job's executions",
        [
            "list-job-executions Job1 --status FAILED",
            "list-job-executions --thing other-thing --max-results 10",
        ],
    )
};
