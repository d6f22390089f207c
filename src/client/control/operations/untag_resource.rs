//! UntagResource. <https://docs.aws.amazon.com/iot/latest/apireference/API_UntagResource.html>

use crate::control::declared::arguments::RESOURCE;
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        RESOURCE.at(Place::Body),
        Argument::positional("tagKeys", "name,…", "the names of the tags")
            .form(Form::Names)
            .at(Place::Body),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalTags],
            ..About::changes(
                "UntagResource",
                Subject::Resource,
                "`list-tags-for-resource <resource>` shows it",
            )
        },
        "POST",
        "/untag",
        "remove tags from a job, a thing group, …",
        [
            "untag-resource job/Job1 team",
            "untag-resource thinggroup/attic team,floor",
        ],
    )
};
