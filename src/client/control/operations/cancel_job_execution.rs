//! CancelJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>

use crate::control::declared::arguments::{FORCE, JOB, ON_THING, STATUS_DETAILS};
use crate::control::declared::{Argument, ControlRequest, Declared, Form};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Things};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &{
        let [detail, status_details] = STATUS_DETAILS;
        [
            JOB,
            ON_THING,
            FORCE,
            Argument::flag(
                "expectedVersion",
                "version",
                "only if the execution has this version",
            )
            .form(Form::Number),
            detail,
            status_details,
        ]
    },
    change,
    ..Declared::new(
        About {
            statements: &[
                Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::changes(
                "CancelJobExecution",
                Subject::JobExecution,
                "`list-job-executions <jobId>` shows it",
            )
        },
        "PUT",
        "/things/{thingName}/jobs/{jobId}/cancel",
        "cancel one execution of a job",
        [
            "cancel-job-execution Job1",
            "cancel-job-execution Job1 --thing other-thing --force",
        ],
    )
};

fn change(request: &ControlRequest) -> PendingChange<'_> {
    request.ends(Things::Certainly(request.text("thingName")), None, true)
}
