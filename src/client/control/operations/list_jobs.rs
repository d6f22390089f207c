//! ListJobs. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>

use crate::control::declared::arguments::SELECTIONS;
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Column, JobIds, Statement, Subject, Table};
use crate::control::page::Paging;

/// The statuses of a job. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
const STATUSES: &[&str] = &[
    "IN_PROGRESS",
    "CANCELED",
    "COMPLETED",
    "DELETION_IN_PROGRESS",
    "SCHEDULED",
];

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["jobs"],
    arguments: &[
        Argument::flag("status", "status", "only jobs of this status")
            .form(Form::Word(STATUSES))
            .at(Place::Query),
        Argument::flag("targetSelection", "selection", "only jobs of this kind")
            .form(Form::Word(SELECTIONS))
            .at(Place::Query),
        Argument::flag(
            "thingGroupName",
            "name",
            "only jobs that target the thing group with this name",
        )
        .at(Place::Query)
        .or("thing-group"),
        Argument::flag(
            "thingGroupId",
            "id",
            "only jobs that target the thing group with this id",
        )
        .at(Place::Query),
        Argument::flag("namespaceId", "id", "only jobs of this namespace").at(Place::Query),
    ],
    paging: Some(Paging::Tokens),
    job_ids: |_| JobIds::Listed,
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("jobs", "")],
                columns: &[
                    Column::plain("jobId", "/jobId"),
                    Column::plain("status", "/status"),
                    Column::plain("targetSelection", "/targetSelection"),
                    Column::time("createdAt", "/createdAt"),
                    Column::time("lastUpdatedAt", "/lastUpdatedAt"),
                    Column::time("completedAt", "/completedAt"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListJobs", Subject::Job)
        },
        "GET",
        "/jobs",
        "list the jobs of the account",
        ["list-jobs", "list-jobs --status IN_PROGRESS"],
    )
};
