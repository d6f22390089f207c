//! DescribeEventConfigurations. <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEventConfigurations.html>

use crate::control::declared::Declared;
use crate::control::operation::{About, Statement, Subject};

pub(crate) const OPERATION: Declared = Declared {
    ..Declared::new(
        About {
            statements: &[Statement::OptionalListAndFindEndpoint],
            ..About::reads("DescribeEventConfigurations", Subject::Account)
        },
        "GET",
        "/event-configurations",
        "show which events the service publishes",
        [
            "describe-event-configurations",
            "describe-event-configurations --query eventConfigurations.JOB",
        ],
    )
};
