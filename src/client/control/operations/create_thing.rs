//! CreateThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>

use crate::control::declared::arguments::{ATTRIBUTES, OF_THING_TYPE, THING};
use crate::control::declared::{Declared, Form};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING.form(Form::NewThing),
        OF_THING_TYPE,
        ATTRIBUTES[0],
        ATTRIBUTES[1],
    ],
    ..Declared::new(
        About {
            hints: &[(
                "ResourceNotFoundException",
                "`list-thing-types` lists the thing types of this account and region",
            )],
            statements: &[
                Statement::FindOrCreateThisThing,
                Statement::OptionalChangeThingsAndGroups,
            ],
            ..About::changes("CreateThing", Subject::Thing, "`list-things` shows it")
        },
        "POST",
        "/things/{thingName}",
        "create a thing",
        [
            "create-thing other-thing",
            "create-thing lamp-3 --thing-type lamp --attribute room=attic",
        ],
    )
};
