//! The operations on dynamic thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>

use crate::service::model::shape::{Member, Operation, Shape};
use crate::service::model::shapes::{GROUP_PROPERTIES, NAME, TAGS};

const GROUP: Member = Member::path("thingGroupName", &NAME);

const INDEX: Member = Member::body("indexName", &NAME);

const QUERY: Member = Member::body("queryString", &Shape::text(1, usize::MAX));

const VERSION: Member = Member::body("queryVersion", &Shape::TEXT);

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateDynamicThingGroup",
        method: "POST",
        path: "/dynamic-thing-groups/{thingGroupName}",
        members: &[
            GROUP,
            Member::body("thingGroupProperties", &GROUP_PROPERTIES),
            INDEX,
            QUERY.required(),
            VERSION,
            Member::body("tags", &TAGS),
        ],
    },
    Operation {
        name: "UpdateDynamicThingGroup",
        method: "PATCH",
        path: "/dynamic-thing-groups/{thingGroupName}",
        members: &[
            GROUP,
            Member::body("thingGroupProperties", &GROUP_PROPERTIES).required(),
            Member::body("expectedVersion", &Shape::LONG),
            INDEX,
            QUERY,
            VERSION,
        ],
    },
    Operation {
        name: "DeleteDynamicThingGroup",
        method: "DELETE",
        path: "/dynamic-thing-groups/{thingGroupName}",
        members: &[GROUP, Member::query("expectedVersion", &Shape::LONG)],
    },
];
