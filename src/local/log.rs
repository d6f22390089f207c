//! The log of the local service: what it refused, one line each.

use std::sync::mpsc::SyncSender;

/// Where refusals are told, if anywhere.
#[derive(Debug)]
pub(crate) struct Log(pub(crate) Option<SyncSender<String>>);

impl Log {
    /// Adds a line; it is lost if nobody reads, since the service does not wait for its audience.
    pub(crate) fn tell(&self, text: &str) {
        if let Some(lines) = &self.0 {
            let _ = lines.try_send(text.replace(is_unprintable, " "));
        }
    }
}

/// What could move the cursor, or turn the order of what stands around it.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
