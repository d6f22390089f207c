//! UpdateThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThingType.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{THING_TYPE, TYPE_PROPERTIES};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING_TYPE,
        TYPE_PROPERTIES[0],
        TYPE_PROPERTIES[1],
        TYPE_PROPERTIES[2],
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "UpdateThingType",
                Subject::ThingType,
                "`describe-thing-type <type>` shows it",
            )
        },
        "PATCH",
        "/thing-types/{thingTypeName}",
        "change a thing type",
        [
            "update-thing-type lamp --description 'what shines'",
            "update-thing-type lamp --searchable-attribute room",
        ],
    )
};
