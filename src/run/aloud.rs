//! Messages to the user besides the answers to commands.

use std::io::Write;
use std::sync::Arc;

use crate::redact;
use crate::repl::output::transcript::Transcript;

/// Prints a line to standard error: standard output is for replies and events.
pub(crate) fn say(text: &str) {
    // Without standard error the line is lost.
    let _ = writeln!(std::io::stderr(), "{}", redact::signatures(text));
}

/// Prints the messages of a session, and keeps them in its transcript.
pub(crate) struct Aloud(pub(crate) Option<Arc<Transcript>>);

impl Aloud {
    pub(crate) fn say(&self, text: &str) {
        self.keep(text);
        say(text);
    }

    pub(crate) fn keep(&self, text: &str) {
        if let Some(transcript) = &self.0 {
            transcript.shown(text);
        }
    }
}
