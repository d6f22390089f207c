//! DescribeManagedJobTemplate. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeManagedJobTemplate.html>

use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        Argument::positional("templateName", "template", "the name of the job template")
            .form(Form::Name("jobtemplate")),
        Argument::flag(
            "templateVersion",
            "version",
            "this version, such as 1.0 (default: AWS's choice)",
        )
        .at(Place::Query)
        .or("version"),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalJobTemplates],
            ..About::reads("DescribeManagedJobTemplate", Subject::JobTemplate)
        },
        "GET",
        "/managed-job-templates/{templateName}",
        "show a job template of AWS, and its parameters",
        [
            "describe-managed-job-template AWS-Run-Command",
            "describe-managed-job-template AWS-Download-File --query documentParameters[].key",
        ],
    )
};
