//! `statusDetails` of a job execution.

use serde_json::Value;

use crate::service::constraint::Violations;
use crate::service::model::shapes::STATUS_DETAILS;
use crate::service::model::value::check_shape;

/// `statusDetails` in the order in which the device gave them.
pub(crate) type Details = Vec<(String, String)>;

/// Pairs of strings, at most ten, keys and values within their limits: of a device's request, and of CancelJobExecution.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CancelJobExecution.html>
pub(crate) fn status_details(value: &Value, violations: &mut Violations) -> Option<Details> {
    if check_shape(&STATUS_DETAILS, value, "statusDetails", violations).is_err() {
        violations.add_unquoted(
            "statusDetails",
            "Member must be a map of strings to strings",
        );
    }
    details(value)
}

/// The pairs of a value that has been checked.
pub(crate) fn details(value: &Value) -> Option<Details> {
    let pairs = value.as_object()?.iter();
    pairs
        .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}
