//! CreateJobTemplate. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJobTemplate.html>

use crate::control::declared::arguments::{
    CONFIGURATIONS, JOB_DOCUMENT, NEW_JOB_TEMPLATE, TAGS, windows,
};
use crate::control::declared::{Argument, Declared, Form};
use crate::control::operation::{About, Statement, Subject};

const SOURCE: Argument = Argument::flag(
    "documentSource",
    "URL",
    "https URL of the document in Amazon S3",
)
.in_place_of("document");

const JOB: Argument = Argument::flag(
    "jobArn",
    "jobId",
    "take the document and configurations of this job",
)
.form(Form::Arn("job"))
.or("job")
.in_place_of("document");

pub(crate) const OPERATION: Declared = Declared {
    arguments: &{
        let [document, edit, from] = JOB_DOCUMENT;
        let [timeout, rollout, abort, retry, presigned] = CONFIGURATIONS;
        [
            NEW_JOB_TEMPLATE,
            document,
            edit,
            from,
            Argument::flag("description", "text", "a description of the job template").required(),
            SOURCE,
            JOB,
            timeout,
            rollout,
            abort,
            retry,
            presigned,
            windows("maintenanceWindows"),
            TAGS,
        ]
    },
    ..Declared::new(
        About {
            hints: &[
                (
                    "ConflictException",
                    "choose another id, or delete that job template first",
                ),
                (
                    "ResourceNotFoundException",
                    "this job does not exist in this account and region; `list-jobs` lists them",
                ),
                (
                    "LimitExceededException",
                    "delete job templates that are no longer needed",
                ),
            ],
            statements: &[Statement::OptionalJobTemplates],
            ..About::changes(
                "CreateJobTemplate",
                Subject::JobTemplate,
                "`list-job-templates` shows it",
            )
        },
        "PUT",
        "/job-templates/{jobTemplateId}",
        "create a job template from a document or a job",
        [
            "create-job-template reboot {\"Todo\":\"Reboot\"} --description 'Reboot a lamp'",
            "create-job-template update-2 --job my-job --description 'As my-job' --timeout 30",
        ],
    )
};
