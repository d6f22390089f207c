//! What arrives unrequested, before a form is chosen. Pure.

use std::time::Duration;

use crate::device::{Event, LossReason, Reply, Unexpected};
use crate::executor::core::Decision;
use crate::protocol::{EventMessage, Payload};
use crate::repl::output::answer::{self, Outcome};
use crate::text;

/// Something that arrived unrequested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An event of the service.
    Event(EventMessage),
    /// A reply that does not end a command.
    Reply {
        /// How it arrived; ends with a colon.
        label: &'static str,
        outcome: Outcome,
    },
    /// What the agent does, and why.
    Decision {
        decision: Decision,
        /// Whether it was shown before, and has waited for the user since.
        was_announced: bool,
    },
    /// One message of an exchange with the service, shown while `wire` is on.
    Wire(Wire),
    /// A message of the sandbox itself: about the connection, throttling, the tutorial.
    Remark {
        /// One word for it.
        name: &'static str,
        /// The lines to show, without characters that could control the terminal.
        text: String,
    },
}

/// One message of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// Whether it was sent; otherwise it was received.
    pub is_sent: bool,
    /// Its topic, or method and path, or the HTTP status, or that nothing arrived.
    pub what: String,
    /// The sent payload. A received one is shown anyway.
    pub payload: Option<Payload>,
    /// The size of its payload; `None` if nothing arrived.
    pub bytes: Option<usize>,
    /// For a reply: the time since the request was sent. Without a reply: how long it was waited for.
    pub round_trip: Option<Duration>,
}

impl Notice {
    fn remark(name: &'static str, text: String) -> Self {
        Self::Remark { name, text }
    }
}

/// The notice about an event of the connection.
pub(crate) fn of(event: Event) -> Notice {
    match event {
        Event::Message(message) => Notice::Event(message),
        Event::UnexpectedReply { kind, reply } => unexpected(kind, reply),
        Event::ConnectionLost { reason, retrying } => lost(&reason, retrying),
        Event::ReconnectFailed { error } => {
            let error = error.to_string();
            let lines: Vec<_> = error.lines().map(text::sanitize).collect();
            let text = format!("Still not connected: {}", lines.join("\n"));
            Notice::remark("ReconnectFailed", text)
        }
        Event::ConnectedAgain { after } => {
            let text = format!("Reconnected after {} s", after.as_secs());
            Notice::remark("ConnectedAgain", text)
        }
        Event::Missed { count } => {
            let text = format!("({count} events were not shown: too many at once)");
            Notice::remark("Missed", text)
        }
    }
}

fn unexpected(kind: Unexpected, reply: Reply) -> Notice {
    Notice::Reply {
        label: match kind {
            Unexpected::Late => "Received late, after its command had ended:",
            Unexpected::Duplicate => "Received a second time:",
            Unexpected::Unknown => "Received a reply that matches no command of this session:",
        },
        outcome: answer::of_reply(Ok(reply), None),
    }
}

fn lost(reason: &LossReason, retrying: bool) -> Notice {
    let next = match reason {
        LossReason::CutHere { .. } => "reconnecting after that",
        _ if retrying => "reconnecting",
        _ => "the next command reconnects",
    };
    let reason = reason.to_string();
    let text = format!("Connection lost: {}; {next}", text::sanitize(&reason));
    Notice::remark("ConnectionLost", text)
}

/// The notice about a member of a request that the API does not have; it is sent anyway.
pub(crate) fn unknown_member(operation: &str, member: &str) -> Notice {
    let member = text::sanitize(member);
    let text =
        format!("{operation} does not have the member `{member}` in the API; it is sent anyway");
    Notice::remark("UnknownMember", text)
}

/// The notice about a request that is retried after a pause.
pub(crate) fn throttled(operation: &str, pause: Duration) -> Notice {
    let text = format!(
        "{operation} was throttled; retrying in {:.1} s",
        pause.as_secs_f64()
    );
    Notice::remark("Throttled", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_shown_with_what_comes_next() {
        let cut = LossReason::CutHere {
            lasts: Duration::from_secs(30),
        };
        for (reason, retrying, expected) in [
            (
                LossReason::HungUp,
                true,
                "Connection lost: the server hung up; reconnecting",
            ),
            (
                LossReason::HungUp,
                false,
                "Connection lost: the server hung up; the next command reconnects",
            ),
            (
                cut,
                true,
                "Connection lost: cut by the agent's plan for 30s; reconnecting after that",
            ),
        ] {
            let expected = Notice::remark("ConnectionLost", expected.to_owned());
            assert_eq!(lost(&reason, retrying), expected);
        }
    }
}
