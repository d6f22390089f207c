//! DeleteThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING],
    ..Declared::new(
        About {
            hints: &[(
                "InvalidRequestException",
                "detach its certificates first: `list-thing-principals <thing>`, `detach-thing-principal`",
            )],
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes("DeleteThing", Subject::Thing, "`list-things` shows it")
        },
        "DELETE",
        "/things/{thingName}",
        "delete a thing",
        ["delete-thing other-thing", "delete-thing lamp-2"],
    )
};
