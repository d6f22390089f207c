//! The operations on thing types.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html>

use crate::service::limits::{ATTRIBUTE_NAME_CHARACTERS, DESCRIPTION_CHARACTERS};
use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{ATTRIBUTE_NAME, MAX_RESULTS, NAME, NEXT_TOKEN, TAGS};
use crate::service::pattern::Pattern;

const TYPE: Member = Member::path("thingTypeName", &NAME);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingTypeProperties.html>
const PROPERTIES: Member = Member::body(
    "thingTypeProperties",
    &Shape::Object(&[
        Member::body(
            "thingTypeDescription",
            &Shape::pattern(0, DESCRIPTION_CHARACTERS, Pattern::GRAPH),
        ),
        Member::body("searchableAttributes", &Shape::list(&ATTRIBUTE_NAME)),
        Member::body(
            "mqtt5Configuration",
            &Shape::Object(&[Member::body(
                "propagatingAttributes",
                &Shape::list(&PROPAGATING_ATTRIBUTE),
            )]),
        ),
    ]),
);

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PropagatingAttribute.html>
const PROPAGATING_ATTRIBUTE: Shape = Shape::Object(&[
    Member::body(
        "userPropertyKey",
        &Shape::pattern(0, ATTRIBUTE_NAME_CHARACTERS, Pattern::USER_PROPERTY_KEY),
    ),
    Member::body("thingAttribute", &ATTRIBUTE_NAME),
    Member::body(
        "connectionAttribute",
        &Shape::pattern(0, ATTRIBUTE_NAME_CHARACTERS, Pattern::CONNECTION_ATTRIBUTE),
    ),
]);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateThingType",
        method: "POST",
        path: "/thing-types/{thingTypeName}",
        members: &[TYPE, PROPERTIES, Member::body("tags", &TAGS)],
    },
    Operation {
        name: "DescribeThingType",
        method: "GET",
        path: "/thing-types/{thingTypeName}",
        members: &[TYPE],
    },
    Operation {
        name: "ListThingTypes",
        method: "GET",
        path: "/thing-types",
        members: &[
            NEXT_TOKEN,
            MAX_RESULTS,
            Member::query("thingTypeName", &NAME),
        ],
    },
    Operation {
        name: "UpdateThingType",
        method: "PATCH",
        path: "/thing-types/{thingTypeName}",
        members: &[TYPE, PROPERTIES],
    },
    Operation {
        name: "DeprecateThingType",
        method: "POST",
        path: "/thing-types/{thingTypeName}/deprecate",
        members: &[TYPE, Member::body("undoDeprecate", &Shape::Boolean)],
    },
    Operation {
        name: "DeleteThingType",
        method: "DELETE",
        path: "/thing-types/{thingTypeName}",
        members: &[TYPE],
    },
];
