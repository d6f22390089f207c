//! ListThingPrincipals. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingPrincipals.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::OWN_THING;
use crate::control::operation::{About, Column, Statement, Subject, Table};
use crate::control::page::Paging;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[OWN_THING],
    paging: Some(Paging::Tokens),
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("principals", "")],
                columns: &[Column::of_arn("principal", "")],
            }),
            statements: &[Statement::OptionalSetUpDevices],
            ..About::reads("ListThingPrincipals", Subject::Thing)
        },
        "GET",
        "/things/{thingName}/principals",
        "list the certificates of a thing",
        ["list-thing-principals", "list-thing-principals lamp-2"],
    )
};
