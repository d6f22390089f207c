//! DetachThingPrincipal. <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::{PRINCIPAL, THING};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[THING, PRINCIPAL],
    ..Declared::new(
        About {
            hints: &[(
                "ResourceNotFoundException",
                "the thing or the certificate does not exist; `list-things`, `list-certificates` list them",
            )],
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "DetachThingPrincipal",
                Subject::Certificate,
                "`list-thing-principals <thing>` shows it",
            )
        },
        "DELETE",
        "/things/{thingName}/principals",
        "detach a certificate from a thing",
        [
            "detach-thing-principal lamp-2 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "detach-thing-principal other-thing 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
        ],
    )
};
