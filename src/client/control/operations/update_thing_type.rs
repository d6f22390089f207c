//! UpdateThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThingType.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{MQTT5, THING_TYPE, TYPE_PROPERTIES};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_TYPE, TYPE_PROPERTIES[0], MQTT5],
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
        "change the MQTT 5 configuration of a thing type",
        [
            "update-thing-type lamp --mqtt5-configuration {\"propagatingAttributes\":[]}",
            "update-thing-type lamp --mqtt5-configuration {\"propagatingAttributes\":[{\"userPropertyKey\":\"room\",\"thingAttribute\":\"room\"}]}",
        ],
    )
};
