//! What a rehearsal is expected to result in: `failed <= 50`.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Value, json};

use crate::executor::plan::Pattern;
use crate::fleet::rehearse::rehearse;
use crate::fleet::report::Report;
use crate::fleet::setup::{JobCall, Names, Setup};

/// A comparison of a member of the report with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// `abort.blastRadius.notified`.
    name: String,
    operator: Operator,
    value: Value,
    typed: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The longest first, so that `<` is not taken for a part of `<=`.
const OPERATORS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Why a text is not an expectation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpectError {
    #[error(
        "`{0}` is not a comparison\nwrite one as 'failed <= 50'; the operators are == != < <= > >="
    )]
    NotComparison(String),
    #[error("the report has no member `{name}`\n{hint}")]
    UnknownName { name: String, hint: String },
    #[error("`{0}` is a list or an object\nname a number, a text or a boolean in it")]
    NotValue(String),
    #[error("`{value}` cannot be compared with `{name}`, which is {kind}")]
    Kind {
        name: String,
        value: String,
        kind: &'static str,
    },
}

impl Expectation {
    /// Reads a comparison, and checks its name and the kind of its value. The report has these groups.
    pub fn read(text: &str, groups: &[(String, Pattern)]) -> Result<Self, ExpectError> {
        let wrong = || ExpectError::NotComparison(text.to_owned());
        let found = text.find(['=', '!', '<', '>']).ok_or_else(wrong)?;
        let (name, rest) = (text[..found].trim(), &text[found..]);
        let mut operators = OPERATORS.iter();
        let (operator, value) = operators
            .find_map(|(word, operator)| Some((*operator, rest.strip_prefix(word)?.trim())))
            .ok_or_else(wrong)?;
        if name.is_empty() || value.is_empty() || value.starts_with(['=', '<', '>']) {
            return Err(wrong());
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        check(name, &value, groups)?;
        Ok(Self {
            name: name.to_owned(),
            operator,
            value,
            typed: text.trim().to_owned(),
        })
    }

    /// Whether it holds, and what the report has instead. What is absent equals `null` alone.
    pub fn check(&self, report: &Report) -> Result<(), String> {
        let report = serde_json::to_value(report).unwrap_or_default();
        let actual = find(&report, &self.name).unwrap_or(&Value::Null);
        let order = match (actual, &self.value) {
            (Value::Number(actual), Value::Number(value)) => {
                actual.as_f64().partial_cmp(&value.as_f64())
            }
            (actual, value) => (actual == value).then_some(Ordering::Equal),
        };
        let holds = match self.operator {
            Operator::Equal => order == Some(Ordering::Equal),
            Operator::Unequal => order != Some(Ordering::Equal),
            Operator::Less => order == Some(Ordering::Less),
            Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
            Operator::Greater => order == Some(Ordering::Greater),
            Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
        };
        if holds {
            Ok(())
        } else {
            Err(actual.to_string())
        }
    }
}

/// As it was typed.
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

fn find<'a>(report: &'a Value, name: &str) -> Option<&'a Value> {
    let mut names = name.split('.');
    names.try_fold(report, |value, name| value.get(name))
}

fn check(name: &str, value: &Value, groups: &[(String, Pattern)]) -> Result<(), ExpectError> {
    let report = full_report(groups);
    let Some(sample) = find(&report, name) else {
        let last = name.rsplit('.').next().unwrap_or_default();
        let similar = (names(&report, "").into_iter())
            .filter(|known| known.rsplit('.').next() == Some(last))
            .collect::<Vec<_>>();
        let hint = if similar.is_empty() {
            "--output json shows all names; a point stands between them: things.failed".to_owned()
        } else {
            format!("did you mean `{}`?", similar.join("` or `"))
        };
        let name = name.to_owned();
        return Err(ExpectError::UnknownName { name, hint });
    };
    let kind = match sample {
        Value::Object(_) | Value::Array(_) => return Err(ExpectError::NotValue(name.to_owned())),
        Value::Number(_) if !value.is_number() => "a number",
        Value::Bool(_) if !value.is_boolean() => "true or false",
        Value::String(_) if !value.is_string() => "text",
        _ => return Ok(()),
    };
    if value.is_null() {
        return Ok(());
    }
    Err(ExpectError::Kind {
        name: name.to_owned(),
        value: value.to_string(),
        kind,
    })
}

/// The names of all values.
fn names(value: &Value, before: &str) -> Vec<String> {
    let Value::Object(members) = value else {
        return vec![before.trim_start_matches('.').to_owned()];
    };
    let members = members.iter();
    let names = members.flat_map(|(name, value)| names(value, &format!("{before}.{name}")));
    names.collect()
}

/// A report in which no member is absent: one device hangs in a maintenance window, which times out, and aborts the job.
fn full_report(groups: &[(String, Pattern)]) -> Value {
    let config = json!({
        "timeoutConfig": { "inProgressTimeoutInMinutes": 1 },
        "abortConfig": { "criteriaList": [{
            "failureType": "TIMED_OUT", "action": "CANCEL",
            "thresholdPercentage": 1, "minNumberOfExecutedThings": 1,
        }] },
        "jobExecutionsRetryConfig": { "criteriaList": [{
            "failureType": "TIMED_OUT", "numberOfRetries": 1,
        }] },
        "targetSelection": "CONTINUOUS",
        "schedulingConfig": {
            "startTime": "2026-01-01T01:00",
            "maintenanceWindows": [{ "startTime": "cron(* * * * ? *)", "durationInMinutes": 1 }],
        },
    });
    let report = || {
        let setup = Setup::new(1, Names::default(), JobCall::new(config, None)?);
        let plan = "hang".parse().unwrap_or_default();
        let groups = groups.iter();
        let groups = groups.filter_map(|(name, _)| Some((name.clone(), "*".parse().ok()?)));
        rehearse(Setup {
            plan,
            groups: groups.collect(),
            ..setup
        })
    };
    let report = report().map(|report| serde_json::to_value(report).unwrap_or_default());
    report.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_the_report_can_be_named() {
        let report = full_report(&[]);
        for name in names(&report, "") {
            assert_ne!(find(&report, &name), Some(&Value::Null), "{name}");
        }
    }

    #[test]
    fn a_comparison_is_checked_before_the_run() {
        let pattern = "x*".parse().expect("a pattern");
        let groups = [("canary".to_owned(), pattern)];
        for (text, expected) in [
            ("failed <= 50", ""),
            ("aborted==false", ""),
            ("status == COMPLETED", ""),
            ("abort == null", "`abort` is a list or an object"),
            ("abort.atSeconds != null", ""),
            ("groups.canary.failed == 0", ""),
            (
                "groups.other.failed == 0",
                "the report has no member `groups.other.failed`\ndid you mean `failed`",
            ),
            ("failed", "`failed` is not a comparison"),
            ("failed = 3", "`failed = 3` is not a comparison"),
            ("failed <", "`failed <` is not a comparison"),
            ("failed <= => 3", "`failed <= => 3` is not a comparison"),
            (
                "notified > 3",
                "the report has no member `notified`\ndid you mean `abort.blastRadius.notified`?",
            ),
            (
                "nothing > 3",
                "the report has no member `nothing`\n--output json",
            ),
            (
                "failed > many",
                "`\"many\"` cannot be compared with `failed`, which is a number",
            ),
            (
                "aborted == 1",
                "`1` cannot be compared with `aborted`, which is true or false",
            ),
            ("minutes > 3", "`minutes` is a list or an object"),
        ] {
            let error = Expectation::read(text, &groups).err();
            let error = error.map_or_else(String::new, |error| error.to_string());
            assert!(error.starts_with(expected), "{text}: {error}");
            assert_eq!(error.is_empty(), expected.is_empty(), "{text}: {error}");
        }
    }

    #[test]
    fn a_comparison_holds_or_not() {
        let setup = Setup::new(
            3,
            Names::default(),
            JobCall::new(json!({}), None).expect("a call"),
        );
        let report = rehearse(setup).expect("a rehearsal");
        for (text, expected) in [
            ("succeeded == 3", Ok(())),
            ("succeeded >= 3", Ok(())),
            ("succeeded > 2.5", Ok(())),
            ("succeeded < 3", Err("3")),
            ("succeeded != 3", Err("3")),
            ("things.succeeded <= 2", Err("3")),
            ("status == COMPLETED", Ok(())),
            ("status == \"CANCELED\"", Err("\"COMPLETED\"")),
            ("abort.atSeconds == null", Ok(())),
            ("abort.atSeconds < 60", Err("null")),
            ("aborted == false", Ok(())),
        ] {
            let expectation = Expectation::read(text, &[]).expect(text);
            let checked = expectation.check(&report);
            assert_eq!(checked, expected.map_err(ToOwned::to_owned), "{text}");
        }
    }
}
