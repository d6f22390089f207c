//! DeleteJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobExecution.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::control::pending_change::{Ending, PendingChange, Things};
use crate::protocol::{JobId, ThingName};

/// delete one execution of a job
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "delete-job-execution Job1 1\ndelete-job-execution Job1 1 --thing other-thing --force"
)]
pub struct DeleteJobExecution {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    /// the number of the execution, from 1
    #[arg(value_name = "executionNumber", allow_negative_numbers = true)]
    pub execution_number: i64,
    /// the name of the thing (default: this one)
    #[arg(long, visible_alias = "thing", value_name = "thing")]
    pub thing_name: Option<ThingName>,
    /// also if the execution is in progress
    #[arg(long)]
    pub force: bool,
}

pub(crate) const ABOUT: About = About {
    statements: &[
        Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
    ],
    ..About::changes(
        "DeleteJobExecution",
        Subject::JobExecution,
        "`list-job-executions <jobId>` shows it",
    )
};

impl ControlOperation for DeleteJobExecution {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Ends(Ending {
            job: &self.job_id,
            things: Things::Perhaps(self.thing_name.as_ref()),
            number: Some(self.execution_number),
            in_progress: true,
        })
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        call!(client.delete_job_execution() {
            set_job_id: Some(self.job_id.to_string()),
            set_thing_name: Some(self.thing_name.as_ref().unwrap_or(own).to_string()),
            set_execution_number: Some(self.execution_number),
            set_force: self.force.then_some(true),
        })
    }
}
