//! Standard output: the one place that writes to it, apart from the line editor.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::repl::output::transcript::Transcript;

/// Standard output, whether it still takes anything, and who keeps what is shown.
#[derive(Debug, Default)]
pub(crate) struct StandardOutput {
    failure: Mutex<Option<io::Error>>,
    transcript: Option<Arc<Transcript>>,
    /// See `EditorOptions::news`.
    other_news: Option<fn() -> Option<String>>,
}

impl StandardOutput {
    /// Nothing was written yet.
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

    /// Keeps what is shown in another way.
    pub(crate) fn keep(&self, text: &str) {
        if let Some(transcript) = &self.transcript {
            transcript.shown(text);
        }
    }

    /// Keeps what was typed behind this prompt.
    pub(crate) fn keep_typed(&self, prompt: &str, text: &str) {
        if let Some(transcript) = &self.transcript {
            transcript.typed(prompt, text);
        }
    }

    /// Why something is not kept any more, if that is news.
    pub(crate) fn news(&self) -> Option<String> {
        let transcript = self.transcript.as_ref();
        let news = transcript.and_then(|it| it.take_failure());
        news.or_else(|| self.other_news.and_then(|news| news()))
    }

    /// Writes a text at once, and keeps it. After a failure (a closed pipe, a full disk) nothing is written any more.
    pub(crate) fn write(&self, text: &str) {
        self.keep(text);
        self.write_only(text);
    }

    /// Writes a prompt, which is not kept.
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

    /// Why nothing is written any more, if that is so.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.failure().take()
    }

    /// Whether writing has failed: the output is not read any more, so the program should end.
    pub(crate) fn is_closed(&self) -> bool {
        self.failure().is_some()
    }
}
