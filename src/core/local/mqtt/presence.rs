//! The presence of a connection at the hub.

use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;

use crate::broker::ConnectionId;
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::HubInput;
use crate::local::mqtt::decode::End;

/// Reports the end of a connection to the hub, also when it is dropped because its task ended for any reason, even a panic.
/// Otherwise the hub would consider the client connected, and not publish its will.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) id: ConnectionId,
    pub(crate) hub: HubHandle,
    /// How the connection ends: lost, unless the client sends a DISCONNECT.
    pub(crate) kind: End,
    is_over: bool,
}

impl Presence {
    pub(crate) fn new(id: ConnectionId, hub: HubHandle) -> Self {
        Self {
            id,
            hub,
            kind: End {
                with_will: true,
                session_expiry_s: None,
                why: None,
            },
            is_over: false,
        }
    }

    /// Reports the end, unless it has been reported.
    pub(crate) fn end(&mut self) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let gone = HubInput::Gone {
            id: self.id,
            with_will: self.kind.with_will,
            session_expiry_s: self.kind.session_expiry_s,
            why: self.kind.why.take(),
        };
        // Any other error means that the hub has stopped.
        if let Err(TrySendError::Full(gone)) = self.hub.inputs.try_send(gone)
            && let Ok(runtime) = Handle::try_current()
        {
            let hub = self.hub.clone();
            runtime.spawn(async move { hub.send(gone).await });
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.end();
    }
}
