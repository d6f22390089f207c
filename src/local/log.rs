//! The log of the local service: what it refused, one line each.

use std::sync::mpsc::SyncSender;

use crate::text;

#[derive(Debug)]
pub(crate) struct Log(pub(crate) Option<SyncSender<String>>);

impl Log {
    /// Adds a line, without control characters. It is dropped if the channel is full: the service does not wait.
    pub(crate) fn add(&self, text: &str) {
        if let Some(lines) = &self.0 {
            let _ = lines.try_send(text::mask(text, ' '));
        }
    }
}
