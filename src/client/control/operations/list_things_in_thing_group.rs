//! ListThingsInThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingsInThingGroup.html>

use crate::control::declared::arguments::THING_GROUP;
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_GROUP,
        Argument::switch("recursive", "also list the things in the groups below it")
            .at(Place::Query),
    ],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("things", "")],
                columns: &[Column::plain("thingName", "")],
            }),
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::reads("ListThingsInThingGroup", Subject::ThingGroup)
        },
        "GET",
        "/thing-groups/{thingGroupName}/things",
        "list the things in a thing group",
        [
            "list-things-in-thing-group group-1",
            "list-things-in-thing-group lamps --recursive",
        ],
    )
};
