//! CreateJob. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>

use crate::control::declared::arguments::{
    CONFIGURATIONS, JOB_DOCUMENT, NAMESPACE, SELECTIONS, TAGS, windows,
};
use crate::control::declared::{Argument, ControlRequest, Declared, Form, Place};
use crate::control::operation::{About, JobIds, Statement, Subject};
use crate::control::pending_change::{PendingChange, Starts};
use crate::control::shape;

const NEW_JOB: Argument =
    Argument::positional("jobId", "jobId", "the id of the new job").form(Form::NewJob);

const SOURCE: Argument = Argument::flag(
    "documentSource",
    "URL",
    "https URL of the document in Amazon S3",
)
.form(Form::NewName)
.in_place_of("document");

const TEMPLATE: Argument = Argument::flag(
    "jobTemplateArn",
    "template",
    "make it from this job template: its name or its ARN",
)
.form(Form::Arn("jobtemplate"))
.or("template")
.in_place_of("document")
.not_with(&["document_source"]);

/// The arguments of a document, which a job template has itself.
const OF_DOCUMENT: &[&str] = &["document", "document_source", "edit", "from"];

const PARAMETERS: [Argument; 2] = [
    Argument::flag(
        "documentParameters",
        "name=value",
        "a parameter of a managed job template; can be repeated",
    )
    .form(Form::Pairs)
    .named("parameter")
    .needs("job_template_arn")
    .not_with(OF_DOCUMENT),
    Argument::flag(
        "documentParameters",
        "parameters",
        "the parameters as in the AWS CLI: name=value,… or JSON",
    )
    .form(Form::Map)
    .needs("job_template_arn")
    .not_with(&["parameter"])
    .hidden(),
];

const SELECTION: [Argument; 2] = [
    Argument::switch(
        "targetSelection",
        "also for things that join a target group later",
    )
    .form(Form::WordFor("CONTINUOUS"))
    .named("continuous"),
    Argument::flag(
        "targetSelection",
        "selection",
        "SNAPSHOT, or CONTINUOUS (the same as --continuous)",
    )
    .form(Form::Word(SELECTIONS))
    .not_with(&["continuous"])
    .hidden(),
];

/// The schedule of a job.
const SCHEDULE: [Argument; 5] = [
    Argument::flag("schedulingConfig", "JSON", "the schedule as in the API")
        .form(Form::Structure(shape::SCHEDULING))
        .hidden(),
    Argument::flag(
        "schedulingConfig.startTime",
        "time",
        "when the job starts, in UTC: YYYY-MM-DDTHH:MM",
    )
    .named("start-time"),
    Argument::flag(
        "schedulingConfig.endTime",
        "time",
        "when the job ends, in UTC: YYYY-MM-DDTHH:MM",
    )
    .named("end-time"),
    Argument::flag(
        "schedulingConfig.endBehavior",
        "behavior",
        "what its end does to executions that have not ended",
    )
    .form(Form::Word(&["STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"]))
    .named("end-behavior"),
    windows("schedulingConfig.maintenanceWindows"),
];

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["create"],
    arguments: &{
        let [document, edit, from] = JOB_DOCUMENT;
        let [parameter, parameters] = PARAMETERS;
        let [continuous, selection] = SELECTION;
        let [timeout, rollout, abort, retry, presigned] = CONFIGURATIONS;
        let [schedule, start, end, end_behavior, windows] = SCHEDULE;
        [
            NEW_JOB,
            document,
            edit,
            from,
            SOURCE,
            TEMPLATE,
            parameter,
            parameters,
            Argument::flag(
                "targets",
                "name",
                "target thing or group; can be repeated (default: this thing)",
            )
            .form(Form::Targets)
            .or("target"),
            continuous,
            selection,
            Argument::flag("description", "text", "a description of the job"),
            timeout,
            schedule,
            start,
            end,
            end_behavior,
            windows,
            rollout,
            abort,
            retry,
            presigned,
            TAGS,
            NAMESPACE.at(Place::Body).hidden(),
            Argument::flag(
                "destinationPackageVersions",
                "ARN,…",
                "package versions that the job installs",
            )
            .form(Form::Names)
            .hidden(),
            Argument::flag(
                "with",
                "JSON",
                "further members of the request, as in the API",
            )
            .form(Form::With(shape::JOB))
            .at(Place::Nowhere),
        ]
    },
    change,
    job_ids: |request| {
        request
            .job_id
            .as_ref()
            .map_or(JobIds::Unchanged, JobIds::Created)
    },
    ..Declared::new(
        About {
            hints: &[
                (
                    "ResourceAlreadyExistsException",
                    "choose another job id, or delete that job; if `describe-job <jobId>` shows DELETION_IN_PROGRESS, wait",
                ),
                (
                    "ResourceNotFoundException",
                    "a target or the job template does not exist; `list-things`, `list-thing-groups`, `list-job-templates`",
                ),
                (
                    "LimitExceededException",
                    "delete jobs that are no longer needed, or wait until running deletions end",
                ),
            ],
            statements: &[
                Statement::CreateJobForThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
                Statement::OptionalJobTemplates,
            ],
            ..About::changes(
                "CreateJob",
                Subject::Job,
                "`get-pending-job-executions` shows it",
            )
        },
        "PUT",
        "/jobs/{jobId}",
        "create a job for things or groups",
        [
            "create-job Job1 {\"Todo\":\"Reboot\"}",
            "create Job2 @document.json --target other-thing --target group-1 --timeout 30",
        ],
    )
};

fn change(request: &ControlRequest) -> PendingChange<'_> {
    match (&request.job_id, &request.targets) {
        (Some(job), Some(targets)) => PendingChange::Queues {
            job,
            targets,
            starts: starts(request),
        },
        _ => PendingChange::None,
    }
}

/// An execution is queued at once unless a member delays it.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
fn starts(request: &ControlRequest) -> Starts {
    let is_given = |member: &str| request.has(member) || request.with.contains_key(member);
    let start = request.with.get("schedulingConfig");
    let start = start.or(request.values.get("schedulingConfig"));
    let is_later = start.is_some_and(|schedule| schedule["startTime"].is_string())
        || request.has("schedulingConfig.startTime");
    let may_delay = [
        "schedulingConfig",
        "schedulingConfig.endTime",
        "schedulingConfig.endBehavior",
        "schedulingConfig.maintenanceWindows",
        "jobExecutionsRolloutConfig",
        "jobTemplateArn",
        // Its executions are announced on other topics.
        "namespaceId",
    ];
    if is_later {
        Starts::Later
    } else if may_delay.into_iter().any(is_given) {
        Starts::Perhaps
    } else {
        Starts::AtOnce
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::control::shape::{JOB, unknown_of};
    use crate::protocol::JobId;

    #[test]
    fn an_execution_is_queued_at_once_unless_a_member_says_otherwise() {
        for (with, expected) in [
            (json!({}), Starts::AtOnce),
            (json!({ "tags": [], "abortConfig": {} }), Starts::AtOnce),
            (
                json!({ "schedulingConfig": { "startTime": "2030-01-01T00:00" } }),
                Starts::Later,
            ),
            (
                json!({ "schedulingConfig": { "maintenanceWindows": [] } }),
                Starts::Perhaps,
            ),
            (
                json!({ "jobExecutionsRolloutConfig": { "maximumPerMinute": 1 } }),
                Starts::Perhaps,
            ),
            (json!({ "jobTemplateArn": "arn" }), Starts::Perhaps),
            (json!({ "namespaceId": "n" }), Starts::Perhaps),
        ] {
            let mut create = ControlRequest::new(&OPERATION);
            create.job_id = JobId::new("J").ok();
            create.with = with.as_object().expect("an object").clone();
            assert_eq!(starts(&create), expected, "{with}");
        }
        let mut create = ControlRequest::new(&OPERATION);
        create.set("schedulingConfig.startTime", "2030-01-01T00:00".into());
        assert_eq!(starts(&create), Starts::Later);
        let mut create = ControlRequest::new(&OPERATION);
        create.set("schedulingConfig.endTime", "2030-01-01T00:00".into());
        assert_eq!(starts(&create), Starts::Perhaps);
    }

    #[test]
    fn members_that_the_api_does_not_have_are_found() {
        for (with, expected) in [
            (json!({}), &[][..]),
            (
                json!({ "tags": [{ "Key": "a", "Value": "b" }], "documentParameters": { "x": "y" } }),
                &[],
            ),
            (
                json!({ "foo": 1, "Tags": [], "description": { "x": 1 } }),
                &["foo", "Tags"],
            ),
            (
                json!({ "tags": [{ "key": "a" }, { "key": "b" }], "abortConfig": { "criteria": [] } }),
                &["tags.key", "abortConfig.criteria"],
            ),
            (
                json!({ "jobExecutionsRolloutConfig": { "exponentialRate": { "rateIncreaseCriteria": { "n": 1 } } } }),
                &["jobExecutionsRolloutConfig.exponentialRate.rateIncreaseCriteria.n"],
            ),
            (json!({ "tags": { "Key": 1 }, "timeoutConfig": [1] }), &[]),
        ] {
            let with = with.as_object().expect("an object");
            assert_eq!(unknown_of(with, JOB), expected, "{with:?}");
        }
    }
}
