//! GetJobDocument. <https://docs.aws.amazon.com/iot/latest/apireference/API_GetJobDocument.html>

use crate::control::declared::arguments::JOB;
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["document"],
    arguments: &[
        JOB,
        Argument::switch(
            "beforeSubstitution",
            "with placeholders, as its job template has it",
        )
        .at(Place::Query),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalLookAtAndChangeJobs],
            ..About::reads("GetJobDocument", Subject::Job)
        },
        "GET",
        "/jobs/{jobId}/job-document",
        "show the document of a job",
        ["get-job-document Job1", "document Job1"],
    )
};
