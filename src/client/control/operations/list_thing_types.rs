//! ListThingTypes. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingTypes.html>

use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[Argument::flag(
        "thingTypeName",
        "type",
        "only the thing type with this name",
    )
    .at(Place::Query)
    .or("thing-type")],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("thingTypes", "")],
                columns: &[
                    Column::plain("thingTypeName", "/thingTypeName"),
                    Column::plain("deprecated", "/thingTypeMetadata/deprecated"),
                    Column::time("creationDate", "/thingTypeMetadata/creationDate"),
                    Column::plain("description", "/thingTypeProperties/thingTypeDescription"),
                ],
            }),
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("ListThingTypes", Subject::ThingType)
        },
        "GET",
        "/thing-types",
        "list the thing types of the account",
        ["list-thing-types", "list-thing-types --thing-type lamp"],
    )
};
