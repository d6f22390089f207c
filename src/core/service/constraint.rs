//! Constraints on members of a request, and AWS's wording for a violation.

use std::fmt::Display;

use crate::service::model::shape::{Shape, Text};
use crate::service::model::shapes::{JOB_ID, NAME};

/// How many characters of a value a message repeats. GUESS: AWS must cut the value somewhere, because a message is limited
/// in size.
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

    /// A violation by a value that the message does not repeat, such as a map.
    pub(crate) fn add_unquoted(&mut self, path: &str, rule: impl Display) {
        self.0.push(format!(
            "Value at '{path}' failed to satisfy constraint: {rule}"
        ));
    }

    /// A required member is missing.
    pub(crate) fn add_null(&mut self, path: &str) {
        self.0.push(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    /// A violation by the keys or by a value of a map.
    pub(crate) fn add_of_map(&mut self, path: &str, part: &str, rules: &str) {
        let rule = format_args!("Map {part} must satisfy constraint: [{rules}]");
        self.add_unquoted(path, rule);
    }

    /// Checks the length of a text, and its pattern.
    pub(crate) fn check_text(&mut self, text: &str, path: &str, shape: Text) {
        let length = text.chars().count();
        if length > shape.max {
            let rule = format_args!(
                "Member must have length less than or equal to {}",
                shape.max
            );
            self.add(text, path, rule);
        }
        if length < shape.min {
            let rule = format_args!(
                "Member must have length greater than or equal to {}",
                shape.min
            );
            self.add(text, path, rule);
        }
        // An empty text that is too short has no characters that could violate the pattern.
        let is_said = text.is_empty() && shape.min > 0;
        if let Some(pattern) = shape.pattern
            && !is_said
            && !pattern.matches(text)
        {
            self.add(text, path, pattern.rule());
        }
    }

    /// Checks the name of a thing.
    pub(crate) fn check_thing_name(&mut self, name: &str) {
        self.check_name(name, "thingName", &NAME);
    }

    /// Checks the id of a job.
    pub(crate) fn check_job_id(&mut self, id: &str) {
        self.check_name(id, "jobId", &JOB_ID);
    }

    fn check_name(&mut self, name: &str, path: &str, shape: &Shape) {
        if let Shape::Text(shape) = shape {
            self.check_text(name, path, *shape);
        }
    }

    /// Checks the length of a list or a map.
    pub(crate) fn check_length(&mut self, length: usize, path: &str, min: usize, max: usize) {
        let rule = if length < min {
            format!("Member must have length greater than or equal to {min}")
        } else if length > max {
            format!("Member must have length less than or equal to {max}")
        } else {
            return;
        };
        self.add_unquoted(path, rule);
    }

    /// Checks that a number is in a range. It prints as Java prints it.
    pub(crate) fn check_number(
        &mut self,
        number: f64,
        path: &str,
        range: &std::ops::RangeInclusive<f64>,
    ) {
        let (rule, bound) = if number < *range.start() {
            ("greater", range.start())
        } else if number > *range.end() {
            ("less", range.end())
        } else {
            return;
        };
        let rule = format_args!("Member must have value {rule} than or equal to {bound:?}");
        self.add(format_args!("{number:?}"), path, rule);
    }

    /// Checks that a number is in a range.
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

    /// Checks that a word is one of a set.
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
