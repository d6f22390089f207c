//! The connection of an agent: its thing, and what is shown of it.

use crate::config::Config;
use crate::control::{Access, Control, ControlError, EnvironmentError};
use crate::device::Event;
use crate::local::LocalService;
use crate::protocol::ThingName;
use crate::run::aloud::say;
use crate::run::thing::{self, Ensured};

/// The control plane, if a device can have it. It only creates the thing, so a device does not need it.
pub(crate) async fn control(
    config: &Config,
    region: Option<&str>,
    access: &Access,
    environment: &Result<(), EnvironmentError>,
) -> Option<Control> {
    let region = region.filter(|_| environment.is_ok())?;
    Some(Control::open(region, access, config.timeout).await)
}

/// A local service that ends with the agent, for other programs.
pub(crate) struct OwnService {
    pub(crate) control_url: String,
    pub(crate) region: String,
    pub(crate) thing_arn: Option<String>,
}

/// Creates the thing, which a new service does not have.
pub(crate) async fn own_service(
    local: &LocalService,
    region: &str,
    plane: &Control,
    thing: &ThingName,
) -> OwnService {
    OwnService {
        control_url: local.control_url(),
        region: region.to_owned(),
        // If it cannot be created, the service says so to the device.
        thing_arn: plane.create_thing(thing).await.ok(),
    }
}

/// Creates the thing unless it exists. Without credentials it has to exist.
pub(crate) async fn ensure_thing(control: Control, thing: ThingName) {
    match thing::ensure(&control, &thing).await {
        Ok(Ensured { is_new: true, .. }) => say(&thing::created(&thing)),
        Ok(_) | Err((_, ControlError::NoCredentials(_))) => {}
        Err((operation, error)) => {
            tracing::info!(operation, %error, "the thing was not looked up");
            if operation == thing::CREATE {
                say(&format!(
                    "The thing `{thing}` does not exist. {operation}: {error}"
                ));
            }
        }
    }
}

/// What is shown of an event of the connection: one word for it, and a text.
pub(crate) fn news(event: &Event) -> Option<(&'static str, String)> {
    match event {
        Event::ConnectionLost { reason, .. } => {
            Some(("ConnectionLost", format!("Connection lost: {reason}")))
        }
        Event::ReconnectFailed { error } => {
            Some(("ReconnectFailed", format!("Still not connected: {error}")))
        }
        Event::ConnectedAgain { after } => {
            let text = format!("Reconnected after {} s", after.as_secs());
            Some(("ConnectedAgain", text))
        }
        Event::Message(_) | Event::UnexpectedReply { .. } | Event::Missed { .. } => None,
    }
}
