//! DeleteDynamicThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteDynamicThingGroup.html>

use crate::control::declared::arguments::{EXPECTED_VERSION, THING_GROUP};
use crate::control::declared::{Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_GROUP, EXPECTED_VERSION.at(Place::Query)],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "DeleteDynamicThingGroup",
                Subject::ThingGroup,
                "`list-thing-groups` shows whether it is gone",
            )
        },
        "DELETE",
        "/dynamic-thing-groups/{thingGroupName}",
        "delete a dynamic thing group",
        [
            "delete-dynamic-thing-group attic",
            "delete-dynamic-thing-group attic --expected-version 1",
        ],
    )
};
