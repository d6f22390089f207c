//! The operations on job templates, those of the account and those that AWS manages.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/job-templates.html>

use crate::service::limits::DOCUMENT_CHARACTERS;
use crate::service::model::jobs::{
    ABORT, ARN, MAINTENANCE_WINDOWS, PRESIGNED_URL, RETRY, ROLLOUT, TIMEOUT,
};
use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{COMMENT, JOB_ID, MAX_RESULTS, NEXT_TOKEN, TAGS};
use crate::service::pattern::Pattern;

const ID: Member = Member::path("jobTemplateId", &JOB_ID);

const MANAGED_NAME: Shape = Shape::text(1, 64);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJobTemplate.html>
const CREATE_JOB_TEMPLATE: &[Member] = &[
    ID,
    Member::body("jobArn", &Shape::TEXT),
    Member::body("documentSource", &Shape::text(1, 1350)),
    Member::body("document", &Shape::text(0, DOCUMENT_CHARACTERS)),
    Member::body("description", &COMMENT).required(),
    Member::body("presignedUrlConfig", &PRESIGNED_URL),
    Member::body("jobExecutionsRolloutConfig", &ROLLOUT),
    Member::body("abortConfig", &ABORT),
    Member::body("timeoutConfig", &TIMEOUT),
    Member::body("tags", &TAGS),
    Member::body("jobExecutionsRetryConfig", &RETRY),
    Member::body("maintenanceWindows", &MAINTENANCE_WINDOWS),
    Member::body("destinationPackageVersions", &Shape::list(&ARN)).not_emulated(),
];

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateJobTemplate",
        method: "PUT",
        path: "/job-templates/{jobTemplateId}",
        members: CREATE_JOB_TEMPLATE,
    },
    Operation {
        name: "DescribeJobTemplate",
        method: "GET",
        path: "/job-templates/{jobTemplateId}",
        members: &[ID],
    },
    Operation {
        name: "ListJobTemplates",
        method: "GET",
        path: "/job-templates",
        members: &[MAX_RESULTS, NEXT_TOKEN],
    },
    Operation {
        name: "DeleteJobTemplate",
        method: "DELETE",
        path: "/job-templates/{jobTemplateId}",
        members: &[ID],
    },
    Operation {
        name: "ListManagedJobTemplates",
        method: "GET",
        path: "/managed-job-templates",
        members: &[
            Member::query("templateName", &MANAGED_NAME),
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "DescribeManagedJobTemplate",
        method: "GET",
        path: "/managed-job-templates/{templateName}",
        members: &[
            Member::path("templateName", &MANAGED_NAME),
            Member::query(
                "templateVersion",
                &Shape::pattern(0, usize::MAX, Pattern::TEMPLATE_VERSION),
            ),
        ],
    },
];
