//! `statusDetails` of a job execution.

use serde_json::Value;

use crate::service::constraint::{Pattern, Violations};
use crate::service::limits::{
    STATUS_DETAILS_KEY_CHARACTERS, STATUS_DETAILS_PAIRS, STATUS_DETAILS_VALUE_CHARACTERS,
};

/// `statusDetails` in the order in which the device gave them.
pub(crate) type Details = Vec<(String, String)>;

/// Pairs of strings, at most ten, keys and values within their limits: of a device's request, and of CancelJobExecution.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
pub(crate) fn status_details(value: &Value, violations: &mut Violations) -> Option<Details> {
    let mut violate = |rule: &str| violations.add_unquoted("statusDetails", rule);
    let Value::Object(map) = value else {
        violate("Member must be a map of strings to strings");
        return None;
    };
    let details: Option<Details> = map
        .iter()
        .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    if map.len() > STATUS_DETAILS_PAIRS {
        violate(&format!(
            "Member must have length less than or equal to {STATUS_DETAILS_PAIRS}"
        ));
    }
    let (max, pattern) = (STATUS_DETAILS_KEY_CHARACTERS, Pattern::NAME);
    if !map.keys().all(|key| fits(key, max, pattern)) {
        violate(&map_rule("keys", max, pattern));
    }
    let (max, pattern) = (STATUS_DETAILS_VALUE_CHARACTERS, Pattern::NO_CONTROL);
    let values_fit = details
        .iter()
        .flatten()
        .all(|(_, value)| fits(value, max, pattern));
    if details.is_none() || !values_fit {
        violate(&map_rule("value", max, pattern));
    }
    details
}

fn fits(text: &str, max: usize, pattern: Pattern) -> bool {
    !text.is_empty() && text.chars().count() <= max && pattern.matches(text)
}

fn map_rule(what: &str, max: usize, pattern: Pattern) -> String {
    format!(
        "Map {what} must satisfy constraint: [Member must have length less than or equal to {max}, Member must have \
         length greater than or equal to 1, Member must satisfy regular expression pattern: {}]",
        pattern.text
    )
}
