//! UpdateDynamicThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateDynamicThingGroup.html>

use crate::control::declared::arguments::{
    EXPECTED_VERSION, GROUP_PROPERTIES, MERGE_GROUP_ATTRIBUTES, THING_GROUP,
};
use crate::control::declared::{Argument, Declared, Form};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Regrouping};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_GROUP,
        Argument::flag("queryString", "query", "what its things have in common").form(Form::Free),
        GROUP_PROPERTIES[0].always(),
        GROUP_PROPERTIES[1],
        GROUP_PROPERTIES[2],
        MERGE_GROUP_ATTRIBUTES,
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
        EXPECTED_VERSION,
    ],
    change: |_| PendingChange::Regroups(Regrouping::NewQuery),
    ..Declared::new(
        About {
            hints: &[(
                "InvalidQueryException",
                "correct the query, such as attributes.room:attic or thingName:lamp-*",
            )],
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "UpdateDynamicThingGroup",
                Subject::ThingGroup,
                "`describe-thing-group <group>` shows it",
            )
        },
        "PATCH",
        "/dynamic-thing-groups/{thingGroupName}",
        "change a dynamic thing group",
        [
            "update-dynamic-thing-group attic --query-string attributes.room:cellar",
            "update-dynamic-thing-group attic --description 'all lamps'",
        ],
    )
};
