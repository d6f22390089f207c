//! Messages to the user besides replies, and texts that were asked for.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cause::OUTPUT_CLOSED;
use crate::redact;
use crate::repl::output::fold;
use crate::repl::output::transcript::Transcript;
use crate::run::error::RunError;
use crate::text;

/// Prints a line to standard error: standard output is for replies and events. It may contain parts of the command line,
/// files, the environment and messages of the system.
pub(crate) fn say(text: &str) {
    let text = redact::private_keys(text);
    let text = redact::signatures(&text);
    let text = text::sanitize_lines(&text);
    let width = terminal_size::terminal_size_of(std::io::stderr());
    let text = match width {
        Some((width, _)) => Cow::Owned(fold::message(&text, width.0.into())),
        None => text,
    };
    // Without standard error the line is lost.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a text that was asked for, which may contain the same as in [`say`].
pub(crate) fn print(text: &str) -> Result<ExitCode, RunError> {
    let text = redact::private_keys(text);
    let text = redact::signatures(&text);
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text::sanitize_lines(&text).as_bytes());
    printed(written.and_then(|()| stdout.flush()))
}

/// The end of a run that has printed a text.
pub(crate) fn printed(written: std::io::Result<()>) -> Result<ExitCode, RunError> {
    match written {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The reader has closed the pipe, which is not an error.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::from(OUTPUT_CLOSED)),
        Err(error) => Err(RunError::Output(error)),
    }
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
