//! CancelJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::control::pending_change::{Ending, PendingChange, Things};
use crate::protocol::{JobId, ThingName};

/// cancel a job
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    visible_alias = "cancel",
    after_help = "cancel-job Job1\ncancel-job Job1 --force --comment 'wrong version'"
)]
pub struct CancelJob {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    /// also cancel executions that are in progress
    #[arg(long)]
    pub force: bool,
    /// the reason, in words
    #[arg(long, value_name = "text")]
    pub comment: Option<String>,
    /// the reason, as a code of your own
    #[arg(long, value_name = "code")]
    pub reason_code: Option<String>,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalLookAtAndChangeJobs],
    ..About::changes("CancelJob", Subject::Job, "`describe-job <jobId>` shows it")
};

impl ControlOperation for CancelJob {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Ends(Ending {
            job: &self.job_id,
            things: Things::All,
            number: None,
            in_progress: self.force,
        })
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.cancel_job() {
            set_job_id: Some(self.job_id.to_string()),
            set_force: self.force.then_some(true),
            set_comment: self.comment.clone(),
            set_reason_code: self.reason_code.clone(),
        })
    }
}
