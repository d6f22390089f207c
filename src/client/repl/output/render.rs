//! The texts that are shown: replies, events, refusals and errors. Pure. None ends with a newline.
//!
//! Everything that comes from the network is shown with [`sanitize`] or [`payload`], so that it cannot control the terminal.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::protocol::{ErrorCode, EventName, Operation, Payload};
use crate::repl::output::hints;
use crate::text::{self, sanitize, sanitize_except};

/// The most characters of a refusal's message or state that are shown.
const MAX_SHOWN_CHARS: usize = 400;

/// The label of a reply: `GetPendingJobExecutionsResponse:`. `operation` is AWS's name for it.
pub fn response_label(operation: &str) -> String {
    format!("{}Response:", response_name(operation))
}

/// The name that the samples and the device SDKs use for an operation's response, without `Response`: the API's name for all
/// but one.
/// <https://aws.github.io/aws-iot-device-sdk-java-v2/software/amazon/awssdk/iot/iotjobs/model/StartNextJobExecutionResponse.html>
fn response_name(operation: &str) -> &str {
    if operation == Operation::StartNextPendingJobExecution.name() {
        "StartNextJobExecution"
    } else {
        operation
    }
}

/// The label of an event: `Received JobExecutionsChanged event:`.
pub fn event_label(name: EventName) -> String {
    format!("Received {name} event:")
}

/// The refusal of a device operation, from its `ErrorResponse`: the refusal, the state of the execution if the service sent
/// it, and the next step. `sent_status` is the status of an update.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-api.html#jobs-mqtt-error-response>
pub fn rejection(operation: &str, sent_status: Option<&str>, payload: &str) -> String {
    let Some(response) = read(payload) else {
        return unread(operation, payload);
    };
    let message = response.message.as_deref().unwrap_or_default();
    let hint = hints::of_rejection(&response.code, operation, sent_status, message);
    with_hint(text_of(operation, &response), hint.as_deref())
}

/// A failure of the service during a device operation, from its `ErrorResponse`, without the next step.
pub fn failure(operation: &str, payload: &str) -> String {
    match read(payload) {
        Some(response) => text_of(operation, &response),
        None => unread(operation, payload),
    }
}

fn read(payload: &str) -> Option<ErrorResponse> {
    serde_json::from_str(payload).ok()
}

/// The refusal if it is not an `ErrorResponse`.
fn unread(operation: &str, payload: &str) -> String {
    let payload = shorten(&sanitize(payload));
    format!("error: {operation} was rejected: {payload}")
}

fn text_of(operation: &str, response: &ErrorResponse) -> String {
    let ErrorResponse {
        code,
        message,
        execution_state,
    } = response;
    let is_failure = code == ErrorCode::InternalError.as_str();
    let what = if is_failure { "failed" } else { "was rejected" };
    let mut text = format!("error: {operation} {what}: {}", sanitize(code));
    if let Some(message) = message {
        text.extend([": ", &shorten(&sanitize(message))]);
    }
    if let Some(state) = execution_state {
        let state = shorten(&sanitize(state.get()));
        text.extend(["\nexecutionState: ", &state]);
    }
    text
}

/// The refusal of a control plane operation: its exception and message as sent.
pub fn control_error(operation: &str, exception: &str, message: &str) -> String {
    let text = exception_text(operation, "was rejected", exception, message);
    let hint = hints::of_exception(exception, operation, message);
    with_hint(text, hint.as_deref())
}

/// A failure of the service during a control plane operation, without the next step.
pub fn control_failure(operation: &str, exception: &str, message: &str) -> String {
    exception_text(operation, "failed", exception, message)
}

fn exception_text(operation: &str, what: &str, exception: &str, message: &str) -> String {
    let message = shorten(&sanitize(message));
    let exception = sanitize(exception);
    format!("error: {operation} {what}: {exception}: {message}")
}

/// An error of the program's own. Its further lines (`usage:`, `hint:`, a caret) are kept; each line is sanitized.
pub fn error(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let lines: Vec<_> = text.lines().map(sanitize).collect();
    format!("error: {}", lines.join("\n"))
}

fn with_hint(text: String, hint: Option<&str>) -> String {
    match hint {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

/// The members of an `ErrorResponse` that are shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorResponse {
    code: String,
    message: Option<String>,
    execution_state: Option<Box<RawValue>>,
}

fn shorten(text: &str) -> String {
    text::shorten(text, MAX_SHOWN_CHARS)
}

/// A payload as received, byte for byte, except that characters that could control the terminal become JSON escapes. Line
/// breaks between the members of valid JSON are kept.
pub fn payload(payload: &Payload) -> String {
    if payload.is_json() {
        json(payload.text())
    } else {
        sanitize(payload.text()).into_owned()
    }
}

/// The same for a text that is JSON.
pub fn json(text: &str) -> String {
    // Valid JSON has no raw control characters in its strings, so these three are white space.
    let lines: Vec<_> = text
        .lines()
        .map(|line| sanitize_except(line, &['\t', '\r']))
        .collect();
    lines.join("\n").replace('\r', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_hidden;

    #[test]
    fn replies_and_events_have_the_labels_of_the_samples() {
        for (operation, label) in [
            (
                "GetPendingJobExecutions",
                "GetPendingJobExecutionsResponse:",
            ),
            (
                "StartNextPendingJobExecution",
                "StartNextJobExecutionResponse:",
            ),
            ("DescribeJobExecution", "DescribeJobExecutionResponse:"),
            ("UpdateJobExecution", "UpdateJobExecutionResponse:"),
            ("CreateJob", "CreateJobResponse:"),
        ] {
            assert_eq!(response_label(operation), label);
        }
        assert_eq!(
            event_label(EventName::JobExecutionsChanged),
            "Received JobExecutionsChanged event:"
        );
    }

    #[test]
    fn json_is_kept_and_cannot_drive_a_terminal() {
        for (sent, expected) in [
            (&b"{\"a\": 1.0}"[..], "{\"a\": 1.0}"),
            (b"{\n\t\"a\": 1\n}", "{\n\t\"a\": 1\n}"),
            (b"{\r\n\"a\"\r: 1}", "{\n\"a\" : 1}"),
            ("\"作業 🚀 \u{301}\"".as_bytes(), "\"作業 🚀 \u{301}\""),
            ("\"\u{7f}\u{9b}2J\"".as_bytes(), "\"\\u007f\\u009b2J\""),
            (
                "\"\u{202e}\u{2066}\u{200b}\"".as_bytes(),
                "\"\\u202e\\u2066\\u200b\"",
            ),
            ("\"\u{e0041}\"".as_bytes(), "\"\\udb40\\udc41\""),
            (b"\"\x1b[2J\"", "\"\\u001b[2J\""),
            (b"no json\nerror: x\x07", "no json\\nerror: x\\u0007"),
            (b"{\"a\": \xff}", "{\"a\": \u{fffd}}"),
            (b"", ""),
        ] {
            assert_eq!(payload(&sent.into()), expected, "{sent:?}");
        }
    }

    #[test]
    fn a_rejection_names_what_why_and_the_next_step() {
        let state = r#"{"status":"SUCCEEDED","versionNumber":3}"#;
        let sent = format!(
            r#"{{"code":"InvalidStateTransition","message":"Can't do\nthat","clientToken":"t","timestamp":1,"executionState":{state}}}"#
        );
        let text = rejection("UpdateJobExecution", Some("IN_PROGRESS"), &sent);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "error: UpdateJobExecution was rejected: InvalidStateTransition: Can't do\\nthat"
        );
        assert_eq!(lines[1], format!("executionState: {state}"));
        assert!(lines[2].starts_with("hint: "), "{text}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn an_unknown_rejection_is_shown_as_it_is() {
        for (payload, expected) in [
            (
                r#"{"code":"Brand\u001bNew","message":"m"}"#,
                "Brand\\u001bNew: m",
            ),
            (r#"{"code":"BrandNew"}"#, "BrandNew"),
            (r#"{"message":"m"}"#, r#"{"message":"m"}"#),
            ("[1\n", "[1\\n"),
            ("", ""),
        ] {
            let text = rejection("DescribeJobExecution", None, payload);
            let expected = format!("error: DescribeJobExecution was rejected: {expected}");
            assert_eq!(text, expected, "{payload}");
        }
    }

    #[test]
    fn a_refusal_is_short_however_long_its_message() {
        let long = "x".repeat(100_000);
        let payload =
            format!(r#"{{"code":"InvalidRequest","message":"{long}","executionState":"{long}"}}"#);
        assert!(rejection("UpdateJobExecution", None, &payload).len() < 1_200);
        assert!(rejection("UpdateJobExecution", None, &long).len() < 600);
        assert!(control_error("CreateJob", "LimitExceededException", &long).len() < 800);
    }

    #[test]
    fn a_control_plane_error_has_its_hint() {
        let text = control_error(
            "DeleteJob",
            "InvalidStateTransitionException",
            "Job is in progress",
        );
        assert_eq!(
            text,
            "error: DeleteJob was rejected: InvalidStateTransitionException: Job is in progress\n\
             hint: a job that has not ended is deleted with `delete-job <jobId> --force`"
        );
    }

    #[test]
    fn an_error_keeps_its_lines() {
        assert_eq!(
            error(&"a\x1b b\n  caret\n  ^"),
            "error: a\\u001b b\n  caret\n  ^"
        );
    }

    proptest! {
        #[test]
        fn nothing_hidden_gets_through(sent in any::<Vec<u8>>(), text in any::<String>()) {
            let sent_text = String::from_utf8_lossy(&sent);
            prop_assert!(!payload(&sent[..].into()).contains(is_hidden) || serde_json::from_slice::<serde_json::Value>(&sent).is_ok());
            prop_assert!(!sanitize(&text).contains(is_hidden));
            prop_assert!(!rejection("X", None, &sent_text).replace('\n', "").contains(is_hidden));
        }

        #[test]
        fn valid_json_stays_the_same_value(text in any::<String>()) {
            let value = serde_json::json!({ text.clone(): [text] });
            let shown = payload(&value.to_string().into());
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(value));
        }
    }
}
