//! CreateCertificateFromCsr. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>

use crate::control::declared::arguments::{CERTIFICATE_FILE, SET_AS_ACTIVE};
use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        Argument::positional(
            "certificateSigningRequest",
            "request",
            "the signing request: @ and a PEM file, or @- for stdin",
        )
        .form(Form::File)
        .at(Place::Body),
        SET_AS_ACTIVE,
        CERTIFICATE_FILE,
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "CreateCertificateFromCsr",
                Subject::Certificate,
                "`list-certificates` shows it",
            )
        },
        "POST",
        "/certificates",
        "make a certificate for a key of your own",
        [
            "create-certificate-from-csr @lamp-4.csr --set-as-active",
            "create-certificate-from-csr @lamp-4.csr --set-as-active --cert lamp-4.pem",
        ],
    )
};
