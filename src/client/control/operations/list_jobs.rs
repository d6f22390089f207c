//! ListJobs. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>

use aws_sdk_iot::Client;
use aws_sdk_iot::types::{JobStatus, TargetSelection};
use clap::Args;

use crate::argument::OfferedWord;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{
    About, Column, ControlOperation, JobIds, Statement, Subject, Table,
};
use crate::control::page::Page;
use crate::protocol::ThingName;

/// The statuses of a job. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListJobs.html>
const STATUSES: [&str; 5] = [
    "IN_PROGRESS",
    "CANCELED",
    "COMPLETED",
    "DELETION_IN_PROGRESS",
    "SCHEDULED",
];

/// list the jobs of the account
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(
    visible_alias = "jobs",
    after_help = "list-jobs\nlist-jobs --status IN_PROGRESS"
)]
pub struct ListJobs {
    /// only jobs of this status
    #[arg(long, value_name = "status", value_parser = OfferedWord(&STATUSES))]
    pub status: Option<String>,
    /// only jobs of this kind
    #[arg(long, value_name = "selection", value_parser = OfferedWord(&["SNAPSHOT", "CONTINUOUS"]))]
    pub target_selection: Option<String>,
    /// only jobs that target the thing group with this name
    #[arg(long, visible_alias = "thing-group", value_name = "name")]
    pub thing_group_name: Option<String>,
    /// only jobs that target the thing group with this id
    #[arg(long, value_name = "id")]
    pub thing_group_id: Option<String>,
    /// only jobs of this namespace
    #[arg(long, value_name = "id")]
    pub namespace_id: Option<String>,
    #[command(flatten)]
    pub page: Page,
}

pub(crate) const ABOUT: About = About {
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
};

impl ControlOperation for ListJobs {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.list_jobs() {
            set_status: self.status.as_deref().map(JobStatus::from),
            set_target_selection: self.target_selection.as_deref().map(TargetSelection::from),
            set_thing_group_name: self.thing_group_name.clone(),
            set_thing_group_id: self.thing_group_id.clone(),
            set_namespace_id: self.namespace_id.clone(),
        }, page self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Listed
    }
}
