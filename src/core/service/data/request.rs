//! A request of the device: its payload is decoded, its members are checked.

use serde_json::{Map, Value};

use crate::protocol::{ErrorCode, JobExecutionStatus};
use crate::service::constraint::Violations;
use crate::service::data::reply::Rejection;
use crate::service::limits::TIMER_MINUTES;
use crate::service::model::shapes::JOB_EXECUTION_STATUS_SET;
use crate::service::status_details::{Details, status_details};

/// What `stepTimeoutInMinutes` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepTimeout {
    /// A timer of this many minutes.
    Minutes(u64),
    /// -1: stop the running timer.
    Stop,
}

/// The members of a request. Unknown ones are ignored; null counts as absent.
#[derive(Debug)]
pub(crate) struct JobsRequest {
    pub(crate) client_token: Option<String>,
    members: Map<String, Value>,
}

impl JobsRequest {
    /// An empty payload counts as `{}` (recorded session).
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, Rejection> {
        let invalid = |message: &str| Rejection::new(ErrorCode::InvalidJson, message);
        let value = if payload.is_empty() {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(payload).map_err(|_| {
                invalid("The contents of the request could not be interpreted as valid UTF-8-encoded JSON")
            })?
        };
        let Value::Object(members) = value else {
            return Err(invalid("The contents of the request are not a JSON object"));
        };
        Ok(Self::new(members))
    }

    /// Takes members that have been decoded. GUESS: a token of any length is accepted and echoed. The model has no limit for
    /// these operations, and the 64 bytes in the guide are about device shadows.
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        let token = members.get("clientToken").and_then(Value::as_str);
        Self {
            client_token: token.map(ToOwned::to_owned),
            members,
        }
    }

    /// Refuses the request if a member violates its constraint.
    pub(crate) fn reject(&self, mut violations: Violations) -> Result<(), Rejection> {
        if let Some(token) = self.members.get("clientToken")
            && !token.is_string()
            && !token.is_null()
        {
            violations.add(token, "clientToken", "Member must be a string");
        }
        violations
            .into_result()
            .map_err(|message| Rejection::new(ErrorCode::InvalidRequest, message))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    /// A JSON number or a string of digits (recorded session).
    pub(crate) fn integer(&self, name: &str, violations: &mut Violations) -> Option<i64> {
        let value = self.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "only whole numbers that a long can hold pass the guard"
        )]
        let number = match value {
            Value::Number(number) => number.as_i64().or_else(|| {
                number
                    .as_f64()
                    .filter(|n| n.fract() == 0.0 && n.abs() < 9e15)
                    .map(|n| n as i64)
            }),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            violations.add(shown(value), name, "Member must be a whole number");
        }
        number
    }

    /// The number of the execution. A number that no execution can have is not found, like any other unknown number.
    pub(crate) fn execution_number(&self, violations: &mut Violations) -> Option<u64> {
        let number = self.integer("executionNumber", violations)?;
        Some(u64::try_from(number).unwrap_or(0))
    }

    /// A JSON boolean; a text such as "true" is not one.
    pub(crate) fn boolean(&self, name: &str, violations: &mut Violations) -> Option<bool> {
        let value = self.get(name)?;
        if !value.is_boolean() {
            violations.add(shown(value), name, "Member must be true or false");
        }
        value.as_bool()
    }

    /// One of the eight statuses. It is required.
    pub(crate) fn status(&self, violations: &mut Violations) -> Option<JobExecutionStatus> {
        let Some(value) = self.get("status") else {
            violations.add_null("status");
            return None;
        };
        let word = shown(value);
        violations.check_enum(&word, "status", &JOB_EXECUTION_STATUS_SET);
        word.parse().ok()
    }

    /// Pairs of strings, at most ten, keys and values within their limits.
    pub(crate) fn status_details(&self, violations: &mut Violations) -> Option<Details> {
        status_details(self.get("statusDetails")?, violations)
    }

    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_iot-jobs-data_UpdateJobExecution.html>
    pub(crate) fn step_timeout(&self, violations: &mut Violations) -> Option<StepTimeout> {
        if self.integer("stepTimeoutInMinutes", &mut Violations::default()) == Some(-1) {
            return Some(StepTimeout::Stop);
        }
        self.start_timeout_minutes(violations)
            .map(StepTimeout::Minutes)
    }

    /// Of start-next, where no timer is running that could be stopped.
    pub(crate) fn start_timeout_minutes(&self, violations: &mut Violations) -> Option<u64> {
        let minutes = self.integer("stepTimeoutInMinutes", violations)?;
        violations.check_range(minutes, "stepTimeoutInMinutes", &TIMER_MINUTES);
        u64::try_from(minutes).ok()
    }
}

/// A value as messages repeat it: a text without its quotes.
fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}
