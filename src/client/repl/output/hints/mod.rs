//! The next step after a refusal: one line, by what the message says, or by AWS's code. Pure.
//!
//! | file | what it holds |
//! |---|---|
//! | this one | codes and exceptions |
//! | `missing` | the commands that list what there is in place of what was not found |
//! | `invalid` | the arguments of requests that violate the model |
//! | `refused` | other messages |

mod invalid;
mod missing;
mod refused;

use std::borrow::Cow;

use crate::control::operations;
use crate::control::{About, Subject, is_service_failure};
use crate::protocol::Operation;
use crate::text;

/// The next step after the service failed.
pub(crate) const SERVICE_FAILED: &str = "the service failed; retry in a moment";

/// The next step after a device operation was refused with `code` and `message`; `sent_status` is the status of an update.
/// `None` for a code that AWS does not document.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-api.html#jobs-mqtt-error-code>
pub fn of_rejection(
    code: &str,
    operation: &str,
    sent_status: Option<&str>,
    message: &str,
) -> Option<Cow<'static, str>> {
    let hint = of_status(code, sent_status).map(Cow::Borrowed);
    let hint = hint.or_else(|| invalid::in_message(code, operation, message).map(Cow::Owned));
    hint.or_else(|| {
        let of_message = refused::in_message(operation, message);
        of_message
            .or_else(|| of_code(code, operation))
            .map(Cow::Borrowed)
    })
}

/// The next step after a status was refused that a device may not report: it may report IN_PROGRESS, FAILED, SUCCEEDED or
/// REJECTED. <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution>
fn of_status(code: &str, sent_status: Option<&str>) -> Option<&'static str> {
    Some(match (code, sent_status?) {
        ("InvalidRequest" | "InvalidStateTransition", "CANCELED") => {
            "a device cannot cancel; cancel as the operator with `cancel-job <jobId>`, or report REJECTED"
        }
        ("InvalidRequest" | "InvalidStateTransition", "QUEUED" | "TIMED_OUT" | "REMOVED") => {
            "only the service sets this status; a device reports SUCCEEDED, IN_PROGRESS, FAILED or REJECTED"
        }
        _ => return None,
    })
}

fn of_code(code: &str, operation: &str) -> Option<&'static str> {
    Some(match code {
        "InvalidTopic" => "the topic is not a topic of AWS IoT Jobs; check the job id",
        "InvalidJson" => {
            "the service could not read the request as JSON; check the details for unusual characters"
        }
        "InvalidRequest" => {
            "the message shows what is not valid; `help COMMAND` lists the arguments"
        }
        "InvalidStateTransition" => {
            "this status change is not allowed (the execution may have ended); `pending` lists the open ones"
        }
        "ResourceNotFound" => {
            "this thing does not have this job execution; `pending` lists the open ones"
        }
        "VersionMismatch" => {
            "the execution has changed; `describe <jobId>` shows its current version"
        }
        "InternalError" => SERVICE_FAILED,
        "RequestThrottled" => "too many requests; wait a moment and retry",
        "TerminalStateReached" if operation == "DescribeJobExecution" => {
            "the execution has ended, so the device can no longer see it; the operator can: `describe <jobId> --thing <thing>`"
        }
        "TerminalStateReached" => "the execution has ended; `pending` lists the open ones",
        _ => return None,
    })
}

/// The start of a hint.
const BEGIN: &str = "hint: ";

/// A text whose hints name what is `known` in place of placeholders. Only plain names are filled in; others would need
/// quotes.
pub(crate) fn filled_in(text: &str, known: &[(String, String)]) -> String {
    let plain = known
        .iter()
        .filter(|(_, name)| text::quote(name) == name.as_str());
    let fill = |line: &str| {
        let known = plain.clone();
        known.fold(line.to_owned(), |line, (placeholder, name)| {
            line.replace(placeholder, name)
        })
    };
    let lines = text.split('\n').map(|line| {
        if line.starts_with(BEGIN) {
            fill(line)
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The command that shows whether a device operation without a reply was carried out.
pub fn of_unknown_outcome(operation: &Operation) -> String {
    match operation {
        Operation::UpdateJobExecution(job) => format!("describe-job-execution {job}"),
        _ => "get-pending-job-executions".to_owned(),
    }
}

/// The error, and the next step, if the target of an operation is not found among things and thing groups.
pub(crate) fn of_target(operation: &str, name: &str) -> String {
    format!(
        "{operation} was not sent: the target `{name}` is neither a thing nor a thing group\n\
         hint: `list-things` and `list-thing-groups` list those of this account and region"
    )
}

/// The next step after an operation over HTTP failed with `exception`: an exception of the operation's reference page, or
/// one that all AWS services share.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html#API_CreateJob_Errors>
/// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
pub fn of_exception(exception: &str, operation: &str, message: &str) -> Option<Cow<'static, str>> {
    if let Some(hint) = invalid::in_message(exception, operation, message) {
        return Some(hint.into());
    }
    let is_not_found = exception == "ResourceNotFoundException" || message.ends_with(NOT_FOUND);
    let about = operations::about(operation);
    let hint = refused::in_message(operation, message)
        .or_else(|| missing::in_message(message).filter(|_| is_not_found))
        .or_else(|| about.and_then(|about| of_operation(exception, about)))
        .or_else(|| of_usual_exception(exception, operation))
        .or_else(|| of_common_exception(exception));
    hint.map(Cow::Borrowed)
}

/// The next steps that follow from the words of messages.
pub fn of_messages() -> impl Iterator<Item = &'static str> {
    let missing = missing::KINDS.iter().map(|(_, hint)| *hint);
    missing.chain(refused::all())
}

/// The end of a message about what was not found, also where the operation has no exception for that.
const NOT_FOUND: &str = " cannot be found.";

/// The next step after an exception, if it is specific to the operation or its subject.
fn of_operation(exception: &str, about: &About) -> Option<&'static str> {
    let own = about.hints.iter().find(|(name, _)| *name == exception);
    if let Some((_, hint)) = own {
        return Some(hint);
    }
    match exception {
        "ResourceNotFoundException" => Some(missing::of_subject(about.subject)),
        "ResourceAlreadyExistsException" => of_existing(about.subject),
        "VersionConflictException" => of_version(about.subject),
        _ => None,
    }
}

/// The next step if what a request should create exists.
fn of_existing(subject: Subject) -> Option<&'static str> {
    Some(match subject {
        Subject::Thing => {
            "choose another name; `describe-thing <thing>` shows the thing that has it"
        }
        Subject::ThingType => {
            "choose another name; `describe-thing-type <type>` shows the thing type that has it"
        }
        Subject::ThingGroup => {
            "choose another name; `describe-thing-group <group>` shows the thing group that has it"
        }
        _ => return None,
    })
}

/// The next step if the subject has another version than the request expects.
fn of_version(subject: Subject) -> Option<&'static str> {
    Some(match subject {
        Subject::Thing => "`describe-thing <thing>` shows the current version of the thing",
        Subject::ThingGroup => {
            "`describe-thing-group <group>` shows the current version of the thing group"
        }
        Subject::JobExecution => {
            "`describe-job-execution <jobId> --thing <thing>` shows the current version of the execution"
        }
        _ => return None,
    })
}

fn of_usual_exception(exception: &str, operation: &str) -> Option<&'static str> {
    Some(match (exception, operation) {
        ("InvalidStateTransitionException", "UpdateJobExecution") => {
            "this status change is not allowed; the execution may have ended"
        }
        ("InvalidStateTransitionException", _) => {
            "add --force if it is in progress; what has ended can no longer be cancelled"
        }
        ("TerminalStateException", _) => {
            "the execution has ended, so the device can no longer see it; the operator can"
        }
        ("ResourceAlreadyExistsException", _) => "choose another name",
        ("VersionConflictException" | "ConflictException", _) => {
            "another client is changing it; describe it, and retry"
        }
        ("InvalidRequestException", _) => {
            "the message shows what is not valid; `help COMMAND` lists the arguments"
        }
        ("LimitExceededException", _) => {
            "a quota of AWS IoT has been reached; remove what is no longer needed, or request a higher one"
        }
        ("NotEmulatedException", _) => "`help limitations` lists what the local service leaves out",
        _ => return None,
    })
}

fn of_common_exception(exception: &str) -> Option<&'static str> {
    if is_service_failure(exception) {
        return Some(SERVICE_FAILED);
    }
    Some(match exception {
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" => {
            "too many requests; wait a moment and retry"
        }
        "AccessDeniedException" | "UnauthorizedException" | "NotAuthorized" => {
            "the AWS credentials need a policy that allows this action; `jobs-sandbox policy` prints it"
        }
        "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId" => "the AWS credentials are no longer valid; sign in again",
        "MissingAuthenticationToken" | "MissingAuthenticationTokenException" => {
            "the request was not signed; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "RequestExpired" => {
            "check the secret key and the clock of this machine; `doctor` compares it with the service's"
        }
        "CertificateValidationException" => {
            "the certificate is not valid or not active; `doctor` checks it"
        }
        "OptInRequired" | "SubscriptionRequiredException" => {
            "enable the service or the region in this account first"
        }
        "RequestEntityTooLargeException" => "the request is too large; shorten the document",
        "SerializationException"
        | "MalformedHttpRequestException"
        | "ValidationError"
        | "ValidationException" => {
            "the service could not read the request; the message shows what is not valid"
        }
        "UnknownOperationException" | "InvalidAction" => {
            "this is not an endpoint of AWS IoT; check AWS_ENDPOINT_URL_IOT and AWS_ENDPOINT_URL"
        }
        _ => return None,
    })
}

/// The exceptions that `help errors` lists, each with an operation that has it.
pub const EXCEPTIONS: [(&str, &str); 24] = [
    ("ResourceAlreadyExistsException", "CreateJob"),
    ("ResourceNotFoundException", "DeleteJob"),
    ("InvalidStateTransitionException", "DeleteJob"),
    ("TerminalStateException", "DescribeJobExecution"),
    ("InvalidRequestException", "CreateJob"),
    ("VersionConflictException", "CancelJobExecution"),
    ("ConflictException", "UpdateJobExecution"),
    ("LimitExceededException", "CreateJob"),
    ("ThrottlingException", "CreateJob"),
    ("ServiceUnavailableException", "CreateJob"),
    ("InternalFailureException", "CreateThing"),
    ("AccessDeniedException", "CreateJob"),
    ("UnauthorizedException", "CreateThing"),
    ("ExpiredTokenException", "CreateJob"),
    ("UnrecognizedClientException", "CreateJob"),
    ("MissingAuthenticationTokenException", "CreateJob"),
    ("InvalidSignatureException", "CreateJob"),
    ("CertificateValidationException", "UpdateJobExecution"),
    ("OptInRequired", "CreateJob"),
    ("RequestEntityTooLargeException", "CreateJob"),
    ("SerializationException", "CreateJob"),
    ("ValidationException", "CreateJob"),
    ("UnknownOperationException", "CreateJob"),
    ("NotEmulatedException", "CreateJob"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ErrorCode, JobExecutionStatus};

    #[test]
    fn every_code_has_a_hint_for_every_operation() {
        for code in ErrorCode::ALL {
            for operation in [
                "GetPendingJobExecutions",
                "StartNextPendingJobExecution",
                "DescribeJobExecution",
                "UpdateJobExecution",
            ] {
                let hint = of_rejection(code.as_str(), operation, None, "");
                let hint = hint.unwrap_or_else(|| panic!("{code} of {operation}"));
                assert!(!hint.contains('\n') && !hint.ends_with('.'), "{hint}");
                assert!(hint.chars().count() <= 120, "{hint}");
            }
        }
        assert_eq!(of_rejection("Other", "UpdateJobExecution", None, ""), None);
    }

    #[test]
    fn a_status_that_a_device_may_not_set_has_its_own_hint() {
        let usual = of_rejection("InvalidRequest", "UpdateJobExecution", None, "");
        for status in JobExecutionStatus::ALL {
            let hint = of_rejection(
                "InvalidRequest",
                "UpdateJobExecution",
                Some(status.as_str()),
                "",
            );
            let settable = ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"];
            assert_eq!(
                hint == usual,
                settable.contains(&status.as_str()),
                "{status}"
            );
        }
        let hint = of_rejection("InvalidRequest", "UpdateJobExecution", Some("CANCELED"), "");
        assert!(hint.is_some_and(|hint| hint.contains("cancel-job")));
    }

    #[test]
    fn hints_name_what_is_known() {
        let known = [("<jobId>", "Job1"), ("<thing>", "lamp"), ("<group>", "$x")];
        let known = known.map(|(placeholder, name)| (placeholder.to_owned(), name.to_owned()));
        let text = "error: <jobId>\nhint: `describe <jobId> --thing <thing>`, <group>, <other>";
        let expected = "error: <jobId>\nhint: `describe Job1 --thing lamp`, <group>, <other>";
        assert_eq!(filled_in(text, &known), expected);
    }

    #[test]
    fn every_exception_that_is_listed_has_a_hint() {
        for (exception, operation) in EXCEPTIONS {
            let hint = of_exception(exception, operation, "");
            let hint = hint.unwrap_or_else(|| panic!("{exception} of {operation}"));
            assert!(!hint.contains('\n') && !hint.ends_with('.'), "{hint}");
            assert!(hint.chars().count() <= 120, "{hint}");
        }
        assert_eq!(of_exception("Other", "CreateJob", ""), None);
    }
}
