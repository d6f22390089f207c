//! DescribeEndpoint. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html>

use crate::control::declared::{Argument, Declared, Form, Place};
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[
        Argument::flag("endpointType", "type", "the kind of endpoint")
            .form(Form::Word(&[
                "iot:Data-ATS",
                "iot:CredentialProvider",
                "iot:Jobs",
            ]))
            .at(Place::Query),
    ],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("DescribeEndpoint", Subject::Account)
        },
        "GET",
        "/endpoint",
        "show the host name of the service",
        [
            "describe-endpoint",
            "describe-endpoint --endpoint-type iot:CredentialProvider",
        ],
    )
};
