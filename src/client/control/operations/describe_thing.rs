//! DescribeThing. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING],
    ..Declared::new(
        About {
            statements: &[
                Statement::FindOrCreateThisThing,
                Statement::OptionalJobsOfOtherThingsAndGroups,
            ],
            ..About::reads("DescribeThing", Subject::Thing)
        },
        "GET",
        "/things/{thingName}",
        "show a thing",
        ["describe-thing sandbox-thing", "describe-thing lamp-2"],
    )
};
