//! DescribeCertificate. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>

use crate::control::declared::Declared;
use crate::control::declared::arguments::CERTIFICATE;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[CERTIFICATE],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalSetUpDevices],
            ..About::reads("DescribeCertificate", Subject::Certificate)
        },
        "GET",
        "/certificates/{certificateId}",
        "show a certificate and its status",
        [
            "describe-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a",
            "describe-certificate 4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a4f2a --query certificateDescription.status",
        ],
    )
};
