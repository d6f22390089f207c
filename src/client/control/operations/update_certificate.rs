//! UpdateCertificate. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html>

use crate::control::declared::arguments::CERTIFICATE;
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        CERTIFICATE,
        Argument::positional("newStatus", "ACTIVE | INACTIVE | REVOKED", "the new status")
            .form(Form::Word(&["ACTIVE", "INACTIVE", "REVOKED"]))
            .at(Place::Query),
    ],
    ..Declared::new(
        About {
            hints: &[(
                "CertificateStateException",
                "this certificate cannot get that status; `describe-certificate <certificateId>` shows the current one",
            )],
            statements: &[Statement::OptionalSetUpDevices],
            ..About::changes(
                "UpdateCertificate",
                Subject::Certificate,
                "`describe-certificate <certificateId>` shows it",
            )
        },
        "PUT",
        "/certificates/{certificateId}",
        "activate, deactivate or revoke a certificate",
        [
            "update-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a ACTIVE",
            "update-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a INACTIVE",
        ],
    )
};
