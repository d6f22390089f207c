//! The control plane's operations on the events of the account.

use serde_json::{Map, Value, json};

use crate::service::account_events::{EVENT_TYPES, JOB, JOB_EXECUTION};
use crate::service::control::call::ApiCall;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::state::Service;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateEventConfigurations.html>
pub(crate) fn update_event_configurations(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let given = parameters.get("eventConfigurations");
    let mut changes = Vec::new();
    for kind in EVENT_TYPES {
        let configuration = given.and_then(|given| given.get(kind));
        if let Some(configuration) = configuration.filter(|it| !it.is_null()) {
            changes.push((kind, is_switched_on(kind, configuration)?));
        }
    }
    // GUESS: types that are not named keep their setting; this is not documented.
    service.events.configure(changes, now);
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_Configuration.html>
fn is_switched_on(kind: &str, configuration: &Value) -> Result<bool, HttpError> {
    let is_on = configuration["Enabled"].as_bool() == Some(true);
    if is_on && ![JOB, JOB_EXECUTION].contains(&kind) {
        return Err(HttpError::not_emulated(&format!("events of type {kind}")));
    }
    Ok(is_on)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEventConfigurations.html>
#[expect(
    clippy::unnecessary_wraps,
    reason = "every operation answers so, and this one refuses nothing"
)]
pub(crate) fn describe_event_configurations(service: &Service) -> ControlAnswer {
    let configurations: Map<String, Value> = EVENT_TYPES
        .into_iter()
        .map(|kind| {
            let is_on = service.events.is_on(kind);
            (kind.to_owned(), json!({ "Enabled": is_on }))
        })
        .collect();
    let mut answer = json!({ "eventConfigurations": configurations });
    if let Some((first, last)) = service.events.changed_at() {
        answer["creationDate"] = json!(first);
        answer["lastModifiedDate"] = json!(last);
    }
    Ok(Some(answer))
}
