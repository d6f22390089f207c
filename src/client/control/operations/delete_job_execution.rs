//! DeleteJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobExecution.html>

use crate::control::declared::arguments::{FORCE, JOB, ON_THING};
use crate::control::declared::{Argument, ControlRequest, Declared, Form};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Things};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        JOB,
        ON_THING,
        Argument::positional(
            "executionNumber",
            "executionNumber",
            "the number of the execution, from 1",
        )
        .form(Form::Number),
        FORCE,
    ],
    change,
    ..Declared::new(
        About {
            statements: &[
                Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::changes(
                "DeleteJobExecution",
                Subject::JobExecution,
                "`list-job-executions <jobId>` shows it",
            )
        },
        "DELETE",
        "/things/{thingName}/jobs/{jobId}/executionNumber/{executionNumber}",
        "delete one execution of a job",
        [
            "delete-job-execution Job1 1",
            "delete-job-execution Job1 1 --thing other-thing --force",
        ],
    )
};

fn change(request: &ControlRequest) -> PendingChange<'_> {
    let number = request.values.get("executionNumber");
    let number = number.and_then(serde_json::Value::as_i64);
    request.ends(Things::Perhaps(request.text("thingName")), number, true)
}
