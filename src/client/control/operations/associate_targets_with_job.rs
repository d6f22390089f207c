//! AssociateTargetsWithJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_AssociateTargetsWithJob.html>

use crate::control::declared::arguments::{JOB, NAMESPACE};
use crate::control::declared::{Argument, ControlRequest, Declared, Form};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::PendingChange;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        JOB,
        Argument::flag(
            "targets",
            "name",
            "target thing or group; can be repeated (default: this thing)",
        )
        .form(Form::Targets)
        .or("target"),
        Argument::flag("comment", "text", "why the targets are added"),
        NAMESPACE,
    ],
    change,
    ..Declared::new(
        About {
            hints: &[
                (
                    "ResourceNotFoundException",
                    "the job, the thing or the group does not exist; `list-jobs` lists the jobs",
                ),
                (
                    "LimitExceededException",
                    "a job has at most 100 targets; add the things to a group that is a target",
                ),
            ],
            statements: &[
                Statement::OptionalLookAtAndChangeJobs,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::changes(
                "AssociateTargetsWithJob",
                Subject::Job,
                "`list-job-executions <jobId>` shows it",
            )
        },
        "POST",
        "/jobs/{jobId}/targets",
        "add targets to a continuous job",
        [
            "associate-targets-with-job Job1 --target group-1",
            "associate-targets-with-job Job1 --target lamp-2 --comment 'new lamp'",
        ],
    )
};

/// Those that do not have an execution of the job get one.
fn change(request: &ControlRequest) -> PendingChange<'_> {
    match (&request.job_id, &request.targets) {
        (Some(job), Some(targets)) => PendingChange::Extends { job, targets },
        _ => PendingChange::None,
    }
}
