//! CreateThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingType.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{MQTT5, NEW_THING_TYPE, TAGS, TYPE_PROPERTIES};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        NEW_THING_TYPE,
        TYPE_PROPERTIES[0],
        TYPE_PROPERTIES[1],
        TYPE_PROPERTIES[2],
        MQTT5,
        TAGS,
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "CreateThingType",
                Subject::ThingType,
                "`list-thing-types` shows it",
            )
        },
        "POST",
        "/thing-types/{thingTypeName}",
        "create a thing type",
        [
            "create-thing-type lamp",
            "create-thing-type lamp --description 'what shines' --searchable-attribute room",
        ],
    )
};
