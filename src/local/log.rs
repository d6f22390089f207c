//! The log of the local service: what it refused, one line each.

use std::sync::mpsc::SyncSender;

use crate::text;

/// Where refusals are told, if anywhere.
#[derive(Debug)]
pub(crate) struct Log(pub(crate) Option<SyncSender<String>>);

impl Log {
    /// Adds a line; it is lost if nobody reads, since the service does not wait for its audience.
    pub(crate) fn add(&self, text: &str) {
        if let Some(lines) = &self.0 {
            let _ = lines.try_send(text::mask(text, ' '));
        }
    }
}
