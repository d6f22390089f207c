//! An onlooker: the owner of the service sees every message of the job service over MQTT, and decides what becomes of it.

use std::fmt;
use std::sync::Arc;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// From a device to the job service.
    Request,
    /// From the job service to the device that asked.
    Reply,
    /// From the job service to all subscribers.
    Event,
}

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub struct SeenMessage<'a> {
    /// What it is.
    pub kind: MessageKind,
    /// The topic on which it is published.
    pub topic: &'a str,
    /// What it says.
    pub payload: &'a [u8],
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It goes its way.
    Pass,
    /// It is lost.
    Lose,
    /// An event is sent twice. Other messages pass.
    Twice,
    /// A reply or an event has this payload instead. Requests pass.
    Replace(Vec<u8>),
    /// A request is rejected with `RequestThrottled`, and changes nothing. Other messages pass.
    Throttle,
    /// A request is rejected with `InvalidRequest` and this message, and changes nothing. Other messages pass.
    Refuse(String),
}

/// Looks at every message. The service waits for it, so it must be quick, and must not call the service.
#[derive(Clone)]
pub struct Onlooker(Arc<dyn Fn(SeenMessage<'_>) -> Treatment + Send + Sync>);

impl Onlooker {
    /// An onlooker that does this with each message.
    pub fn new(look: impl Fn(SeenMessage<'_>) -> Treatment + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(crate) fn look(&self, message: SeenMessage<'_>) -> Treatment {
        (self.0)(message)
    }
}

impl fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Onlooker").finish_non_exhaustive()
    }
}
