//! UpdateEventConfigurations. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateEventConfigurations.html>

use crate::control::declared::{Argument, Declared, Form};
use crate::control::operation::{About, Statement, Subject};
use crate::control::shape;

pub(crate) const OPERATION: Declared = Declared {
    arguments: &[Argument::flag(
        "eventConfigurations",
        "JSON",
        "kinds of events, as in the API",
    )
    .form(Form::Structure(shape::EVENTS))
    .required()],
    ..Declared::new(
        About {
            statements: &[Statement::OptionalCertificatesAndEvents],
            ..About::changes(
                "UpdateEventConfigurations",
                Subject::Account,
                "`describe-event-configurations` shows it",
            )
        },
        "PATCH",
        "/event-configurations",
        "choose the events that the service publishes",
        [
            "update-event-configurations --event-configurations {\"JOB\":{\"Enabled\":true}}",
            "update-event-configurations --event-configurations {\"JOB\":{\"Enabled\":false}}",
        ],
    )
};
