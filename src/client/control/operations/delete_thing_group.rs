//! DeleteThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingGroup.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING_GROUP;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_GROUP],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "DeleteThingGroup",
                Subject::ThingGroup,
                "`list-thing-groups` and `list-things-in-thing-group <group>` show it",
            )
        },
        "DELETE",
        "/thing-groups/{thingGroupName}",
        "delete a thing group",
        ["delete-thing-group group-1", "delete-thing-group lamps"],
    )
};
