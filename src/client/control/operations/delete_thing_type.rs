//! DeleteThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingType.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING_TYPE;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_TYPE],
    ..Declared::new(
        About {
            hints: &[(
                "InvalidRequestException",
                "deprecate it first, wait five minutes, and take it from its things: `deprecate-thing-type <type>`",
            )],
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "DeleteThingType",
                Subject::ThingType,
                "`list-thing-types` shows whether it is gone",
            )
        },
        "DELETE",
        "/thing-types/{thingTypeName}",
        "delete a thing type that is deprecated",
        ["delete-thing-type lamp", "delete-thing-type lamp-2"],
    )
};
