//! The shapes that several operations share.

use crate::service::limits::{
    ATTRIBUTE_NAME_CHARACTERS, ATTRIBUTE_VALUE_CHARACTERS, DESCRIPTION_CHARACTERS,
    JOB_ID_CHARACTERS, PAGE_ENTRIES, STATUS_DETAILS_KEY_CHARACTERS, STATUS_DETAILS_PAIRS,
    STATUS_DETAILS_VALUE_CHARACTERS, TAG_KEY_CHARACTERS, TAG_VALUE_CHARACTERS,
    THING_NAME_CHARACTERS,
};
use crate::service::model::shape::{Member, Shape};
use crate::service::pattern::Pattern;

pub(crate) const JOB_ID: Shape = Shape::pattern(1, JOB_ID_CHARACTERS, Pattern::JOB_ID);

/// The name of a thing, a thing group, a thing type or a billing group.
pub(crate) const NAME: Shape = Shape::pattern(1, THING_NAME_CHARACTERS, Pattern::NAME);

/// The description of a job, and the comment on it.
pub(crate) const COMMENT: Shape = Shape::pattern(0, DESCRIPTION_CHARACTERS, Pattern::NO_CONTROL);

/// "The namespaceId feature is only supported by AWS IoT Greengrass at this time."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) const NAMESPACE_ID: Shape = Shape::pattern(0, usize::MAX, Pattern::JOB_ID);

pub(crate) const TARGET_SELECTION: Shape = Shape::Word(&["CONTINUOUS", "SNAPSHOT"]);

/// The set of `JobExecutionStatus`, in the order in which AWS prints it (recorded session).
pub(crate) const JOB_EXECUTION_STATUS_SET: [&str; 8] = [
    "REMOVED",
    "SUCCEEDED",
    "TIMED_OUT",
    "IN_PROGRESS",
    "QUEUED",
    "CANCELED",
    "FAILED",
    "REJECTED",
];

pub(crate) const EXECUTION_STATUS: Shape = Shape::Word(&JOB_EXECUTION_STATUS_SET);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
pub(crate) const STATUS_DETAILS: Shape = Shape::Map {
    max: STATUS_DETAILS_PAIRS,
    keys: &Shape::pattern(1, STATUS_DETAILS_KEY_CHARACTERS, Pattern::NAME),
    values: &Shape::pattern(1, STATUS_DETAILS_VALUE_CHARACTERS, Pattern::DETAILS_VALUE),
};

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) const ATTRIBUTE_NAME: Shape =
    Shape::pattern(0, ATTRIBUTE_NAME_CHARACTERS, Pattern::ATTRIBUTE_NAME);

pub(crate) const ATTRIBUTE_VALUE: Shape =
    Shape::pattern(0, ATTRIBUTE_VALUE_CHARACTERS, Pattern::ATTRIBUTE_VALUE);

pub(crate) const ATTRIBUTE_PAYLOAD: Shape = Shape::Object(&[
    Member::body("attributes", &Shape::map(&ATTRIBUTE_NAME, &ATTRIBUTE_VALUE)),
    Member::body("merge", &Shape::Boolean),
]);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingGroupProperties.html>
pub(crate) const GROUP_PROPERTIES: Shape = Shape::Object(&[
    Member::body(
        "thingGroupDescription",
        &Shape::pattern(0, DESCRIPTION_CHARACTERS, Pattern::GRAPH),
    ),
    Member::body("attributePayload", &ATTRIBUTE_PAYLOAD),
]);

pub(crate) const TAG_KEY: Shape = Shape::pattern(1, TAG_KEY_CHARACTERS, Pattern::TAG);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
pub(crate) const TAGS: Shape = Shape::list(&Shape::Object(&[
    Member::body("Key", &TAG_KEY).required(),
    Member::body(
        "Value",
        &Shape::pattern(0, TAG_VALUE_CHARACTERS, Pattern::TAG),
    ),
]));

#[expect(clippy::cast_possible_wrap, reason = "250")]
pub(crate) const PAGE_SIZE: Shape = Shape::integer(1, PAGE_ENTRIES as i64);

pub(crate) const MAX_RESULTS: Member = Member::query("maxResults", &PAGE_SIZE);

pub(crate) const NEXT_TOKEN: Member = Member::query("nextToken", &Shape::TEXT);
