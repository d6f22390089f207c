//! The operations on jobs and job executions.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-management-control-plane.html>

use crate::service::limits::{DOCUMENT_CHARACTERS, REASON_CODE_CHARACTERS, ROLLOUT_PER_MINUTE};
use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{
    COMMENT, EXECUTION_STATUS, JOB_ID, MAX_RESULTS, NAME, NAMESPACE_ID, NEXT_TOKEN, STATUS_DETAILS,
    TAGS, TARGET_SELECTION,
};
use crate::service::pattern::Pattern;
use crate::service::schedule::EndBehavior;

const ID: Member = Member::path("jobId", &JOB_ID);

const THING: Member = Member::path("thingName", &NAME);

const FORCE: Member = Member::query("force", &Shape::Boolean);

const NAMESPACE: Member = Member::query("namespaceId", &NAMESPACE_ID).not_emulated();

const TARGETS: Shape = Shape::List {
    min: 1,
    max: usize::MAX,
    of: &Shape::text(0, 2048),
};

/// The length of the role has its own message (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PresignedUrlConfig.html>
pub(crate) const PRESIGNED_URL: Shape = Shape::Object(&[
    Member::body("roleArn", &Shape::TEXT),
    Member::body("expiresInSec", &Shape::long(60, 3600)),
]);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_JobExecutionsRolloutConfig.html>
pub(crate) const ROLLOUT: Shape = Shape::Object(&[
    Member::body("maximumPerMinute", &RATE),
    Member::body("exponentialRate", &EXPONENTIAL_RATE),
]);

const RATE: Shape = Shape::integer(1, ROLLOUT_PER_MINUTE);

const COUNT: Shape = Shape::integer(1, i64::MAX);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ExponentialRolloutRate.html>
const EXPONENTIAL_RATE: Shape = Shape::Object(&[
    Member::body("baseRatePerMinute", &RATE).required(),
    Member::body("incrementFactor", &Shape::Number { min: 1.1, max: 5.0 }).required(),
    Member::body(
        "rateIncreaseCriteria",
        &Shape::Object(&[
            Member::body("numberOfNotifiedThings", &COUNT),
            Member::body("numberOfSucceededThings", &COUNT),
        ]),
    )
    .required(),
]);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html>
pub(crate) const ABORT: Shape = Shape::Object(&[Member::body(
    "criteriaList",
    &Shape::List {
        min: 1,
        max: usize::MAX,
        of: &Shape::Object(&[
            Member::body(
                "failureType",
                &Shape::Word(&["FAILED", "REJECTED", "TIMED_OUT", "ALL"]),
            )
            .required(),
            Member::body("action", &Shape::Word(&["CANCEL"])).required(),
            // The model has no minimum: 0 is refused with its own message.
            Member::body(
                "thresholdPercentage",
                &Shape::Number {
                    min: f64::NEG_INFINITY,
                    max: 100.0,
                },
            )
            .required(),
            Member::body("minNumberOfExecutedThings", &COUNT).required(),
        ]),
    },
)
.required()]);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
pub(crate) const RETRY: Shape = Shape::Object(&[Member::body(
    "criteriaList",
    &Shape::List {
        min: 1,
        max: 2,
        of: &Shape::Object(&[
            Member::body("failureType", &Shape::Word(&["FAILED", "TIMED_OUT", "ALL"])).required(),
            Member::body("numberOfRetries", &Shape::integer(0, 10)).required(),
        ]),
    },
)
.required()]);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_TimeoutConfig.html>
pub(crate) const TIMEOUT: Shape =
    Shape::Object(&[Member::body("inProgressTimeoutInMinutes", &Shape::LONG)]);

const TIME: Shape = Shape::text(1, 64);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_MaintenanceWindow.html>
pub(crate) const MAINTENANCE_WINDOWS: Shape = Shape::list(&Shape::Object(&[
    Member::body("startTime", &Shape::text(1, 256)).required(),
    Member::body("durationInMinutes", &Shape::integer(1, 1430)).required(),
]));

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
const SCHEDULING: Shape = Shape::Object(&[
    Member::body("startTime", &TIME),
    Member::body("endTime", &TIME),
    Member::body("endBehavior", &Shape::Word(&EndBehavior::WORDS)),
    Member::body("maintenanceWindows", &MAINTENANCE_WINDOWS),
]);

pub(crate) const ARN: Shape = Shape::pattern(1, 1600, Pattern::ARN);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
const CREATE_JOB: &[Member] = &[
    ID,
    Member::body("jobExecutionsRolloutConfig", &ROLLOUT),
    Member::body("description", &COMMENT),
    Member::body("presignedUrlConfig", &PRESIGNED_URL),
    Member::body("jobExecutionsRetryConfig", &RETRY),
    Member::body("abortConfig", &ABORT),
    Member::body("timeoutConfig", &TIMEOUT),
    Member::body("targetSelection", &TARGET_SELECTION),
    Member::body("tags", &TAGS),
    Member::body("targets", &TARGETS).required(),
    Member::body("document", &Shape::text(0, DOCUMENT_CHARACTERS)),
    Member::body("documentSource", &Shape::text(1, 1350)),
    Member::body("namespaceId", &NAMESPACE_ID).not_emulated(),
    Member::body("jobTemplateArn", &ARN),
    Member::body(
        "documentParameters",
        &Shape::map(
            &Shape::pattern(1, 128, Pattern::JOB_ID),
            &Shape::pattern(1, 30_720, Pattern::NO_CONTROL),
        ),
    ),
    Member::body("schedulingConfig", &SCHEDULING),
    Member::body("destinationPackageVersions", &Shape::list(&ARN)).not_emulated(),
];

/// The order of the first six is that of a recorded session.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateJob.html>
const UPDATE_JOB: &[Member] = &[
    ID,
    Member::body("jobExecutionsRolloutConfig", &ROLLOUT),
    Member::body("description", &COMMENT),
    Member::body("presignedUrlConfig", &PRESIGNED_URL),
    Member::body("jobExecutionsRetryConfig", &RETRY),
    Member::body("abortConfig", &ABORT),
    Member::body("timeoutConfig", &TIMEOUT),
    NAMESPACE,
];

/// GetJobDocument shows the document before or after its parameters are filled in. What DescribeJob shows does not depend on
/// this member: only package versions, which are not emulated, would differ.
const BEFORE_SUBSTITUTION: Member = Member::query("beforeSubstitution", &Shape::Boolean);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateJob",
        method: "PUT",
        path: "/jobs/{jobId}",
        members: CREATE_JOB,
    },
    Operation {
        name: "UpdateJob",
        method: "PATCH",
        path: "/jobs/{jobId}",
        members: UPDATE_JOB,
    },
    Operation {
        name: "AssociateTargetsWithJob",
        method: "POST",
        path: "/jobs/{jobId}/targets",
        members: &[
            ID,
            Member::body("comment", &COMMENT),
            Member::body("targets", &TARGETS).required(),
            NAMESPACE,
        ],
    },
    Operation {
        name: "DescribeJob",
        method: "GET",
        path: "/jobs/{jobId}",
        members: &[ID, BEFORE_SUBSTITUTION],
    },
    Operation {
        name: "ListJobs",
        method: "GET",
        path: "/jobs",
        members: &[
            Member::query(
                "status",
                &Shape::Word(&[
                    "IN_PROGRESS",
                    "CANCELED",
                    "COMPLETED",
                    "DELETION_IN_PROGRESS",
                    "SCHEDULED",
                ]),
            ),
            Member::query("targetSelection", &TARGET_SELECTION),
            Member::query("thingGroupName", &NAME),
            Member::query("thingGroupId", &Shape::pattern(1, 128, Pattern::GROUP_ID)),
            NAMESPACE,
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "CancelJob",
        method: "PUT",
        path: "/jobs/{jobId}/cancel",
        members: &[
            ID,
            Member::body(
                "reasonCode",
                &Shape::pattern(0, REASON_CODE_CHARACTERS, Pattern::REASON_CODE),
            ),
            Member::body("comment", &COMMENT),
            FORCE,
        ],
    },
    Operation {
        name: "DeleteJob",
        method: "DELETE",
        path: "/jobs/{jobId}",
        members: &[ID, FORCE, NAMESPACE],
    },
    Operation {
        name: "GetJobDocument",
        method: "GET",
        path: "/jobs/{jobId}/job-document",
        members: &[ID, BEFORE_SUBSTITUTION],
    },
    Operation {
        name: "ListJobExecutionsForJob",
        method: "GET",
        path: "/jobs/{jobId}/things",
        members: &[
            ID,
            Member::query("status", &EXECUTION_STATUS),
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "ListJobExecutionsForThing",
        method: "GET",
        path: "/things/{thingName}/jobs",
        members: &[
            THING,
            Member::query("status", &EXECUTION_STATUS),
            Member::query("jobId", &JOB_ID),
            NAMESPACE,
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "DescribeJobExecution",
        method: "GET",
        path: "/things/{thingName}/jobs/{jobId}",
        members: &[ID, THING, Member::query("executionNumber", &Shape::LONG)],
    },
    Operation {
        name: "CancelJobExecution",
        method: "PUT",
        path: "/things/{thingName}/jobs/{jobId}/cancel",
        members: &[
            ID,
            THING,
            FORCE,
            Member::body("expectedVersion", &Shape::LONG),
            Member::body("statusDetails", &STATUS_DETAILS),
        ],
    },
    Operation {
        name: "DeleteJobExecution",
        method: "DELETE",
        path: "/things/{thingName}/jobs/{jobId}/executionNumber/{executionNumber}",
        members: &[
            ID,
            THING,
            Member::path("executionNumber", &Shape::LONG),
            FORCE,
            NAMESPACE,
        ],
    },
];
