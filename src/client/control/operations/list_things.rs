//! ListThings. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThings.html>

use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    aliases: &["things"],
    arguments: &[
        Argument::flag(
            "attributeName",
            "name",
            "only things that have this attribute",
        )
        .at(Place::Query),
        Argument::flag(
            "attributeValue",
            "value",
            "only things whose attribute has this value",
        )
        .at(Place::Query),
        Argument::flag("thingTypeName", "name", "only things of this thing type")
            .at(Place::Query)
            .or("thing-type"),
        Argument::switch(
            "usePrefixAttributeValue",
            "match attribute values by prefix",
        )
        .at(Place::Query)
        .or("use-prefix"),
    ],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("things", "")],
                columns: &[
                    Column::plain("thingName", "/thingName"),
                    Column::plain("thingTypeName", "/thingTypeName"),
                    Column::plain("version", "/version"),
                    Column::plain("attributes", "/attributes"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListThings", Subject::Thing)
        },
        "GET",
        "/things",
        "list the things of the account",
        [
            "list-things",
            "list-things --attribute-name room --attribute-value kitchen",
        ],
    )
};
