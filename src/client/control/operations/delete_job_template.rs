//! DeleteJobTemplate. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteJobTemplate.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::JOB_TEMPLATE;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[JOB_TEMPLATE],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalJobTemplates],
            ..About::changes(
                "DeleteJobTemplate",
                Subject::JobTemplate,
                "`list-job-templates` shows it",
            )
        },
        "DELETE",
        "/job-templates/{jobTemplateId}",
        "delete a job template; jobs made from it stay",
        ["delete-job-template reboot", "delete-job-template update"],
    )
};
