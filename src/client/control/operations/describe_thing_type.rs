//! DescribeThingType. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingType.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING_TYPE;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_TYPE],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::reads("DescribeThingType", Subject::ThingType)
        },
        "GET",
        "/thing-types/{thingTypeName}",
        "show a thing type",
        [
            "describe-thing-type lamp",
            "describe-thing-type lamp --query thingTypeMetadata",
        ],
    )
};
