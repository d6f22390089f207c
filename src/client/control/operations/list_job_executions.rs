//! `list-job-executions`: one command for two operations, each of which has its own file.

use aws_sdk_iot::Client;
use clap::Args;

use crate::argument::ExecutionStatus;
use crate::control::call::PreparedCall;
use crate::control::operation::{About, ControlOperation, JobIds};
use crate::control::operations::list_job_executions_for_job::ListJobExecutionsForJob;
use crate::control::operations::list_job_executions_for_thing::ListJobExecutionsForThing;
use crate::control::page::Page;
use crate::protocol::{JobExecutionStatus, JobId, ThingName};

/// list a job's executions
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(
    visible_alias = "executions",
    aliases = ["list-job-executions-for-job", "list-job-executions-for-thing"],
    after_help = "list-job-executions Job1 --status FAILED\nlist-job-executions --thing other-thing --max-results 10"
)]
pub struct ListJobExecutions {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: Option<JobId>,
    /// only executions on this thing
    #[arg(long, visible_alias = "thing", value_name = "thing")]
    pub thing_name: Option<ThingName>,
    /// only executions of this status
    #[arg(long, value_name = "status", value_parser = ExecutionStatus { offered: &JobExecutionStatus::ALL }, ignore_case = true)]
    pub status: Option<JobExecutionStatus>,
    /// only jobs of this namespace; not with a job id alone
    #[arg(long, value_name = "id")]
    pub namespace_id: Option<String>,
    #[command(flatten)]
    pub page: Page,
}

impl ListJobExecutions {
    /// Whether only a job is named. Otherwise the executions of a thing are listed.
    fn is_of_job(&self) -> bool {
        self.job_id.is_some() && self.thing_name.is_none()
    }

    fn chosen(&self) -> Box<dyn ControlOperation> {
        match (&self.job_id, &self.thing_name) {
            (Some(job_id), None) => Box::new(ListJobExecutionsForJob {
                job_id: job_id.clone(),
                status: self.status,
                page: self.page.clone(),
            }),
            (job_id, thing_name) => Box::new(ListJobExecutionsForThing {
                thing_name: thing_name.clone(),
                job_id: job_id.clone(),
                status: self.status,
                namespace_id: self.namespace_id.clone(),
                page: self.page.clone(),
            }),
        }
    }
}

impl ControlOperation for ListJobExecutions {
    fn about(&self) -> &'static About {
        self.chosen().about()
    }

    fn call(&self, client: &Client, own: &ThingName) -> PreparedCall {
        self.chosen().call(client, own)
    }

    fn check(&self) -> Result<(), String> {
        if self.is_of_job() && self.namespace_id.is_some() {
            return Err("--namespace-id needs --thing: a job is of one namespace".to_owned());
        }
        Ok(())
    }

    fn job_ids(&self) -> JobIds<'_> {
        if self.is_of_job() {
            JobIds::Unchanged
        } else {
            JobIds::Listed
        }
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }
}
