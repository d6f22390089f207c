//! The connection of an agent: its thing, and what is shown of it.

use crate::config::Config;
use crate::control::{Access, Control, ControlError};
use crate::device::Event;
use crate::run::aloud::say;
use crate::run::thing::{self, Ensured};

/// Creates the thing unless it exists. Without credentials it has to exist.
pub(crate) async fn ensure_thing(region: String, access: Access, config: Config) {
    let (control, thing) = (
        Control::open(&region, &access, config.timeout).await,
        config.thing,
    );
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
