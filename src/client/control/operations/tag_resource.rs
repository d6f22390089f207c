//! TagResource. <https://docs.aws.amazon.com/iot/latest/apireference/API_TagResource.html>

use crate::control::declared::arguments::RESOURCE;
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        RESOURCE.at(Place::Body),
        Argument::positional("tags", "name=value,…", "the tags")
            .form(Form::Tags)
            .at(Place::Body),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalTags],
            ..About::changes(
                "TagResource",
                Subject::Resource,
                "`list-tags-for-resource <resource>` shows it",
            )
        },
        "POST",
        "/tags",
        "add tags to a job, a thing group, …",
        [
            "tag-resource job/Job1 team=blue",
            "tag-resource thinggroup/attic team=blue,floor=2",
        ],
    )
};
