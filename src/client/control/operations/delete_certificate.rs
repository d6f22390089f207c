//! DeleteCertificate. <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html>

use crate::control::declared::arguments::CERTIFICATE;
use crate::control::declared::{Argument, Declared, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        CERTIFICATE,
        Argument::switch("forceDelete", "also if policies are attached").at(Place::Query),
    ],
    ..Declared::new(
        About {
            hints: &[
                (
                    "CertificateStateException",
                    "deactivate it first: `update-certificate <certificateId> INACTIVE`",
                ),
                (
                    "DeleteConflictException",
                    "detach what it is attached to: `list-attached-policies`, `list-principal-things` show it",
                ),
            ],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "DeleteCertificate",
                Subject::Certificate,
                "`list-certificates` shows whether it is gone",
            )
        },
        "DELETE",
        "/certificates/{certificateId}",
        "delete a certificate that is not active",
        [
            "delete-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "delete-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a --force-delete",
        ],
    )
};
