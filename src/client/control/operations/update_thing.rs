//! UpdateThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThing.html>

use crate::control::declared::arguments::{
    ATTRIBUTES, EXPECTED_VERSION, MERGE_ATTRIBUTES, OF_THING_TYPE, THING,
};
use crate::control::declared::{Argument, Declared};
use crate::control::operation::{About, Statement, Subject};
use crate::control::pending_change::{PendingChange, Regrouping};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING,
        OF_THING_TYPE,
        Argument::switch("removeThingType", "remove the thing type of the thing"),
        ATTRIBUTES[0],
        ATTRIBUTES[1],
        MERGE_ATTRIBUTES,
        EXPECTED_VERSION,
    ],
    change: |request| {
        let thing = request.text("thingName").unwrap_or_default();
        PendingChange::Regroups(Regrouping::Thing(thing))
    },
    ..Declared::new(
        About {
            statements: &[Statement::OptionalChangeThingsAndGroups],
            ..About::changes(
                "UpdateThing",
                Subject::Thing,
                "`describe-thing <thing>` shows it",
            )
        },
        "PATCH",
        "/things/{thingName}",
        "change the attributes or the type of a thing",
        [
            "update-thing lamp-2 --attribute room=attic --merge",
            "update-thing lamp-2 --thing-type lamp",
        ],
    )
};
