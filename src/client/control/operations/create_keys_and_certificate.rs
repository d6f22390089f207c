//! CreateKeysAndCertificate. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>

use crate::control::declared::arguments::{CERTIFICATE_FILE, SET_AS_ACTIVE};
use crate::control::declared::{Argument, Declared};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        SET_AS_ACTIVE,
        CERTIFICATE_FILE.required(),
        Argument::new_file(
            "privateKeyOutfile",
            "key",
            "/keyPair/PrivateKey",
            "write the private key, which is not shown, to this new file",
        )
        .required(),
        Argument::new_file(
            "publicKeyOutfile",
            "public-key",
            "/keyPair/PublicKey",
            "write the public key to this new file",
        ),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "CreateKeysAndCertificate",
                Subject::Certificate,
                "`list-certificates` shows it; without its key it is of no use: delete it",
            )
        },
        "POST",
        "/keys-and-certificate",
        "make a key and a certificate for a device",
        [
            "create-keys-and-certificate --set-as-active --cert lamp-2.pem --key lamp-2.key",
            "create-keys-and-certificate --cert lamp-3.pem --key lamp-3.key --public-key lamp-3.pub",
        ],
    )
};
