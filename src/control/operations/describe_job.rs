//! DescribeJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::{JobId, ThingName};

/// show a job and its execution counts
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "describe-job Job1\ndescribe-job my-job")]
pub struct DescribeJob {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalLookAtAndCancelJobs],
    ..About::reads("DescribeJob", Subject::Job)
};

impl ControlOperation for DescribeJob {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.describe_job() {
            set_job_id: Some(self.job_id.to_string()),
        })
    }
}
