//! What the device decides, and why, in words.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::executor::core::execution::ExecutionId;
use crate::executor::core::pending::PendingEntry;

/// A decision of the device. Shown as `DOES: CAUSE`; a program gets its members as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub name: DecisionName,
    /// The execution that it is about.
    #[serde(flatten)]
    pub execution: Option<ExecutionId>,
    /// What the device does, as a verb and its objects.
    pub does: String,
    pub cause: String,
    /// Whether it waits for the user.
    pub waits: bool,
}

/// The kind of a decision, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionName {
    /// Asks for the pending executions, or for one of them.
    Ask,
    /// Takes notice of what is pending.
    List,
    Claim,
    Start,
    StepEnded,
    Progress,
    /// The outcome is known; it is kept until the service has it.
    Outcome,
    Report,
    Reported,
    /// The service can never take the outcome.
    Drop,
    Retry,
    Stop,
    Kill,
    Gone,
    Resume,
    /// Leaves an execution alone.
    Leave,
    Wait,
    Cut,
    Reboot,
    Finish,
}

impl DecisionName {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::List => "list",
            Self::Claim => "claim",
            Self::Start => "start",
            Self::StepEnded => "step-ended",
            Self::Progress => "progress",
            Self::Outcome => "outcome",
            Self::Report => "report",
            Self::Reported => "reported",
            Self::Drop => "drop",
            Self::Retry => "retry",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Gone => "gone",
            Self::Resume => "resume",
            Self::Leave => "leave",
            Self::Wait => "wait",
            Self::Cut => "cut",
            Self::Reboot => "reboot",
            Self::Finish => "finish",
        }
    }
}

impl Serialize for DecisionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.does, self.cause)
    }
}

impl Decision {
    pub fn new(name: DecisionName, does: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            name,
            execution: None,
            does: does.into(),
            cause: cause.into(),
            waits: false,
        }
    }

    /// The same, about this execution.
    #[must_use]
    pub fn about(self, id: &ExecutionId) -> Self {
        Self {
            execution: Some(id.clone()),
            ..self
        }
    }
}

/// A list of pending executions in words.
pub(super) fn listed(entries: &[PendingEntry]) -> String {
    /// The most that are named.
    const NAMED: usize = 3;
    let mut names: Vec<String> = entries
        .iter()
        .take(NAMED)
        .map(|entry| {
            let status = if entry.in_progress {
                "IN_PROGRESS"
            } else {
                "QUEUED"
            };
            format!("{} is {status}", entry.id)
        })
        .collect();
    match entries.len() {
        0 => return "nothing is pending".to_owned(),
        count if count > NAMED => names.push(format!("and {} more", count - NAMED)),
        _ => {}
    }
    names.join(", ")
}

/// A time in words, such as `1.5 s`.
pub fn in_words(time: Duration) -> String {
    match time.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis if millis < 10_000 && millis % 1_000 >= 100 => {
            format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
        }
        millis if millis < 120_000 => format!("{} s", millis / 1_000),
        millis if millis < 7_200_000 => format!("{} min", millis / 60_000),
        millis => format!("{} h", millis / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::core::execution::tests::id;

    #[test]
    fn names_are_words_with_hyphens() {
        for (name, expected) in [
            (DecisionName::Ask, "ask"),
            (DecisionName::StepEnded, "step-ended"),
        ] {
            let json = serde_json::to_value(name).expect("JSON");
            assert_eq!((name.as_str(), json), (expected, expected.into()));
        }
    }

    #[test]
    fn lists_are_short() {
        let entry = |job: &str, in_progress| PendingEntry {
            id: id(job, 1, 1),
            in_progress,
        };
        let entries = [
            entry("a", true),
            entry("b", false),
            entry("c", false),
            entry("d", false),
            entry("e", false),
        ];
        for (count, expected) in [
            (0, "nothing is pending"),
            (1, "a is IN_PROGRESS"),
            (3, "a is IN_PROGRESS, b is QUEUED, c is QUEUED"),
            (5, "a is IN_PROGRESS, b is QUEUED, c is QUEUED, and 2 more"),
        ] {
            assert_eq!(listed(&entries[..count]), expected);
        }
    }

    #[test]
    fn times_are_rounded_down() {
        for (millis, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_099, "1 s"),
            (1_100, "1.1 s"),
            (9_999, "9.9 s"),
            (10_900, "10 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_199_999, "119 min"),
            (7_200_000, "2 h"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), expected);
        }
    }
}
