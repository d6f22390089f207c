//! DescribeJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJob.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::JOB;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[JOB],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalLookAtAndChangeJobs],
            ..About::reads("DescribeJob", Subject::Job)
        },
        "GET",
        "/jobs/{jobId}",
        "show a job and its execution counts",
        ["describe-job Job1", "describe-job my-job"],
    )
};
