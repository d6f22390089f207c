//! DescribeJobExecution. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobExecution.html>

use crate::control::declared::arguments::{JOB, THING};
use crate::control::declared::{Argument, CommandName, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

/// It is typed as `describe-job-execution --thing-name`, a command of the device.
pub(crate) const OPERATION: Declared = Declared {
    command: CommandName::Absent,
    arguments: &[
        JOB,
        THING,
        Argument::flag("executionNumber", "number", "the number of the execution")
            .form(Form::Number)
            .at(Place::Query),
    ],
    ..Declared::new(
        About {
            statements: &[
                Statement::OptionalLookAtAndCancelExecutionsOfThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::reads("DescribeJobExecution", Subject::JobExecution)
        },
        "GET",
        "/things/{thingName}/jobs/{jobId}",
        "show one execution of a job",
        [
            "describe-job-execution Job1 --thing other-thing",
            "describe Job1 --thing other-thing --execution-number 2",
        ],
    )
};
