//! The job document: a text with placeholders, which each job fills in. Pure.

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::not_json::{self, NotJson};

/// For our own agent and for the AWS IoT Device Client; the member `exam` is for programs that read it.
pub(crate) const DEFAULT: &str = include_str!("document.json");

/// The document of a kind that no device knows.
pub(crate) const UNKNOWN: &str = r#"{"jobsSandboxExam":"a document that no device can carry out"}"#;

/// What the URL of a document begins with; each time the service sends it, it has another signature.
pub(crate) const URL: &str =
    "https://jobs-sandbox-exam.s3.us-east-1.amazonaws.com/file?X-Amz-Signature=";

/// What a document is filled in with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) job: &'a str,
    /// Seconds that the work takes.
    pub(crate) duration: u64,
    pub(crate) effects: &'a str,
}

/// The job document of a device, before it is filled in.
#[derive(Debug, Clone)]
pub(crate) struct Template(String);

impl Template {
    /// A text that becomes JSON when it is filled in; the error says why it does not.
    pub(crate) fn new(text: String) -> Result<Self, NotJson> {
        let template = Self(text);
        let filled = template.fill(Filling {
            job: "E1-1",
            duration: 1,
            effects: "/effects",
        });
        not_json::read::<IgnoredAny>(&filled).map(|_| template)
    }

    pub(crate) fn fill(&self, filling: Filling<'_>) -> String {
        let duration = filling.duration.to_string();
        let url = format!("{URL}0");
        let values = [
            ("{job}", filling.job),
            ("{duration}", &duration),
            ("{effects}", filling.effects),
            ("{url}", &url),
        ];
        let mut text = self.0.clone();
        for (name, value) in values {
            text = text.replace(name, &in_json(value));
        }
        text
    }

    /// Whether a job can take as long as a scenario needs.
    pub(crate) fn has_duration(&self) -> bool {
        self.0.contains("{duration}")
    }

    pub(crate) fn has_url(&self) -> bool {
        self.0.contains("{url}")
    }
}

/// A value inside a string of JSON.
fn in_json(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_and_other_braces_stay() {
        let template =
            Template::new(r#"{"a":{"s":{duration}},"f":"{effects} {job} {other}"}"#.to_owned());
        let filled = template.expect("JSON").fill(Filling {
            job: "E2-1",
            duration: 4,
            effects: r#"/a "b"\c"#,
        });
        assert_eq!(filled, r#"{"a":{"s":4},"f":"/a \"b\"\\c E2-1 {other}"}"#);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{duration", "{\"a\": {wrong}}"] {
            assert!(Template::new(text.to_owned()).is_err(), "{text}");
        }
        assert!(Template::new(DEFAULT.to_owned()).is_ok());
    }
}
