//! The form in which everything is shown: for people, or for programs. Pure. No text ends with a newline.

use std::borrow::Cow;

use crate::redact;
use crate::repl::output::answer::{Answer, Outcome};
use crate::repl::output::notice::Notice;
use crate::repl::output::object::{Origin, ShownObject};
use crate::repl::output::{json_text, render};
use crate::text;

/// What stands before a decision that waits for the user.
pub(crate) const WAITS_THEN: &str = "waits for Enter, then ";

/// The form of a session's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// A label, and the JSON as it was sent.
    #[default]
    Text,
    /// For people: the same with one member of the JSON per line.
    Pretty,
    /// For programs: one JSON object for everything that is shown, over several lines.
    Json,
    /// For programs: one JSON object per line for everything that is shown.
    Jsonl,
    /// Only the payloads.
    Raw,
}

impl Form {
    pub const ALL: [Self; 5] = [Self::Text, Self::Pretty, Self::Json, Self::Jsonl, Self::Raw];

    /// The name of the form, as `--output` and `output` take it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Pretty => "pretty",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Raw => "raw",
        }
    }

    /// Whether the form is for people.
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Text | Self::Pretty)
    }
}

/// How a session prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    pub form: Form,
    /// Whether JSON for people is coloured.
    pub color: bool,
    /// Whether remarks for people are shown below the service's messages; `notes` changes it.
    pub notes: bool,
    /// The most columns of a line for people; any number if `None`.
    pub width: Option<usize>,
}

impl Style {
    /// The result of a command; empty if nothing is to be shown. Signatures of presigned URLs are removed.
    pub fn outcome(self, origin: Origin<'_>, outcome: &Outcome) -> String {
        without_signatures(self.whole_outcome(origin, outcome))
    }

    /// A notice, in the same way.
    pub fn notice(self, notice: &Notice) -> String {
        without_signatures(self.whole_notice(notice))
    }

    fn whole_outcome(self, origin: Origin<'_>, outcome: &Outcome) -> String {
        if let Ok(Answer::Events(events)) = outcome {
            let events = events.iter().cloned().map(Notice::Event);
            let events: Vec<_> = events.map(|event| self.notice(&event)).collect();
            return events.join("\n");
        }
        match self.form {
            Form::Text | Form::Pretty => self.text(outcome),
            Form::Raw => match outcome {
                Ok(answer) => raw(answer),
                Err(failure) => failure.text.clone(),
            },
            Form::Json | Form::Jsonl => {
                let object = ShownObject::of_outcome(origin, outcome);
                object.map_or_else(String::new, |object| self.object(&object))
            }
        }
    }

    fn whole_notice(self, notice: &Notice) -> String {
        match (self.form, notice) {
            (Form::Text | Form::Pretty, Notice::Event(event)) => self.event(event),
            (Form::Text | Form::Pretty, Notice::Reply { label, outcome }) => {
                format!("{label}\n{}", self.text(outcome))
            }
            (
                Form::Text | Form::Pretty,
                Notice::Decision {
                    decision,
                    was_announced,
                },
            ) => self.decision(decision, *was_announced),
            (Form::Text | Form::Pretty, Notice::Wire(wire)) => self.wire(wire),
            (Form::Text | Form::Pretty, Notice::Remark { text, .. }) => {
                self.message(&text::sanitize_lines(text))
            }
            (Form::Raw, Notice::Event(event)) => render::payload(&event.payload),
            (Form::Raw, _) => String::new(),
            (Form::Json | Form::Jsonl, notice) => self.object(&ShownObject::of_notice(notice)),
        }
    }

    fn text(self, outcome: &Outcome) -> String {
        match outcome {
            Ok(Answer::Response { operation, payload }) => self.response(operation, payload),
            Ok(Answer::Selected { payload, .. }) => self.payload(payload, 0),
            Ok(Answer::Text(text) | Answer::Report { text, .. }) => {
                self.remarks(&text::sanitize_lines(text))
            }
            Ok(Answer::Done(text)) => self.message(&text::sanitize_lines(text)),
            Ok(Answer::Nothing | Answer::Events(_)) => String::new(),
            Err(failure) => self.failure(&failure.text),
        }
    }

    fn object(self, object: &ShownObject<'_>) -> String {
        let text = serde_json::to_string(object).expect("texts and numbers have a JSON form");
        // All texts in it may contain what was typed or sent.
        let text = render::json(&text);
        if self.form == Form::Json {
            json_text::pretty(&text)
        } else {
            json_text::compact(&text)
        }
    }
}

fn without_signatures(text: String) -> String {
    match redact::signatures(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    }
}

/// An answer for a file or another program: only the JSON, a string without its quotes, or the text. It is complete, with
/// signatures: the program that receives it may need to follow a presigned URL.
pub(crate) fn payload_alone(answer: &Answer) -> String {
    match answer {
        Answer::Events(events) => {
            let payloads = events.iter().map(|event| render::payload(&event.payload));
            payloads.collect::<Vec<_>>().join("\n")
        }
        answer => raw(answer),
    }
}

fn raw(answer: &Answer) -> String {
    match answer {
        Answer::Response { payload, .. } | Answer::Report { payload, .. } => {
            render::payload(payload)
        }
        // A selected string is printed without quotes, as with `jq -r`.
        Answer::Selected { payload, .. } => match payload.value().as_str() {
            Some(text) => lines(text),
            None => render::payload(payload),
        },
        Answer::Text(text) => text::sanitize_lines(text.trim_end()).into_owned(),
        Answer::Nothing | Answer::Done(_) | Answer::Events(_) => String::new(),
    }
}

/// A text whose line ends and tabs are kept, such as a job document.
fn lines(text: &str) -> String {
    let lines = text.split("\r\n");
    let lines: Vec<_> = lines
        .map(|line| text::sanitize_except(line, &['\n', '\t']))
        .collect();
    lines.join("\r\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cause::Cause;
    use crate::protocol::{EventMessage, EventName};
    use crate::repl::output::answer::Failure;

    const ORIGIN: Origin<'_> = Origin {
        line: 3,
        command: "pending",
    };

    fn style(form: Form, color: bool) -> Style {
        Style {
            form,
            color,
            notes: false,
            width: None,
        }
    }

    fn response(payload: &str) -> Answer {
        Answer::Response {
            operation: "CreateJob",
            payload: payload.into(),
        }
    }

    fn selected(payload: &str) -> Answer {
        Answer::Selected {
            operation: "CreateJob",
            payload: payload.into(),
        }
    }

    fn event(name: EventName, payload: &str) -> EventMessage {
        let payload = payload.into();
        EventMessage { name, payload }
    }

    fn failure() -> Failure {
        Failure {
            cause: Cause::Refused,
            operation: Some("CreateJob"),
            code: Some("LimitExceededException".to_owned()),
            payload: Some("{\"code\": 1}".into()),
            text: "error: no\nhint: wait".to_owned(),
            ask: None,
        }
    }

    #[test]
    fn an_outcome_has_four_forms() {
        for (outcome, form, expected) in [
            (
                Ok(response("{\"a\": 1.0}")),
                Form::Text,
                "CreateJobResponse:\n{\"a\": 1.0}",
            ),
            (
                Ok(response("{\"a\": 1.0}")),
                Form::Pretty,
                "CreateJobResponse:\n{\n  \"a\": 1.0\n}",
            ),
            (Ok(response("{\"a\": 1.0}")), Form::Raw, "{\"a\": 1.0}"),
            (
                Ok(response("{\"a\": 1.0,\n\"b\":\"}\"}")),
                Form::Jsonl,
                r#"{"type":"response","line":3,"command":"pending","operation":"CreateJob","payload":{"a":1.0,"b":"}"}}"#,
            ),
            (
                Ok(response("rub\x1bbish")),
                Form::Jsonl,
                r#"{"type":"response","line":3,"command":"pending","operation":"CreateJob","payload":"rub\\u001bbish"}"#,
            ),
            (
                Ok(response("[1]")),
                Form::Json,
                "{\n  \"type\": \"response\",\n  \"line\": 3,\n  \"command\": \"pending\",\n  \"operation\": \"CreateJob\",\n  \
                 \"payload\": [\n    1\n  ]\n}",
            ),
            (Ok(selected("\"a\\nb\"")), Form::Text, "\"a\\nb\""),
            (Ok(selected("\"a\\nb\"")), Form::Raw, "a\nb"),
            (Ok(selected("[\"a\"]")), Form::Raw, "[\"a\"]"),
            (
                Ok(selected("[\"a\"]")),
                Form::Jsonl,
                r#"{"type":"response","line":3,"command":"pending","operation":"CreateJob","payload":["a"]}"#,
            ),
            (Err(failure()), Form::Text, "error: no\nhint: wait"),
            (Err(failure()), Form::Raw, "error: no\nhint: wait"),
            (
                Err(failure()),
                Form::Jsonl,
                r#"{"type":"error","line":3,"command":"pending","cause":"refused","exitCode":1,"operation":"CreateJob","code":"LimitExceededException","message":"no\nhint: wait","payload":{"code":1}}"#,
            ),
            (
                Ok(Answer::Text("a\nb".to_owned())),
                Form::Jsonl,
                r#"{"type":"response","line":3,"command":"pending","text":"a\nb"}"#,
            ),
            (Ok(Answer::Done("a".to_owned())), Form::Text, "a"),
            (Ok(Answer::Done("a".to_owned())), Form::Jsonl, ""),
            (Ok(Answer::Done("a".to_owned())), Form::Raw, ""),
            (Ok(Answer::Nothing), Form::Text, ""),
            (Ok(Answer::Nothing), Form::Json, ""),
        ] {
            assert_eq!(style(form, false).outcome(ORIGIN, &outcome), expected);
        }
    }

    #[test]
    fn a_signature_is_shown_in_no_form_and_handed_on_whole() {
        let document = r#"{"u":"k?X-Amz-Signature=SECRET&a=1","X-Amz-Credential":"SECRET"}"#;
        let origin = Origin {
            line: 1,
            command: "create-job J {\"u\":\"k?Signature=SECRET\"}",
        };
        let event = event(EventName::NextJobExecutionChanged, document);
        let refused = Failure {
            payload: Some(document.into()),
            text: format!("error: {document}"),
            ..failure()
        };
        for form in [Form::Text, Form::Json, Form::Jsonl, Form::Raw] {
            let narrow = Style {
                width: Some(20),
                ..style(form, true)
            };
            for style in [style(form, false), style(form, true), narrow] {
                for shown in [
                    style.outcome(origin, &Ok(response(document))),
                    style.outcome(origin, &Ok(selected(document))),
                    style.outcome(origin, &Ok(selected("\"k?Signature=SECRET\""))),
                    style.outcome(origin, &Err(refused.clone())),
                    style.outcome(origin, &Ok(Answer::Events(vec![event.clone()]))),
                    style.outcome(origin, &Ok(Answer::Text(document.to_owned()))),
                    style.notice(&Notice::Event(event.clone())),
                    style.notice(&Notice::Reply {
                        label: "Received late:",
                        outcome: Ok(response(document)),
                    }),
                    style.comment(document),
                ] {
                    assert!(!shown.contains("SECRET"), "{style:?}: {shown}");
                }
            }
            assert_eq!(payload_alone(&response(document)), document);
            let events = Answer::Events(vec![event.clone()]);
            assert_eq!(payload_alone(&events), document);
        }
    }

    #[test]
    fn a_notice_has_four_forms() {
        let event = Notice::Event(event(EventName::JobExecutionsChanged, "{\"jobs\": {}}"));
        let lost = Notice::Remark {
            name: "ConnectionLost",
            text: "Connection lost".to_owned(),
        };
        for (notice, form, expected) in [
            (
                &event,
                Form::Text,
                "Received JobExecutionsChanged event:\n{\"jobs\": {}}",
            ),
            (&event, Form::Raw, "{\"jobs\": {}}"),
            (
                &event,
                Form::Jsonl,
                r#"{"type":"event","name":"JobExecutionsChanged","payload":{"jobs":{}}}"#,
            ),
            (&lost, Form::Text, "Connection lost"),
            (&lost, Form::Raw, ""),
            (
                &lost,
                Form::Jsonl,
                r#"{"type":"event","name":"ConnectionLost","message":"Connection lost"}"#,
            ),
        ] {
            assert_eq!(style(form, false).notice(notice), expected);
        }
    }

    #[test]
    fn other_programs_get_the_payload_alone() {
        let event = event(EventName::JobExecutionsChanged, "{\"jobs\": {}}");
        for (answer, expected) in [
            (response("{\"a\": 1.0}"), "{\"a\": 1.0}"),
            (response("{\"a\": 1.0}"), "{\"a\": 1.0}"),
            (selected("\"a\""), "a"),
            (
                selected(r#""{\r\n\t\"a\":\n1\r\u001b}""#),
                "{\r\n\t\"a\":\n1\\r\\u001b}",
            ),
            (selected("[\"a\"]"), "[\"a\"]"),
            (selected("null"), "null"),
            (Answer::Text("a\nb\n".to_owned()), "a\nb"),
            (
                Answer::Events(vec![event.clone(), event]),
                "{\"jobs\": {}}\n{\"jobs\": {}}",
            ),
            (Answer::Nothing, ""),
        ] {
            assert_eq!(payload_alone(&answer), expected);
        }
    }

    #[test]
    fn only_json_is_coloured() {
        let shown = style(Form::Text, true).outcome(ORIGIN, &Ok(response("[1]")));
        assert_eq!(
            shown,
            "\x1b[1mCreateJobResponse:\x1b[0m\n[\x1b[35m1\x1b[0m]"
        );
        let shown = style(Form::Text, true).outcome(ORIGIN, &Ok(response("rubbish")));
        assert_eq!(shown, "\x1b[1mCreateJobResponse:\x1b[0m\nrubbish");
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_sent_is_one_line_of_json(payload in proptest::prelude::any::<String>(), command in proptest::prelude::any::<String>()) {
            let origin = Origin { line: 1, command: &command };
            let line = style(Form::Jsonl, false).outcome(origin, &Ok(response(&payload)));
            proptest::prop_assert!(!line.contains('\n'));
            let value: Value = serde_json::from_str(&line).expect("JSON");
            proptest::prop_assert_eq!(&value["command"], &json!(command));
        }
    }
}
