//! CreateThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html>

use crate::control::declared::arguments::{GROUP_PROPERTIES, TAGS, THING_GROUP};
use crate::control::declared::{Argument, Declared, Form};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_GROUP.form(Form::NewName),
        Argument::flag("parentGroupName", "group", "the group that contains it").or("parent-group"),
        GROUP_PROPERTIES[0],
        GROUP_PROPERTIES[1],
        GROUP_PROPERTIES[2],
        TAGS,
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "CreateThingGroup",
                Subject::ThingGroup,
                "`list-thing-groups` shows it",
            )
        },
        "POST",
        "/thing-groups/{thingGroupName}",
        "create a thing group",
        [
            "create-thing-group group-1",
            "create-thing-group attic --description 'all lamps'",
        ],
    )
};
