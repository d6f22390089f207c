//! DeleteJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, JobIds, Statement, Subject};
use crate::control::pending_change::{Ending, PendingChange, Things};
use crate::protocol::{JobId, ThingName};

/// delete a job
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    visible_aliases = ["delete", "rm"],
    after_help = "delete-job Job1\ndelete-job Job1 --force"
)]
pub struct DeleteJob {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
    /// also delete a job in progress; the prompt asks first
    #[arg(long)]
    pub force: bool,
    /// do not ask
    #[arg(long, requires = "force")]
    pub yes: bool,
}

pub(crate) const ABOUT: About = About {
    hints: &[(
        "InvalidStateTransitionException",
        "a job that has not ended is deleted with `delete-job <jobId> --force`",
    )],
    statements: &[Statement::DeleteJob],
    ..About::changes(
        "DeleteJob",
        Subject::Job,
        "repeat the command: it is refused with ResourceNotFoundException if the job is gone",
    )
};

impl ControlOperation for DeleteJob {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn pending_change(&self) -> PendingChange<'_> {
        PendingChange::Ends(Ending {
            job: &self.job_id,
            things: Things::All,
            number: None,
            in_progress: true,
        })
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.delete_job() {
            set_job_id: Some(self.job_id.to_string()),
            set_force: self.force.then_some(true),
        })
    }

    fn question(&self) -> Option<String> {
        (self.force && !self.yes).then(|| {
            format!(
                "delete {} and all its executions, also those in progress?",
                self.job_id
            )
        })
    }

    fn job_ids(&self) -> JobIds<'_> {
        JobIds::Deleted(&self.job_id)
    }
}
