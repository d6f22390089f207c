//! Constraints on members of a request, and AWS's way of saying which one is violated.

use std::fmt::Display;

use crate::service::limits::{JOB_ID_CHARACTERS, THING_NAME_CHARACTERS};

/// The patterns that AWS's models name; each is a set of characters, one or more of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern {
    /// As the model writes it.
    pub(crate) text: &'static str,
    accepts: fn(char) -> bool,
}

impl Pattern {
    /// Of a job id.
    pub(crate) const JOB_ID: Self = Self {
        text: "[a-zA-Z0-9_-]+",
        accepts: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'),
    };
    /// Of the name of a thing or a thing group, and of a key of `statusDetails`.
    pub(crate) const NAME: Self = Self {
        text: "[a-zA-Z0-9:_-]+",
        accepts: |c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-'),
    };
    /// Of a certificate's id.
    pub(crate) const CERTIFICATE_ID: Self = Self {
        text: "(0x)?[a-fA-F0-9]+",
        accepts: |c| c.is_ascii_hexdigit(),
    };
    /// Of a policy's name.
    pub(crate) const POLICY_NAME: Self = Self {
        text: r"[\w+=,.@-]+",
        accepts: |c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c),
    };
    /// Of texts for people: anything but control characters.
    pub(crate) const NO_CONTROL: Self = Self {
        text: r"[^\p{C}]+",
        accepts: |c| !c.is_control(),
    };
    /// Of the reason code of a cancellation.
    pub(crate) const REASON_CODE: Self = Self {
        text: r"[\p{Upper}\p{Digit}_]+",
        accepts: |c| c.is_uppercase() || c.is_numeric() || c == '_',
    };

    /// Of the key and of the value of a tag. <https://docs.aws.amazon.com/iot/latest/apireference/API_Tag.html>
    pub(crate) const TAG: Self = Self {
        text: r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
        accepts: |c| {
            let is_separator = c.is_whitespace() && !c.is_control();
            c.is_alphanumeric() || is_separator || "_.:/=+-@".contains(c)
        },
    };

    /// Whether every character is in the set. Emptiness is the length constraint's.
    pub(crate) fn matches(self, text: &str) -> bool {
        text.chars().all(self.accepts)
    }
}

/// How much of a value a message repeats. GUESS: AWS must cut it somewhere, a message is limited in size.
const SHOWN_CHARACTERS: usize = 256;

/// The constraints that a request violates, in the order in which they were found.
/// The wording is that of the framework which AWS's control plane uses, seen in recorded sessions.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<String>);

impl Violations {
    /// A violation of `rule` by the value of the member at `path`.
    pub(crate) fn add(&mut self, value: impl Display, path: &str, rule: impl Display) {
        let value: String = value.to_string().chars().take(SHOWN_CHARACTERS).collect();
        self.0.push(format!(
            "Value '{value}' at '{path}' failed to satisfy constraint: {rule}"
        ));
    }

    /// A violation by a value that is not repeated, such as a map.
    pub(crate) fn add_unquoted(&mut self, path: &str, rule: impl Display) {
        self.0.push(format!(
            "Value at '{path}' failed to satisfy constraint: {rule}"
        ));
    }

    /// A member that must be there and is not.
    pub(crate) fn add_null(&mut self, path: &str) {
        self.0.push(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    /// A member that must be there.
    pub(crate) fn check_given<T>(&mut self, member: Option<&T>, path: &str) {
        if member.is_none() {
            self.add_null(path);
        }
    }

    /// A text of 1 to `max` characters, each in the pattern.
    pub(crate) fn check_text(&mut self, text: &str, path: &str, max: usize, pattern: Pattern) {
        if text.chars().count() > max {
            self.add(
                text,
                path,
                format_args!("Member must have length less than or equal to {max}"),
            );
        }
        if text.is_empty() {
            self.add(
                text,
                path,
                "Member must have length greater than or equal to 1",
            );
        } else if !pattern.matches(text) {
            self.add(
                text,
                path,
                format_args!(
                    "Member must satisfy regular expression pattern: {}",
                    pattern.text
                ),
            );
        }
    }

    /// The name of a thing.
    pub(crate) fn check_thing_name(&mut self, name: &str) {
        self.check_text(name, "thingName", THING_NAME_CHARACTERS, Pattern::NAME);
    }

    /// The id of a job.
    pub(crate) fn check_job_id(&mut self, id: &str) {
        self.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    }

    /// A number within a range.
    pub(crate) fn check_range(
        &mut self,
        number: i64,
        path: &str,
        range: &std::ops::RangeInclusive<i64>,
    ) {
        if number < *range.start() {
            self.add(
                number,
                path,
                format_args!(
                    "Member must have value greater than or equal to {}",
                    range.start()
                ),
            );
        } else if number > *range.end() {
            self.add(
                number,
                path,
                format_args!(
                    "Member must have value less than or equal to {}",
                    range.end()
                ),
            );
        }
    }

    /// A word out of a set.
    pub(crate) fn check_enum(&mut self, word: &str, path: &str, set: &[&str]) {
        if !set.contains(&word) {
            self.add(
                word,
                path,
                format_args!("Member must satisfy enum value set: [{}]", set.join(", ")),
            );
        }
    }

    /// The whole message, or `Ok` if nothing is violated.
    pub(crate) fn into_result(self) -> Result<(), String> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(format!("1 validation error detected: {}", self.0[0])),
            count => Err(format!(
                "{count} validation errors detected: {}",
                self.0.join("; ")
            )),
        }
    }
}

/// The set of `TargetSelection`.
pub(crate) const TARGET_SELECTION_SET: [&str; 2] = ["CONTINUOUS", "SNAPSHOT"];

/// The set of `JobExecutionStatus`, in the order in which AWS prints it (recorded session).
pub(crate) const JOB_EXECUTION_STATUS_SET: [&str; 8] = [
    "REMOVED",
    "SUCCEEDED",
    "TIMED_OUT",
    "IN_PROGRESS",
    "QUEUED",
    "CANCELED",
    "FAILED",
    "REJECTED",
];
