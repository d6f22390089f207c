//! ListThingGroups. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroups.html>

use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

/// Thing groups, as lists of them show them.
pub(crate) const GROUPS: Table = Table {
    lists: &[("thingGroups", "")],
    columns: &[
        Column::plain("groupName", "/groupName"),
        Column::plain("groupArn", "/groupArn"),
    ],
};

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["groups"],
    arguments: &[
        Argument::flag("parentGroup", "group", "only groups below this one").at(Place::Query),
        Argument::flag(
            "namePrefixFilter",
            "text",
            "only groups whose name starts with this",
        )
        .at(Place::Query)
        .or("name-prefix"),
        Argument::switch("recursive", "also list the groups below those")
            .at(Place::Query)
            .not_with(&["no_recursive"]),
        Argument::switch("recursive", "do not list the groups below those")
            .form(Form::Off)
            .at(Place::Query)
            .named("no-recursive"),
    ],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&GROUPS),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListThingGroups", Subject::ThingGroup)
        },
        "GET",
        "/thing-groups",
        "list the thing groups of the account",
        [
            "list-thing-groups",
            "list-thing-groups --name-prefix lamps --no-recursive",
        ],
    )
};
