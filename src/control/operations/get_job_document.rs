//! GetJobDocument. <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>

use aws_sdk_iot::Client;
use clap::Args;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::{JobId, ThingName};

/// show the document of a job
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    visible_alias = "document",
    after_help = "get-job-document Job1\ndocument Job1"
)]
pub struct GetJobDocument {
    /// the id of the job
    #[arg(value_name = "jobId")]
    pub job_id: JobId,
}

pub(crate) const ABOUT: About = About {
    statements: &[Statement::OptionalLookAtAndCancelJobs],
    ..About::reads("GetJobDocument", Subject::Job)
};

impl ControlOperation for GetJobDocument {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.get_job_document() {
            set_job_id: Some(self.job_id.to_string()),
        })
    }
}
