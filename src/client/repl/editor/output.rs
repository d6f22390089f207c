//! Standard output: the only place that writes to it, apart from the line editor.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::repl::output::transcript::Transcript;

/// Standard output, whether it still works, and the transcript.
#[derive(Debug, Default)]
pub(crate) struct StandardOutput {
    failure: Mutex<Option<io::Error>>,
    transcript: Option<Arc<Transcript>>,
    /// See `EditorOptions::news`.
    other_news: Option<fn() -> Option<String>>,
}

impl StandardOutput {
    /// Standard output, before anything is written.
    pub(crate) fn new(
        transcript: Option<Arc<Transcript>>,
        other_news: Option<fn() -> Option<String>>,
    ) -> Self {
        Self {
            failure: Mutex::default(),
            transcript,
            other_news,
        }
    }

    /// Adds to the transcript a text that was shown by other means.
    pub(crate) fn keep(&self, text: &str) {
        if let Some(transcript) = &self.transcript {
            transcript.shown(text);
        }
    }

    /// Adds to the transcript what was typed behind this prompt.
    pub(crate) fn keep_typed(&self, prompt: &str, text: &str) {
        if let Some(transcript) = &self.transcript {
            transcript.typed(prompt, text);
        }
    }

    /// Why the transcript or the history is no longer kept, reported once.
    pub(crate) fn news(&self) -> Option<String> {
        let transcript = self.transcript.as_ref();
        let news = transcript.and_then(|it| it.take_failure());
        news.or_else(|| self.other_news.and_then(|news| news()))
    }

    /// Writes a text at once, and adds it to the transcript. After a failure (a closed pipe, a full disk) nothing more is
    /// written.
    pub(crate) fn write(&self, text: &str) {
        self.keep(text);
        self.write_only(text);
    }

    /// Writes a prompt, which is not added to the transcript.
    pub(crate) fn write_only(&self, text: &str) {
        if text.is_empty() || self.is_closed() {
            return;
        }
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        if let Err(error) = written {
            *self.failure() = Some(error);
        }
    }

    fn failure(&self) -> MutexGuard<'_, Option<io::Error>> {
        // One assignment: a panic elsewhere leaves nothing half done.
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why writing failed, if it did.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.failure().take()
    }

    /// Whether writing has failed: the output is no longer read, so the program should end.
    pub(crate) fn is_closed(&self) -> bool {
        self.failure().is_some()
    }
}
