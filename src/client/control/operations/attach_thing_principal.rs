//! AttachThingPrincipal. <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html>

use crate::control::declared::arguments::{PRINCIPAL, THING};
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        THING,
        PRINCIPAL,
        Argument::flag(
            "thingPrincipalType",
            "type",
            "whether the certificate may have other things",
        )
        .form(Form::Word(&["EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"]))
        .at(Place::Query),
    ],
    ..Declared::new(
        About {
            hints: &[(
                "ResourceNotFoundException",
                "the thing or the certificate does not exist; `list-things`, `list-certificates` list them",
            )],
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "AttachThingPrincipal",
                Subject::Certificate,
                "`list-thing-principals <thing>` shows it",
            )
        },
        "PUT",
        "/things/{thingName}/principals",
        "attach a certificate to a thing",
        [
            "attach-thing-principal lamp-2 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "attach-thing-principal lamp-2 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a --thing-principal-type EXCLUSIVE_THING",
        ],
    )
};
