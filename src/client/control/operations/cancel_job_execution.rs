//! CancelJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::DetailArgs;
use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::control::pending_change::{Ending, PendingChange, Things};
use crate::protocol::{JobId, ThingName};

/// cancel one execution of a job
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    after_help = "cancel-job-execution Job1\ncancel-job-execution Job1 --thing other-thing --force"
)]
pub struct CancelJobExecution {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    /// the name of the thing (default: this one)
    #[arg(long, visible_alias = "thing", value_name = "thing")]
    pub thing_name: Option<ThingName>,
    /// also if the execution is in progress
    #[arg(long)]
    pub force: bool,
    /// only if the execution has this version
    #[arg(long, value_name = "version", allow_negative_numbers = true)]
    pub expected_version: Option<i64>,
    #[command(flatten)]
    pub details: DetailArgs,
}

pub(crate) const ABOUT: About = About {
    statements: &[
        Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
    ],
    ..About::changes(
        "CancelJobExecution",
        Subject::JobExecution,
        "`list-job-executions <jobId>` shows it",
    )
};

impl ControlOperation for CancelJobExecution {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Ends(Ending {
            job: &self.job_id,
            things: Things::Certainly(self.thing_name.as_ref()),
            number: None,
            in_progress: true,
        })
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        call!(client.cancel_job_execution() {
            set_job_id: Some(self.job_id.to_string()),
            set_thing_name: Some(self.thing_name.as_ref().unwrap_or(own).to_string()),
            set_force: self.force.then_some(true),
            set_expected_version: self.expected_version,
            set_status_details: self.details.status_details().map(|details| details.into_iter().collect()),
        })
    }
}
