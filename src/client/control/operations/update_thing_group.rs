//! UpdateThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThingGroup.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{
    EXPECTED_VERSION, GROUP_PROPERTIES, MERGE_GROUP_ATTRIBUTES, THING_GROUP,
};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_GROUP,
        GROUP_PROPERTIES[0].always(),
        GROUP_PROPERTIES[1],
        GROUP_PROPERTIES[2],
        MERGE_GROUP_ATTRIBUTES,
        EXPECTED_VERSION,
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "UpdateThingGroup",
                Subject::ThingGroup,
                "`describe-thing-group <group>` shows it",
            )
        },
        "PATCH",
        "/thing-groups/{thingGroupName}",
        "change a thing group",
        [
            "update-thing-group attic --description 'all lamps'",
            "update-thing-group attic --attribute floor=2 --merge",
        ],
    )
};
