//! CreateDynamicThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateDynamicThingGroup.html>

use crate::control::declared::arguments::{GROUP_PROPERTIES, TAGS, THING_GROUP};
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Regrouping};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_GROUP.form(Form::NewName),
        Argument::positional(
            "queryString",
            "query",
            "what its things have in common, such as thingName:lamp-*",
        )
        .form(Form::Free)
        .at(Place::Body),
        GROUP_PROPERTIES[0],
        GROUP_PROPERTIES[1],
        GROUP_PROPERTIES[2],
        Argument::flag(
            "indexName",
            "name",
            "the index that is searched: AWS_Things",
        ),
        Argument::flag(
            "queryVersion",
            "version",
            "the version of the query language",
        ),
        TAGS,
    ],
    change: |_| PendingChange::Regroups(Regrouping::NewGroup),
    ..Declared::new(
        About {
            hints: &[
                (
                    "InvalidQueryException",
                    "correct the query, such as attributes.room:attic or thingName:lamp-*",
                ),
                (
                    "ResourceNotFoundException",
                    "leave out --index-name; the only index is AWS_Things",
                ),
            ],
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "CreateDynamicThingGroup",
                Subject::ThingGroup,
                "`describe-thing-group <group>` shows it",
            )
        },
        "POST",
        "/dynamic-thing-groups/{thingGroupName}",
        "create a group of the things that fit a query",
        [
            "create-dynamic-thing-group attic attributes.room:attic",
            "create-dynamic-thing-group bulbs 'thingTypeName:lamp AND thingName:l*'",
        ],
    )
};
