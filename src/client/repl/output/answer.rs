//! The result of a command, before any form is chosen. Pure.

use crate::cause::Cause;
use crate::control::{About, ControlError};
use crate::device::{Reply, RequestError};
use crate::protocol::{ErrorCode, EventMessage, Operation, Payload, Verdict};
use crate::repl::output::{hints, render};

/// The line about a request that may have been carried out.
pub(crate) const OUTCOME_UNKNOWN: &str = "\noutcome unknown: it may have been carried out";

/// The result of a command that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Response {
        /// AWS's name of the operation.
        operation: &'static str,
        /// As the service sent it.
        payload: Payload,
    },
    /// What a query has selected from a response.
    Selected {
        /// AWS's name of the operation.
        operation: &'static str,
        payload: Payload,
    },
    /// A text of the program's own, of one or more lines.
    Text(String),
    /// A report of the program's own: lines for people, JSON for programs.
    Report {
        text: String,
        payload: Payload,
    },
    /// The effect of a command that sends nothing, in a line for people; programs do not need it.
    Done(String),
    /// Earlier events.
    Events(Vec<EventMessage>),
    Nothing,
}

/// A command that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    /// AWS's name of the operation, if the command has one.
    pub operation: Option<&'static str>,
    /// AWS's code of the refusal, if it was refused.
    pub code: Option<String>,
    /// The refusal as the device received it.
    pub payload: Option<Payload>,
    /// The lines to show, starting with `error: `, without characters that could control the terminal.
    pub text: String,
    /// If the outcome is unknown, the command that shows whether the request was carried out. It only reads.
    pub ask: Option<String>,
}

/// How a command ended.
pub type Outcome = Result<Answer, Failure>;

impl Failure {
    /// An error of the program's own, with its further lines.
    pub fn new(cause: Cause, error: &dyn std::fmt::Display) -> Self {
        Self {
            cause,
            operation: None,
            code: None,
            payload: None,
            text: render::error(error),
            ask: None,
        }
    }

    /// Adds the command that shows whether the operation was carried out.
    pub fn offer_to_ask(&mut self, operation: &Operation) {
        let ask = hints::of_unknown_outcome(operation);
        self.text.extend(["\nhint: `", &ask, "` shows it"]);
        self.ask = Some(ask);
    }
}

/// The result of a device operation; `status` is the status that an update was to set.
pub fn of_reply(reply: Result<Reply, RequestError>, status: Option<&str>) -> Outcome {
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => {
            let mut failure = Failure::new(error.cause(), &error);
            if let Some(operation) = error.unknown_outcome() {
                failure.offer_to_ask(operation);
            }
            return Err(failure);
        }
    };
    match reply.verdict {
        Verdict::Accepted => Ok(Answer::Response {
            operation: reply.operation.name(),
            payload: reply.payload,
        }),
        Verdict::Rejected => Err(rejected(reply, status)),
    }
}

fn rejected(reply: Reply, status: Option<&str>) -> Failure {
    let operation = reply.operation.name();
    let is_failure = reply.head.code.as_deref() == Some(ErrorCode::InternalError.as_str());
    let is_open = is_failure && reply.operation.is_change();
    let text = if is_open {
        render::failure(operation, reply.payload.text()) + OUTCOME_UNKNOWN
    } else {
        render::rejection(operation, status, reply.payload.text())
    };
    let mut failure = Failure {
        cause: if is_failure {
            Cause::Connection
        } else {
            Cause::Refused
        },
        operation: Some(operation),
        code: reply.head.code,
        text,
        payload: Some(reply.payload),
        ask: None,
    };
    if is_open {
        failure.offer_to_ask(&reply.operation);
    }
    failure
}

/// The result of an operation of the control plane.
pub fn of_control(about: &'static About, body: Result<String, ControlError>) -> Outcome {
    match body {
        Ok(body) => Ok(Answer::Response {
            operation: about.name,
            payload: body.into(),
        }),
        Err(error) => Err(of_control_error(about, error)),
    }
}

/// The failure of an operation of the control plane, and the next step.
pub fn of_control_error(about: &'static About, error: ControlError) -> Failure {
    let operation = about.name;
    let text = match &error {
        ControlError::Refused { code, message, .. } if error.is_service_failure() => {
            let text = render::control_failure(operation, code, message);
            if about.effect.is_change() {
                text + &unknown_outcome(about)
            } else {
                text + "\nhint: " + hints::SERVICE_FAILED
            }
        }
        ControlError::Refused { code, message, .. } => {
            render::control_error(operation, code, message)
        }
        ControlError::NoCredentials(missing) => format!(
            "{}\nhint: {}",
            render::error(&format_args!("{operation} was not sent: {error}")),
            missing.next
        ),
        ControlError::Late { .. }
        | ControlError::Unreachable { .. }
        | ControlError::Broken { .. } => unanswered(about, &error),
    };
    Failure {
        cause: error.cause(),
        operation: Some(operation),
        code: match error {
            ControlError::Refused { code, .. } => Some(code),
            _ => None,
        },
        payload: None,
        text,
        ask: None,
    }
}

/// The failure of an operation that was not sent, because another request that it depends on failed.
pub(crate) fn not_sent(
    operation: &str,
    failed: &'static About,
    error: ControlError,
    what: &str,
) -> Failure {
    let mut failure = of_control_error(failed, error);
    let more = format!("\n{operation} was not sent: it needs {what}");
    let end = failure.text.len();
    let before_hint = failure.text.rfind("\nhint: ").unwrap_or(end);
    failure.text.insert_str(before_hint, &more);
    failure
}

fn unanswered(about: &About, error: &ControlError) -> String {
    let mut text = render::error(&format_args!("{}: {error}", about.name));
    match (error.may_be_done(), about.effect.is_change()) {
        (true, true) => text.push_str(&unknown_outcome(about)),
        (true, false) => {}
        (false, _) => text.push_str("\nit was not sent; `doctor` finds the cause"),
    }
    text
}

/// The lines about an operation of the control plane that may have been carried out.
pub(crate) fn unknown_outcome(about: &About) -> String {
    let hint = about.outcome_check;
    format!("{OUTCOME_UNKNOWN}\nhint: {hint}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::operations;

    #[test]
    fn an_operation_without_an_answer_shows_whether_it_may_have_been_carried_out() {
        let after = Duration::from_secs(2);
        let cause = "connection refused".to_owned();
        let failed = || ControlError::Refused {
            code: "InternalFailureException".to_owned(),
            message: "why".to_owned(),
            status: 500,
        };
        for (operation, error, cause, said) in [
            (
                "CreateJob",
                ControlError::Late { after, sent: true },
                Cause::Timeout,
                "CreateJob: no answer from the control plane within 2s\n\
                 outcome unknown: it may have been carried out\n\
                 hint: `get-pending-job-executions` shows it",
            ),
            (
                "ListJobs",
                ControlError::Late { after, sent: true },
                Cause::Timeout,
                "ListJobs: no answer from the control plane within 2s",
            ),
            (
                "DeleteJob",
                failed(),
                Cause::Connection,
                "DeleteJob failed: InternalFailureException: why\n\
                 outcome unknown: it may have been carried out\n\
                 hint: repeat the command: it is refused with ResourceNotFoundException if the job is gone",
            ),
            (
                "ListJobs",
                failed(),
                Cause::Connection,
                "ListJobs failed: InternalFailureException: why\n\
                 hint: the service failed; retry in a moment",
            ),
            (
                "DeleteJob",
                ControlError::Late { after, sent: false },
                Cause::Timeout,
                "DeleteJob: no answer from the control plane within 2s\n\
                 it was not sent; `doctor` finds the cause",
            ),
            (
                "DeleteJob",
                ControlError::Unreachable { cause, sent: false },
                Cause::Connection,
                "DeleteJob: no answer from the control plane: connection refused\n\
                 it was not sent; `doctor` finds the cause",
            ),
        ] {
            let about = operations::about(operation).expect(operation);
            let failure = of_control_error(about, error);
            assert_eq!(
                (failure.cause, failure.text),
                (cause, format!("error: {said}"))
            );
        }
    }
}
