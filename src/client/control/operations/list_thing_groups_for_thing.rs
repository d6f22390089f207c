//! ListThingGroupsForThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroupsForThing.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::OWN_THING;
use crate::control::operation::{About, Statement, Subject};
use crate::control::operations::list_thing_groups::GROUPS;
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[OWN_THING],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&GROUPS),
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::reads("ListThingGroupsForThing", Subject::Thing)
        },
        "GET",
        "/things/{thingName}/thing-groups",
        "list the groups of a thing",
        [
            "list-thing-groups-for-thing",
            "list-thing-groups-for-thing lamp-2",
        ],
    )
};
