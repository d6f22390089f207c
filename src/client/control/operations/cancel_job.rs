//! CancelJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJob.html>

use crate::control::declared::arguments::JOB;
use crate::control::declared::{Argument, ControlRequest, Declared, Place};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Things};

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["cancel"],
    arguments: &[
        JOB,
        Argument::switch("force", "also cancel executions that are in progress").at(Place::Query),
        Argument::flag("comment", "text", "the reason, in words"),
        Argument::flag("reasonCode", "code", "the reason, as a code of your own"),
    ],
    change,
    ..Declared::new(
        About {
            statements: &[Statement::OptionalLookAtAndChangeJobs],
            ..About::changes("CancelJob", Subject::Job, "`describe-job <jobId>` shows it")
        },
        "PUT",
        "/jobs/{jobId}/cancel",
        "cancel a job",
        [
            "cancel-job Job1",
            "cancel-job Job1 --force --comment 'wrong version'",
        ],
    )
};

fn change(request: &ControlRequest) -> PendingChange<'_> {
    request.ends(Things::All, None, request.has("force"))
}
