//! DeleteJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJob.html>

use crate::control::declared::arguments::JOB;
use crate::control::declared::{Argument, ControlRequest, Declared, Form, Place};
use crate::control::operation::{About, JobIds, Statement, Subject};
use crate::control::pending_change::{PendingChange, Things};

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["delete", "rm"],
    arguments: &[
        JOB,
        Argument::switch(
            "force",
            "also delete a job in progress; the prompt asks first",
        )
        .at(Place::Query),
        Argument::switch("yes", "do not ask")
            .form(Form::Consent)
            .at(Place::Nowhere)
            .needs("force"),
    ],
    change,
    question,
    job_ids: |request| {
        request
            .job_id
            .as_ref()
            .map_or(JobIds::Unchanged, JobIds::Deleted)
    },
    ..Declared::new(
        About {
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
        },
        "DELETE",
        "/jobs/{jobId}",
        "delete a job",
        ["delete-job Job1", "delete-job Job1 --force"],
    )
};

fn change(request: &ControlRequest) -> PendingChange<'_> {
    request.ends(Things::All, None, true)
}

fn question(request: &ControlRequest) -> Option<String> {
    let job = request.job_id.as_ref()?;
    (request.has("force") && !request.has("yes"))
        .then(|| format!("delete {job} and all its executions, also those in progress?"))
}
