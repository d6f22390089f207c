//! The next step after a refusal: one line for each code of AWS and for each common mistake. Pure.

use crate::control::operations;
use crate::control::{About, Subject, is_service_failure};
use crate::protocol::Operation;
use crate::text;

/// The next step after the service failed.
pub(crate) const SERVICE_FAILED: &str = "the service failed; retry in a moment";

/// The next step after a device operation was refused with `code`; `sent_status` is the status of an update. `None` for a code
/// that AWS does not document.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-api.html#jobs-mqtt-error-code>
pub fn of_rejection(
    code: &str,
    operation: &str,
    sent_status: Option<&str>,
) -> Option<&'static str> {
    // AWS: a device may report IN_PROGRESS, FAILED, SUCCEEDED or REJECTED.
    // https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#mqtt-updatejobexecution
    let by_status = match (code, sent_status) {
        ("InvalidRequest" | "InvalidStateTransition", Some("CANCELED")) => Some(
            "a device cannot cancel; cancel as the operator with `cancel-job <jobId>`, or report REJECTED",
        ),
        ("InvalidRequest" | "InvalidStateTransition", Some("QUEUED" | "TIMED_OUT" | "REMOVED")) => {
            Some(
                "only the service sets this status; a device reports SUCCEEDED, IN_PROGRESS, FAILED or REJECTED",
            )
        }
        _ => None,
    };
    by_status.or(match code {
        "InvalidTopic" => Some("the topic is not a topic of AWS IoT Jobs; check the job id"),
        "InvalidJson" => Some("the service could not read the request as JSON; check the details for unusual characters"),
        "InvalidRequest" => Some("the message shows what is not valid; `help COMMAND` lists the arguments"),
        "InvalidStateTransition" => Some(
            "this status change is not allowed (the execution may have ended); `pending` lists the open ones",
        ),
        "ResourceNotFound" => Some("this thing does not have this job execution; `pending` lists the open ones"),
        "VersionMismatch" => Some("the execution has changed; `describe <jobId>` shows the version to expect"),
        "InternalError" => Some(SERVICE_FAILED),
        "RequestThrottled" => Some("too many requests; wait a moment and retry"),
        "TerminalStateReached" if operation == "DescribeJobExecution" => Some(
            "the execution has ended, so the device can no longer see it; the operator can: `describe <jobId> --thing <thing>`",
        ),
        "TerminalStateReached" => Some("the execution has ended; `pending` lists the open ones"),
        _ => None,
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

/// The next step after an operation over HTTP failed with `exception`: an exception of the operation's reference page, or
/// one that all AWS services share.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html#API_CreateJob_Errors>
/// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
pub fn of_exception(exception: &str, operation: &str) -> Option<&'static str> {
    let about = operations::about(operation);
    about
        .and_then(|about| of_operation(exception, about))
        .or_else(|| of_job_exception(exception, operation))
        .or_else(|| of_common_exception(exception))
}

/// The next step after an exception, if it is specific to the operation or its subject.
fn of_operation(exception: &str, about: &About) -> Option<&'static str> {
    let own = about.hints.iter().find(|(name, _)| *name == exception);
    if let Some((_, hint)) = own {
        return Some(hint);
    }
    let is_not_found = exception == "ResourceNotFoundException";
    is_not_found.then(|| not_found(about.subject))
}

fn of_job_exception(exception: &str, operation: &str) -> Option<&'static str> {
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
            "the message shows what is not valid; correct it, and retry"
        }
        ("LimitExceededException", _) => {
            "AWS limits how many jobs are deleted or cancelled at a time; wait until some are done"
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

fn not_found(subject: Subject) -> &'static str {
    match subject {
        Subject::ThingGroup => {
            "the thing group or the thing does not exist; `list-thing-groups` and `list-things` list them"
        }
        Subject::Thing => {
            "the thing does not exist in this account and region; `list-things` lists them"
        }
        Subject::JobTemplate => {
            "`list-job-templates` and `list-managed-job-templates` list the job templates"
        }
        Subject::JobExecution => {
            "the job execution does not exist; `list-job-executions <jobId>` lists them"
        }
        Subject::ThingType => {
            "the thing type does not exist in this account and region; `list-thing-types` lists them"
        }
        Subject::Certificate => {
            "the certificate does not exist in this account and region; `list-certificates` lists them"
        }
        Subject::Policy => {
            "the policy does not exist in this account and region; `list-policies` lists them"
        }
        Subject::Resource => {
            "the resource does not exist; it is named as in job/Job1, or by its ARN"
        }
        Subject::Account => "what the request names does not exist in this account and region",
        Subject::Job => {
            "this job does not exist in this account and region; `list-jobs` lists them"
        }
    }
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
                let hint = of_rejection(code.as_str(), operation, None);
                let hint = hint.unwrap_or_else(|| panic!("{code} of {operation}"));
                assert!(!hint.contains('\n') && !hint.ends_with('.'), "{hint}");
                assert!(hint.chars().count() <= 120, "{hint}");
            }
        }
        assert_eq!(of_rejection("Other", "UpdateJobExecution", None), None);
    }

    #[test]
    fn a_status_that_a_device_may_not_set_has_its_own_hint() {
        let usual = of_rejection("InvalidRequest", "UpdateJobExecution", None);
        for status in JobExecutionStatus::ALL {
            let hint = of_rejection(
                "InvalidRequest",
                "UpdateJobExecution",
                Some(status.as_str()),
            );
            let settable = ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"];
            assert_eq!(
                hint == usual,
                settable.contains(&status.as_str()),
                "{status}"
            );
        }
        let hint = of_rejection("InvalidRequest", "UpdateJobExecution", Some("CANCELED"));
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
            let hint = of_exception(exception, operation);
            let hint = hint.unwrap_or_else(|| panic!("{exception} of {operation}"));
            assert!(!hint.contains('\n') && !hint.ends_with('.'), "{hint}");
            assert!(hint.chars().count() <= 120, "{hint}");
        }
        assert_eq!(of_exception("Other", "CreateJob"), None);
    }
}
