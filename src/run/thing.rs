//! The thing of a session, which has to be there.

use crate::control::{Control, ControlError};
use crate::protocol::ThingName;
use crate::text;

/// What the start found out about the thing.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Its ARN, unless the control plane did not tell.
    pub(crate) arn: Option<String>,
    /// What to tell the person.
    pub(crate) notice: Option<String>,
}

/// Creates the thing unless it exists. A refusal is no reason to stop: the device's side works without the control plane.
pub(crate) async fn ensure_thing(control: &Control, thing: &ThingName) -> Found {
    let without = |operation: &str, error: &ControlError| Found {
        arn: None,
        notice: Some(format!(
            "Going on without the control plane (create-job, delete-job): {operation}: {}",
            text::sanitize(&error.to_string())
        )),
    };
    match control.describe_thing(thing).await {
        Ok(arn) => Found {
            arn: Some(arn),
            notice: None,
        },
        Err(error) if error.is_not_found() => match control.create_thing(thing).await {
            Ok(arn) => Found {
                arn: Some(arn),
                notice: Some(format!("Created the thing {thing}, which did not exist.")),
            },
            Err(error) => without("CreateThing", &error),
        },
        Err(error) => without("DescribeThing", &error),
    }
}
