//! The structures of the API that are typed. <https://docs.aws.amazon.com/iot/latest/apireference/API_Types.html>

use crate::control::shape::Shape::{self, Flag, List, Map, Number, Object, Text};

pub(crate) const TIMEOUT: Shape = Object(&[("inProgressTimeoutInMinutes", Number)]);

pub(crate) const ROLLOUT: Shape = Object(&[
    (
        "exponentialRate",
        Object(&[
            ("baseRatePerMinute", Number),
            ("incrementFactor", Number),
            (
                "rateIncreaseCriteria",
                Object(&[
                    ("numberOfNotifiedThings", Number),
                    ("numberOfSucceededThings", Number),
                ]),
            ),
        ]),
    ),
    ("maximumPerMinute", Number),
]);

pub(crate) const ABORT: Shape = Object(&[(
    "criteriaList",
    List(&Object(&[
        ("action", Text),
        ("failureType", Text),
        ("minNumberOfExecutedThings", Number),
        ("thresholdPercentage", Number),
    ])),
)]);

pub(crate) const RETRY: Shape = Object(&[(
    "criteriaList",
    List(&Object(&[
        ("failureType", Text),
        ("numberOfRetries", Number),
    ])),
)]);

pub(crate) const PRESIGNED_URL: Shape = Object(&[("roleArn", Text), ("expiresInSec", Number)]);

pub(crate) const WINDOW: Shape = Object(&[("startTime", Text), ("durationInMinutes", Number)]);

pub(crate) const SCHEDULING: Shape = Object(&[
    ("startTime", Text),
    ("endTime", Text),
    ("endBehavior", Text),
    ("maintenanceWindows", List(&WINDOW)),
]);

pub(crate) const TAG: Shape = Object(&[("Key", Text), ("Value", Text)]);

pub(crate) const TAGS: Shape = List(&TAG);

pub(crate) const ATTRIBUTE_PAYLOAD: Shape = Object(&[("attributes", Map(&Text)), ("merge", Flag)]);

pub(crate) const GROUP_PROPERTIES: Shape = Object(&[
    ("thingGroupDescription", Text),
    ("attributePayload", ATTRIBUTE_PAYLOAD),
]);

pub(crate) const MQTT5: Shape = Object(&[(
    "propagatingAttributes",
    List(&Object(&[
        ("userPropertyKey", Text),
        ("thingAttribute", Text),
        ("connectionAttribute", Text),
    ])),
)]);

pub(crate) const TYPE_PROPERTIES: Shape = Object(&[
    ("thingTypeDescription", Text),
    ("searchableAttributes", List(&Text)),
    ("mqtt5Configuration", MQTT5),
]);

pub(crate) const EVENTS: Shape = Map(&Object(&[("Enabled", Flag)]));

/// The members of a request for a job.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const JOB: Shape = Object(&[
    ("abortConfig", ABORT),
    ("description", Text),
    ("destinationPackageVersions", List(&Text)),
    ("document", Text),
    ("documentParameters", Map(&Text)),
    ("documentSource", Text),
    ("jobExecutionsRetryConfig", RETRY),
    ("jobExecutionsRolloutConfig", ROLLOUT),
    ("jobId", Text),
    ("jobTemplateArn", Text),
    ("namespaceId", Text),
    ("presignedUrlConfig", PRESIGNED_URL),
    ("schedulingConfig", SCHEDULING),
    ("tags", TAGS),
    ("targetSelection", Text),
    ("targets", List(&Text)),
    ("timeoutConfig", TIMEOUT),
]);
