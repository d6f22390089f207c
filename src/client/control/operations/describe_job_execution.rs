//! DescribeJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobExecution.html>

use aws_sdk_iot::Client;

use crate::control::call::{PreparedCall, call};
use crate::control::operation::{About, ControlOperation, Statement, Subject};
use crate::protocol::{JobId, ThingName};

/// An execution on any thing: `describe-job-execution --thing-name`. Without that flag it is a command of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeJobExecution {
    pub job_id: JobId,
    pub thing_name: ThingName,
    /// The number of the execution; the latest if `None`.
    pub execution_number: Option<i64>,
}

pub(crate) const ABOUT: About = About {
    statements: &[
        Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
        Statement::OptionalJobsOfOtherThingsAndGroups,
    ],
    ..About::reads("DescribeJobExecution", Subject::JobExecution)
};

impl ControlOperation for DescribeJobExecution {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn call(&self, client: &Client, _: &ThingName) -> PreparedCall {
        call!(client.describe_job_execution() {
            set_job_id: Some(self.job_id.to_string()),
            set_thing_name: Some(self.thing_name.to_string()),
            set_execution_number: self.execution_number,
        })
    }
}
