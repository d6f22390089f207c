//! The operations on things and thing groups, and on what belongs to the account as a whole.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/iot-thing-management.html>

use crate::service::account_events::EVENT_TYPES;
use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{
    ATTRIBUTE_NAME, ATTRIBUTE_PAYLOAD, ATTRIBUTE_VALUE, GROUP_PROPERTIES, MAX_RESULTS, NAME,
    NEXT_TOKEN, TAG_KEY, TAGS,
};
use crate::service::model::{dynamic_groups, thing_types};

const THING: Member = Member::path("thingName", &NAME);

const GROUP: Member = Member::path("thingGroupName", &NAME);

const EXPECTED_VERSION: Member = Member::query("expectedVersion", &Shape::LONG);

const RECURSIVE: Member = Member::query("recursive", &Shape::Boolean);

const THING_TYPE: Member = Member::body("thingTypeName", &NAME);

const ATTRIBUTES: Member = Member::body("attributePayload", &ATTRIBUTE_PAYLOAD);

const OVERRIDE: Member = Member::body("overrideDynamicGroups", &Shape::Boolean);

/// A thing and a group, each by its name or by its ARN.
const MEMBERSHIP: [Member; 4] = [
    Member::body("thingGroupName", &NAME),
    Member::body("thingGroupArn", &Shape::TEXT),
    Member::body("thingName", &NAME),
    Member::body("thingArn", &Shape::TEXT),
];

const THINGS: &[Operation] = &[
    Operation {
        name: "CreateThing",
        method: "POST",
        path: "/things/{thingName}",
        members: &[
            THING,
            ATTRIBUTES,
            THING_TYPE,
            Member::body("billingGroupName", &NAME).not_emulated(),
        ],
    },
    Operation {
        name: "DescribeThing",
        method: "GET",
        path: "/things/{thingName}",
        members: &[THING],
    },
    Operation {
        name: "UpdateThing",
        method: "PATCH",
        path: "/things/{thingName}",
        members: &[
            THING,
            ATTRIBUTES,
            Member::body("expectedVersion", &Shape::LONG),
            THING_TYPE,
            Member::body("removeThingType", &Shape::Boolean),
        ],
    },
    Operation {
        name: "ListThings",
        method: "GET",
        path: "/things",
        members: &[
            Member::query("attributeName", &ATTRIBUTE_NAME),
            Member::query("attributeValue", &ATTRIBUTE_VALUE),
            Member::query("thingTypeName", &NAME),
            Member::query("usePrefixAttributeValue", &Shape::Boolean),
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "DeleteThing",
        method: "DELETE",
        path: "/things/{thingName}",
        members: &[THING, EXPECTED_VERSION],
    },
    Operation {
        name: "ListThingGroupsForThing",
        method: "GET",
        path: "/things/{thingName}/thing-groups",
        members: &[THING, MAX_RESULTS, NEXT_TOKEN],
    },
];

const GROUPS: &[Operation] = &[
    Operation {
        name: "UpdateThingGroupsForThing",
        method: "PUT",
        path: "/thing-groups/updateThingGroupsForThing",
        members: &[
            Member::body("thingName", &NAME),
            Member::body("thingGroupsToAdd", &Shape::list(&NAME)),
            Member::body("thingGroupsToRemove", &Shape::list(&NAME)),
            OVERRIDE,
        ],
    },
    Operation {
        name: "AddThingToThingGroup",
        method: "PUT",
        path: "/thing-groups/addThingToThingGroup",
        members: &{
            let [group, group_arn, thing, thing_arn] = MEMBERSHIP;
            [group, group_arn, thing, thing_arn, OVERRIDE]
        },
    },
    Operation {
        name: "RemoveThingFromThingGroup",
        method: "PUT",
        path: "/thing-groups/removeThingFromThingGroup",
        members: &MEMBERSHIP,
    },
    Operation {
        name: "CreateThingGroup",
        method: "POST",
        path: "/thing-groups/{thingGroupName}",
        members: &[
            GROUP,
            Member::body("parentGroupName", &NAME),
            Member::body("thingGroupProperties", &GROUP_PROPERTIES),
            Member::body("tags", &TAGS),
        ],
    },
    Operation {
        name: "UpdateThingGroup",
        method: "PATCH",
        path: "/thing-groups/{thingGroupName}",
        members: &[
            GROUP,
            Member::body("thingGroupProperties", &GROUP_PROPERTIES).required(),
            Member::body("expectedVersion", &Shape::LONG),
        ],
    },
    Operation {
        name: "DescribeThingGroup",
        method: "GET",
        path: "/thing-groups/{thingGroupName}",
        members: &[GROUP],
    },
    Operation {
        name: "ListThingGroups",
        method: "GET",
        path: "/thing-groups",
        members: &[
            Member::query("parentGroup", &NAME),
            Member::query("namePrefixFilter", &NAME),
            RECURSIVE,
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "DeleteThingGroup",
        method: "DELETE",
        path: "/thing-groups/{thingGroupName}",
        members: &[GROUP, EXPECTED_VERSION],
    },
    Operation {
        name: "ListThingsInThingGroup",
        method: "GET",
        path: "/thing-groups/{thingGroupName}/things",
        members: &[GROUP, RECURSIVE, MAX_RESULTS, NEXT_TOKEN],
    },
];

const ACCOUNT: &[Operation] = &[
    Operation {
        name: "TagResource",
        method: "POST",
        path: "/tags",
        members: &[
            Member::body("resourceArn", &Shape::TEXT).required(),
            Member::body("tags", &TAGS).required(),
        ],
    },
    Operation {
        name: "UntagResource",
        method: "POST",
        path: "/untag",
        members: &[
            Member::body("resourceArn", &Shape::TEXT).required(),
            Member::body("tagKeys", &Shape::list(&TAG_KEY)).required(),
        ],
    },
    Operation {
        name: "ListTagsForResource",
        method: "GET",
        path: "/tags",
        members: &[
            Member::query("resourceArn", &Shape::TEXT).required(),
            NEXT_TOKEN,
        ],
    },
    Operation {
        name: "UpdateEventConfigurations",
        method: "PATCH",
        path: "/event-configurations",
        members: &[Member::body(
            "eventConfigurations",
            &Shape::map(
                &Shape::Word(&EVENT_TYPES),
                &Shape::Object(&[Member::body("Enabled", &Shape::Boolean)]),
            ),
        )],
    },
    Operation {
        name: "DescribeEventConfigurations",
        method: "GET",
        path: "/event-configurations",
        members: &[],
    },
    Operation {
        name: "DescribeEndpoint",
        method: "GET",
        path: "/endpoint",
        members: &[Member::query("endpointType", &Shape::text(0, 128))],
    },
];

pub(crate) const OPERATIONS: [&[Operation]; 5] = [
    THINGS,
    thing_types::OPERATIONS,
    GROUPS,
    dynamic_groups::OPERATIONS,
    ACCOUNT,
];
