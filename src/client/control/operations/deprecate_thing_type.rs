//! DeprecateThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeprecateThingType.html>

use crate::control::declared::arguments::THING_TYPE;
use crate::control::declared::{Argument, Declared};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_TYPE,
        Argument::switch("undoDeprecate", "allow new things to have it"),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "DeprecateThingType",
                Subject::ThingType,
                "`describe-thing-type <type>` shows it",
            )
        },
        "POST",
        "/thing-types/{thingTypeName}/deprecate",
        "deprecate a thing type: no new thing can have it",
        [
            "deprecate-thing-type lamp",
            "deprecate-thing-type lamp --undo-deprecate",
        ],
    )
};
