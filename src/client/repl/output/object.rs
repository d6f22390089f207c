//! Output for programs: one JSON object for everything that is shown. Pure.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::executor::core::Decision;
use crate::protocol::Payload;
use crate::repl::output::answer::{Answer, Failure, Outcome};
use crate::repl::output::notice::{Notice, Wire};
use crate::repl::output::render;

/// The command that an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The number of its first line in the input, from 1.
    pub line: usize,
    /// As typed.
    pub command: &'a str,
}

/// One object. Its members are written in this order.
#[derive(Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum ShownObject<'a> {
    Response {
        line: usize,
        command: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<ShownPayload>,
    },
    Error {
        line: usize,
        command: &'a str,
        cause: &'static str,
        exit_code: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<ShownPayload>,
    },
    Event {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<ShownPayload>,
    },
    Decision(&'a Decision),
    Wire {
        direction: &'static str,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        round_trip_ms: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<ShownPayload>,
    },
}

/// JSON as sent; a text that is not JSON becomes a string.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ShownPayload {
    Json(Box<RawValue>),
    Text(String),
}

impl From<&Payload> for ShownPayload {
    fn from(payload: &Payload) -> Self {
        let shown = render::payload(payload);
        match serde_json::from_str(&shown) {
            Ok(json) => Self::Json(json),
            Err(_) => Self::Text(shown),
        }
    }
}

impl<'a> ShownObject<'a> {
    /// The object for the result of a command; `None` if nothing is to be shown.
    pub(crate) fn of_outcome(origin: Origin<'a>, outcome: &'a Outcome) -> Option<Self> {
        let Origin { line, command } = origin;
        let (operation, text) = match outcome {
            Err(failure) => return Some(Self::of_failure(origin, failure)),
            Ok(Answer::Response { operation, .. } | Answer::Selected { operation, .. }) => {
                (Some(*operation), None)
            }
            Ok(Answer::Text(text)) => (None, Some(text.as_str())),
            Ok(Answer::Report { .. }) => (None, None),
            Ok(Answer::Nothing | Answer::Done(_) | Answer::Events(_)) => return None,
        };
        Some(Self::Response {
            line,
            command,
            operation,
            text,
            payload: payload(outcome),
        })
    }

    fn of_failure(origin: Origin<'a>, failure: &'a Failure) -> Self {
        let text = &failure.text;
        Self::Error {
            line: origin.line,
            command: origin.command,
            cause: failure.cause.as_str(),
            exit_code: failure.cause.exit_code(),
            operation: failure.operation,
            code: failure.code.as_deref(),
            message: text.strip_prefix("error: ").unwrap_or(text),
            payload: failure.payload.as_ref().map(ShownPayload::from),
        }
    }

    /// The object for a notice.
    pub(crate) fn of_notice(notice: &'a Notice) -> Self {
        match notice {
            Notice::Event(event) => Self::Event {
                name: event.name.as_str(),
                message: None,
                payload: Some((&event.payload).into()),
            },
            Notice::Reply { label, outcome } => Self::Event {
                name: "UnexpectedReply",
                message: Some(label.trim_end_matches(':')),
                payload: payload(outcome),
            },
            Notice::Remark { name, text } => Self::Event {
                name,
                message: Some(text),
                payload: None,
            },
            Notice::Decision { decision, .. } => Self::Decision(decision),
            Notice::Wire(wire) => Self::of_wire(wire),
        }
    }

    fn of_wire(wire: &'a Wire) -> Self {
        let ms = |it: std::time::Duration| (it.as_secs_f64() * 1e6).round() / 1e3;
        Self::Wire {
            direction: if wire.is_sent { "sent" } else { "received" },
            name: &wire.what,
            bytes: wire.bytes,
            round_trip_ms: wire.round_trip.map(ms),
            payload: wire.payload.as_ref().map(ShownPayload::from),
        }
    }
}

fn payload(outcome: &Outcome) -> Option<ShownPayload> {
    let payload = match outcome {
        Ok(
            Answer::Response { payload, .. }
            | Answer::Selected { payload, .. }
            | Answer::Report { payload, .. },
        ) => Some(payload),
        Ok(_) => None,
        Err(failure) => failure.payload.as_ref(),
    };
    payload.map(ShownPayload::from)
}
