//! ListTagsForResource. <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTagsForResource.html>

use crate::control::declared::arguments::RESOURCE;
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Column, Statement, Subject, Table};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        RESOURCE.at(Place::Query),
        Argument::flag("nextToken", "token", "nextToken of the last answer").at(Place::Query),
    ],
    ..Declared::new(
        About {
            table: Some(&Table {
                lists: &[("tags", "")],
                columns: &[
                    Column::plain("Key", "/Key"),
                    Column::plain("Value", "/Value"),
                ],
            }),
            statements: &[Statement::OptionalTags],
            ..About::reads("ListTagsForResource", Subject::Resource)
        },
        "GET",
        "/tags",
        "list the tags of a job, a thing group, …",
        [
            "list-tags-for-resource job/Job1",
            "list-tags-for-resource thinggroup/attic",
        ],
    )
};
