//! The mark of one scenario, as text and as JSON. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::exam::scenarios::Scenario;
use crate::exam::stop::seconds;
use crate::text;

/// Whether a device has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    /// With what it did wrong.
    Fail(String),
    /// With the reason.
    NotApplicable(String),
}

/// A mark.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) scenario: &'static Scenario,
    pub(crate) verdict: Verdict,
    /// What was seen, in order.
    pub(crate) facts: Vec<String>,
    pub(crate) took: Duration,
}

impl Mark {
    /// For people. A failed scenario says how to play it alone.
    pub(crate) fn text(&self, alone: &str) -> String {
        let Scenario {
            id, title, expects, ..
        } = self.scenario;
        let (word, reason) = match &self.verdict {
            Verdict::Pass => ("pass", None),
            Verdict::Fail(reason) => ("FAIL", Some(reason)),
            Verdict::NotApplicable(reason) => ("n/a", Some(reason)),
        };
        let mut text = format!("{id:<4}{word:<5} {title}\n    expected: {expects}\n");
        for line in reason.into_iter().chain(&self.facts) {
            let _ = writeln!(text, "    {}", text::sanitize(line));
        }
        let _ = writeln!(text, "    {}", self.scenario.page());
        if let Verdict::Fail(_) = self.verdict {
            let _ = writeln!(text, "    alone: {alone}");
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let (word, reason) = match &self.verdict {
            Verdict::Pass => ("pass", None),
            Verdict::Fail(reason) => ("fail", Some(reason)),
            Verdict::NotApplicable(reason) => ("notApplicable", Some(reason)),
        };
        json!({
            "id": self.scenario.id,
            "title": self.scenario.title,
            "expects": self.scenario.expects,
            "result": word,
            "reason": reason,
            "facts": self.facts,
            "page": self.scenario.page(),
            "seconds": tenths(self.took),
        })
    }
}

/// A time in seconds, to a tenth.
pub(crate) fn tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

/// How many scenarios were passed and not, in words.
pub(crate) fn summary(marks: &[Mark], took: Duration) -> String {
    let [passed, failed, rest] = counts(marks);
    let is_failure = |it: &&Mark| matches!(it.verdict, Verdict::Fail(_));
    let failures = marks.iter().filter(is_failure);
    let failures: Vec<&str> = failures.map(|it| it.scenario.id).collect();
    let which = if failures.is_empty() {
        String::new()
    } else {
        format!(" ({})", failures.join(", "))
    };
    format!(
        "{passed} passed, {failed} failed{which}, {rest} not applicable, in {}",
        seconds(took)
    )
}

/// How many were passed, failed and not applicable.
pub(crate) fn counts(marks: &[Mark]) -> [usize; 3] {
    let count = |is_so: fn(&Verdict) -> bool| marks.iter().filter(|it| is_so(&it.verdict)).count();
    [
        count(|it| *it == Verdict::Pass),
        count(|it| matches!(it, Verdict::Fail(_))),
        count(|it| matches!(it, Verdict::NotApplicable(_))),
    ]
}
