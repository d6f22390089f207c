//! Output for people: labels, JSON, messages and remarks, in lines that fit. Pure.

use crate::executor::core::Decision;
use crate::protocol::{EventMessage, Payload};
use crate::redact;
use crate::repl::columns::columns_of;
use crate::repl::output::form::{Form, Style, WAITS_THEN};
use crate::repl::output::notice::Wire;
use crate::repl::output::{fold, json_text, render};
use crate::text;

/// The indentation of the service's messages on a terminal, so that labels, errors and remarks stand out.
const INDENT: usize = 2;

/// The colours of labels, from the sixteen of every theme, dark or light: green, yellow and cyan are hard to read on white,
/// and blue on black.
const RESPONSE: &str = "1";
const EVENT: &str = "1;35";
const DECISION: &str = "1";

/// What stands before a decision.
const AGENT: &str = "agent";

/// The possible starts of a message's lines, each with its colour.
const SIGNS: [(&str, &str); 2] = [("error:", "1;31"), ("hint:", "1")];

/// What a line begins with that shows the state of an execution.
const STATE: &str = "executionState: ";

impl Style {
    /// A response of the service.
    pub(crate) fn response(self, operation: &str, payload: &Payload) -> String {
        self.labelled(&render::response_label(operation), RESPONSE, payload)
    }

    /// An event of the service.
    pub(crate) fn event(self, event: &EventMessage) -> String {
        self.labelled(&render::event_label(event.name), EVENT, &event.payload)
    }

    /// A decision of the agent. What it has said before need not be explained once more.
    pub(crate) fn decision(self, decision: &Decision, was_announced: bool) -> String {
        let does = text::sanitize(&decision.does);
        let cause = text::sanitize(&decision.cause);
        let text = match (decision.waits, was_announced) {
            (true, _) => format!("{WAITS_THEN}{does}: {cause}"),
            (false, true) => does.into_owned(),
            (false, false) => format!("{does}: {cause}"),
        };
        let line = format!("{AGENT}  {text}");
        let lines = match self.width {
            Some(width) => fold::fold(&line, width),
            None => line,
        };
        self.painted(AGENT, DECISION) + &lines[AGENT.len()..]
    }

    /// A label in its colour, and the payload below it.
    fn labelled(self, label: &str, color: &str, payload: &Payload) -> String {
        let margin = if self.width.is_some() { INDENT } else { 0 };
        let label = self.painted(label, color);
        format!("{label}\n{}", self.payload(payload, margin))
    }

    fn painted(self, text: &str, color: &str) -> String {
        if self.color {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// A failure, whose lines are distinguished by their first word.
    pub(crate) fn failure(self, text: &str) -> String {
        let text = self.message(text);
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let sign = SIGNS.iter().find(|(sign, _)| line.starts_with(sign));
                sign.map_or_else(
                    || line.to_owned(),
                    |(sign, color)| self.painted(sign, color) + &line[sign.len()..],
                )
            })
            .collect();
        lines.join("\n")
    }

    /// A payload, indented.
    pub(crate) fn payload(self, payload: &Payload, margin: usize) -> String {
        let shown = render::payload(payload);
        if payload.is_json() {
            format!("{:margin$}{}", "", self.json(&shown, margin, margin))
        } else {
            self.message(&shown)
        }
    }

    /// JSON that starts behind `column` columns. Breaks and colours may come between a name and its value, so signatures are
    /// removed first.
    fn json(self, json: &str, column: usize, margin: usize) -> String {
        let json = redact::signatures(json);
        let json = match self.width {
            _ if self.form == Form::Pretty => {
                let lines = json_text::pretty(&json);
                lines.replace('\n', &format!("\n{:margin$}", ""))
            }
            Some(width) => json_text::fitted(&json, width, column, margin),
            None => json.into_owned(),
        };
        if self.color {
            json_text::colored(&json)
        } else {
            json
        }
    }

    /// A message of the sandbox itself, such as an error with its hints.
    pub(crate) fn message(self, text: &str) -> String {
        let Some(width) = self.width else {
            return text.to_owned();
        };
        let lines: Vec<String> = text
            .lines()
            .map(|line| match line.strip_prefix(STATE) {
                Some(state) => format!("{STATE}{}", self.json(state, STATE.len(), 0)),
                None => fold::message(line, width),
            })
            .collect();
        lines.join("\n")
    }

    /// A text whose remarks can be broken; its other lines are meant to be copied.
    pub(crate) fn remarks(self, text: &str) -> String {
        let lines: Vec<_> = text
            .split('\n')
            .map(|line| match self.width {
                Some(width) if line.starts_with(fold::REMARK) => fold::message(line, width),
                _ => line.to_owned(),
            })
            .collect();
        lines.join("\n")
    }

    /// A remark for people, which is not part of the service's messages: dim if colours are on.
    pub(crate) fn comment(self, line: &str) -> String {
        let line = redact::signatures(line);
        let line = text::sanitize_lines(&line);
        self.painted(&line, "2")
    }

    /// A message of an exchange; if its payload does not fit, it is on separate lines.
    pub(crate) fn wire(self, wire: &Wire) -> String {
        let sign = if wire.is_sent { '>' } else { '<' };
        let what = text::sanitize(&wire.what);
        let mut line = format!("{sign} {what}");
        if let Some(bytes) = wire.bytes.filter(|_| !wire.is_sent) {
            line.extend([" ", &bytes.to_string(), " bytes"]);
        }
        if let Some(round_trip) = wire.round_trip {
            let ms = format!(", {:.1} ms", round_trip.as_secs_f64() * 1000.0);
            line.push_str(&ms);
        }
        let payload = wire.payload.as_ref();
        if let Some(payload) = payload.filter(|payload| !payload.text().is_empty()) {
            let json = json_text::compact(&redact::signatures(&render::payload(payload)));
            match self.width {
                Some(width) if columns_of(&line) + 1 + columns_of(&json) > width => {
                    let json = json_text::fitted(&json, width, INDENT, INDENT);
                    line.extend(["\n  ", &json]);
                }
                _ => line.extend([" ", &json]),
            }
        }
        self.comment(&self.message(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Cause;
    use crate::executor::core::DecisionName;
    use crate::protocol::EventName;
    use crate::repl::output::answer::{Answer, Failure};
    use crate::repl::output::notice::Notice;
    use crate::repl::output::object::Origin;

    const NARROW: Style = Style {
        form: Form::Text,
        color: false,
        notes: false,
        width: Some(40),
    };

    #[test]
    fn each_kind_has_its_colour() {
        let style = Style {
            color: true,
            width: None,
            ..NARROW
        };
        let origin = Origin {
            line: 1,
            command: "next",
        };
        let event = EventMessage {
            name: EventName::JobExecutionsChanged,
            payload: "{}".into(),
        };
        let response = Answer::Response {
            operation: "CreateJob",
            payload: "{}".into(),
        };
        let decision = Notice::Decision {
            decision: decision(false),
            was_announced: false,
        };
        let failure = Failure {
            text: "error: no\nhint: error: x".to_owned(),
            ..Failure::new(Cause::Refused, &"")
        };
        for (shown, expected) in [
            (
                style.outcome(origin, &Ok(response)),
                "\x1b[1mCreateJobResponse:\x1b[0m\n{}",
            ),
            (
                style.notice(&Notice::Event(event)),
                "\x1b[1;35mReceived JobExecutionsChanged event:\x1b[0m\n{}",
            ),
            (
                style.outcome(origin, &Err(failure)),
                "\x1b[1;31merror:\x1b[0m no\n\x1b[1mhint:\x1b[0m error: x",
            ),
            (
                style.notice(&decision),
                "\x1b[1magent\x1b[0m  claims the next execution: Job1\\u001b QUEUED, and nothing is running",
            ),
            (style.comment("# a"), "\x1b[2m# a\x1b[0m"),
        ] {
            assert_eq!(shown, expected);
        }
    }

    fn decision(waits: bool) -> Decision {
        Decision {
            name: DecisionName::Claim,
            execution: None,
            does: "claims the next execution".to_owned(),
            cause: "Job1\u{1b} QUEUED, and nothing is running".to_owned(),
            waits,
        }
    }

    #[test]
    fn a_decision_says_whether_it_waits_and_explains_itself_once() {
        for (waits, was_announced, expected) in [
            (
                false,
                false,
                "agent  claims the next execution:\n       Job1\\u001b QUEUED, and nothing is\n       running",
            ),
            (
                true,
                false,
                "agent  waits for Enter, then claims the\n       next execution: Job1\\u001b\n       QUEUED, and nothing is running",
            ),
            (false, true, "agent  claims the next execution"),
        ] {
            let notice = Notice::Decision {
                decision: decision(waits),
                was_announced,
            };
            assert_eq!(NARROW.notice(&notice), expected);
            let raw = Style {
                form: Form::Raw,
                ..NARROW
            };
            assert_eq!(raw.notice(&notice), "");
        }
    }

    #[test]
    fn everything_fits_the_terminal() {
        let origin = Origin {
            line: 1,
            command: "next",
        };
        let state = r#"{"status":"SUCCEEDED","versionNumber":3,"statusDetails":{"a b":"c d"}}"#;
        let failure = Failure {
            text: format!(
                "error: UpdateJobExecution was rejected: InvalidStateTransition\nexecutionState: {state}\nhint: this execution has ended"
            ),
            ..Failure::new(Cause::Refused, &"")
        };
        let long = r#"{"timestamp":1795716643,"jobs":{"QUEUED":[{"jobId":"Job1"}]}}"#;
        let event = EventMessage {
            name: EventName::JobExecutionsChanged,
            payload: long.into(),
        };
        let wire = |payload: Option<&str>| {
            NARROW.wire(&Wire {
                is_sent: payload.is_some(),
                what: "$aws/things/lamp/jobs/get".to_owned(),
                payload: payload.map(Payload::from),
                bytes: Some(12_345),
                round_trip: payload.is_none().then(std::time::Duration::default),
            })
        };
        for (shown, expected) in [
            (
                NARROW.outcome(origin, &Err(failure)),
                "error: UpdateJobExecution was rejected:\n  InvalidStateTransition\n\
                 executionState: {\"status\":\"SUCCEEDED\",\n  \"versionNumber\":3,\n  \"statusDetails\":{\"a b\":\"c d\"}}\n\
                 hint: this execution has ended",
            ),
            (
                NARROW.notice(&Notice::Event(event)),
                "Received JobExecutionsChanged event:\n  {\"timestamp\":1795716643,\n    \
                 \"jobs\":{\"QUEUED\":[{\"jobId\":\"Job1\"}]}}",
            ),
            (
                NARROW.notice(&Notice::Remark {
                    name: "ConnectionLost",
                    text: "Connection lost: the server closed it; reconnecting".to_owned(),
                }),
                "Connection lost: the server closed it;\n  reconnecting",
            ),
            (
                NARROW.outcome(
                    origin,
                    &Ok(Answer::Done("It is as it was, and that is all.".repeat(2))),
                ),
                "It is as it was, and that is all.It is\n  as it was, and that is all.",
            ),
            (wire(Some("{}")), "> $aws/things/lamp/jobs/get {}"),
            (
                wire(Some(r#"{"clientToken":"t"}"#)),
                "> $aws/things/lamp/jobs/get\n  {\"clientToken\":\"t\"}",
            ),
            (
                wire(None),
                "< $aws/things/lamp/jobs/get 12345 bytes,\n  0.0 ms",
            ),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
