//! RegisterCertificateWithoutCA. <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html>

use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        Argument::positional(
            "certificatePem",
            "certificate",
            "the certificate: @ and a PEM file, or @- for stdin",
        )
        .form(Form::File)
        .at(Place::Body),
        Argument::flag(
            "status",
            "ACTIVE | INACTIVE | REVOKED",
            "its status (default: INACTIVE)",
        )
        .form(Form::Word(&["ACTIVE", "INACTIVE", "REVOKED"])),
    ],
    ..Declared::new(
        About {
            hints: &[
                (
                    "CertificateValidationException",
                    "send one certificate in PEM form: @ and the name of its file",
                ),
                (
                    "CertificateStateException",
                    "it cannot have this status; register it as ACTIVE or INACTIVE",
                ),
                (
                    "ResourceAlreadyExistsException",
                    "it is registered already; `list-certificates` shows it",
                ),
            ],
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "RegisterCertificateWithoutCA",
                Subject::Certificate,
                "`list-certificates` shows it",
            )
        },
        "POST",
        "/certificate/register-no-ca",
        "register a certificate that anyone has signed",
        [
            "register-certificate-without-ca @lamp-5.pem --status ACTIVE",
            "register-certificate-without-ca --certificate-pem @lamp-5.pem",
        ],
    )
};
