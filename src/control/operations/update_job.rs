//! UpdateJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>

use crate::control::declared::arguments::{JOB, NAMESPACE};
use crate::control::declared::{Argument, Declared, Form};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        JOB,
        Argument::flag("description", "text", "a description of the job"),
        Argument::flag(
            "timeoutConfig.inProgressTimeoutInMinutes",
            "minutes",
            "minutes that an execution may be in progress, 1 to 10080",
        )
        .form(Form::Minutes)
        .named("timeout-config")
        .or("timeout"),
        Argument::flag(
            "jobExecutionsRolloutConfig",
            "JSON",
            "how fast the job reaches its targets",
        )
        .form(Form::Object)
        .or("rollout-config"),
        Argument::flag("abortConfig", "JSON", "when the job is cancelled").form(Form::Object),
        Argument::flag(
            "jobExecutionsRetryConfig",
            "JSON",
            "how often a failed execution is retried",
        )
        .form(Form::Object)
        .or("retry-config"),
        Argument::flag(
            "presignedUrlConfig",
            "JSON",
            "how URLs in the document are presigned",
        )
        .form(Form::Object),
        NAMESPACE,
    ],
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
