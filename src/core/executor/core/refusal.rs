//! Refusals of the service: what they mean, and in words.

use serde_json::Value;

use crate::protocol::ErrorCode;

/// The code of a refusal; empty if it has none.
pub(super) fn code_in(payload: &Value) -> &str {
    payload["code"].as_str().unwrap_or_default()
}

/// Whether the execution is over for the service, or is gone.
pub(super) fn is_over(code: &str) -> bool {
    is_one_of(
        code,
        &[
            ErrorCode::InvalidStateTransition,
            ErrorCode::TerminalStateReached,
            ErrorCode::ResourceNotFound,
        ],
    )
}

/// Whether the request itself is wrong, so that a retry is refused as well.
pub(super) fn is_invalid(code: &str) -> bool {
    is_one_of(
        code,
        &[
            ErrorCode::InvalidRequest,
            ErrorCode::InvalidJson,
            ErrorCode::InvalidTopic,
        ],
    )
}

fn is_one_of(code: &str, codes: &[ErrorCode]) -> bool {
    codes.iter().any(|known| known.as_str() == code)
}

/// What became of an execution, as a refusal says.
pub(super) fn fate(payload: &Value) -> String {
    let status = payload["executionState"]["status"].as_str();
    match status {
        Some("CANCELED") => "it was cancelled at the service".to_owned(),
        Some("TIMED_OUT") => "it timed out at the service".to_owned(),
        Some("REMOVED") => "the thing was removed from the targets of the job".to_owned(),
        Some(status @ ("SUCCEEDED" | "FAILED" | "REJECTED")) => {
            format!("another client has reported it as {status}")
        }
        _ if code_in(payload) == ErrorCode::ResourceNotFound.as_str() => {
            "the job was deleted".to_owned()
        }
        _ => reason_in(payload),
    }
}

/// Why a request was refused.
pub(super) fn reason_in(payload: &Value) -> String {
    let message = payload["message"].as_str().unwrap_or_default();
    match (code_in(payload), message) {
        ("", "") => "the service rejected the request".to_owned(),
        (code, "") => format!("the service rejected the request ({code})"),
        ("", message) => message.to_owned(),
        (code, message) => format!("{message} ({code})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        for code in ErrorCode::ALL {
            let code = code.as_str();
            let expected = match code {
                "InvalidStateTransition" | "TerminalStateReached" | "ResourceNotFound" => {
                    (true, false)
                }
                "InvalidRequest" | "InvalidJson" | "InvalidTopic" => (false, true),
                _ => (false, false),
            };
            assert_eq!((is_over(code), is_invalid(code)), expected, "{code}");
        }
    }

    #[test]
    fn refusals_are_put_in_words() {
        let state = |status: &str| json!({ "executionState": { "status": status } });
        for (payload, expected) in [
            (state("CANCELED"), "it was cancelled at the service"),
            (state("TIMED_OUT"), "it timed out at the service"),
            (
                state("REMOVED"),
                "the thing was removed from the targets of the job",
            ),
            (state("FAILED"), "another client has reported it as FAILED"),
            (
                state("SUCCEEDED"),
                "another client has reported it as SUCCEEDED",
            ),
            (
                state("REJECTED"),
                "another client has reported it as REJECTED",
            ),
            (
                json!({ "code": "ResourceNotFound", "message": "Job a not found for b" }),
                "the job was deleted",
            ),
            (json!({ "code": "X", "message": "m" }), "m (X)"),
            (json!({ "message": "m" }), "m"),
            (
                json!({ "code": "X" }),
                "the service rejected the request (X)",
            ),
            (json!({}), "the service rejected the request"),
        ] {
            assert_eq!(fate(&payload), expected, "{payload}");
        }
    }
}
