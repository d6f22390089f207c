//! UpdateJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>

use crate::control::declared::arguments::{CONFIGURATIONS, JOB, NAMESPACE};
use crate::control::declared::{Argument, Declared};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &{
        let [timeout, rollout, abort, retry, presigned] = CONFIGURATIONS;
        [
            JOB,
            Argument::flag("description", "text", "a description of the job"),
            timeout,
            rollout,
            abort,
            retry,
            presigned,
            NAMESPACE,
        ]
    },
    ..Declared::new(
        About {
            statements: &[Statement::OptionalLookAtAndChangeJobs],
            ..About::changes("UpdateJob", Subject::Job, "`describe-job <jobId>` shows it")
        },
        "PATCH",
        "/jobs/{jobId}",
        "change a job that has not ended",
        [
            "update-job Job1 --timeout 30",
            "update-job Job1 --description 'second try' --timeout 60",
        ],
    )
};
