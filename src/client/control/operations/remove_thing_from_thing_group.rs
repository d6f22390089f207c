//! RemoveThingFromThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_RemoveThingFromThingGroup.html>

use crate::control::declared::arguments::{OWN_THING, THING_GROUP};
use crate::control::declared::{Declared, Place};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::PendingChange;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_GROUP.at(Place::Body), OWN_THING.at(Place::Body)],
    change: |request| PendingChange::Follows {
        thing: request.text("thingName"),
        group: request.text("thingGroupName").unwrap_or_default(),
        joins: false,
    },
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "RemoveThingFromThingGroup",
                Subject::ThingGroup,
                "`list-thing-groups` and `list-things-in-thing-group <group>` show it",
            )
        },
        "PUT",
        "/thing-groups/removeThingFromThingGroup",
        "remove a thing from a thing group",
        [
            "remove-thing-from-thing-group group-1",
            "remove-thing-from-thing-group group-1 other-thing",
        ],
    )
};
