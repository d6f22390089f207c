//! DescribeJobTemplate. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeJobTemplate.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::JOB_TEMPLATE;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[JOB_TEMPLATE],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalJobTemplates],
            ..About::reads("DescribeJobTemplate", Subject::JobTemplate)
        },
        "GET",
        "/job-templates/{jobTemplateId}",
        "show a job template",
        [
            "describe-job-template reboot",
            "describe-job-template reboot --query document",
        ],
    )
};
