//! DescribeThingGroup. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingGroup.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::THING_GROUP;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING_GROUP],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalJobsOfOtherThingsAndGroups],
            ..About::reads("DescribeThingGroup", Subject::ThingGroup)
        },
        "GET",
        "/thing-groups/{thingGroupName}",
        "show a thing group",
        ["describe-thing-group group-1", "describe-thing-group lamps"],
    )
};
