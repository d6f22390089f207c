//! What the person who started the program is told, beside what is typed and answered.

use std::io::Write;
use std::sync::Arc;

use crate::redact;
use crate::repl::output::transcript::Transcript;

/// A line for the person who started the program. Not for standard output, which belongs to replies and events.
pub(crate) fn say(text: &str) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{}", redact::signatures(text));
}

/// Who says what the person who started a session is told, and keeps it with the rest.
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
