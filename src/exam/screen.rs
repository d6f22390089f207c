//! What an exam shows while it is held: marks on standard output and, for people, what is being played.

use std::io::{self, IsTerminal, Write};

use crate::exam::error::ExamError;
use crate::exam::play::News;
use crate::text;

/// A longer line may not fit a terminal, and could not be taken back.
const LINE: usize = 60;

/// Where marks are shown.
pub(crate) struct Screen {
    /// Whether standard error is a terminal, where a line can be taken back.
    is_live: bool,
    /// Whether there is such a line.
    has_line: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self {
            is_live: io::stdout().is_terminal() && io::stderr().is_terminal(),
            has_line: false,
        }
    }

    /// `alone` says how to play a scenario alone.
    pub(crate) fn show(
        &mut self,
        news: News<'_>,
        alone: impl Fn(&str) -> String,
    ) -> Result<(), ExamError> {
        match news {
            News::Mark(mark) => {
                self.clear();
                print(&mark.text(&alone(mark.scenario.id)))
            }
            News::Playing(ids) => {
                self.clear();
                if self.is_live && !ids.is_empty() {
                    // Without standard error the line is not needed.
                    let line = text::shorten(&format!("Playing {}", ids.join(", ")), LINE);
                    let _ = write!(io::stderr(), "{line}");
                    self.has_line = true;
                }
                Ok(())
            }
        }
    }

    /// Takes the line back.
    fn clear(&mut self) {
        if std::mem::take(&mut self.has_line) {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

/// Prints a text on standard output.
pub(crate) fn print(text: &str) -> Result<(), ExamError> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    written
        .and_then(|()| stdout.flush())
        .map_err(ExamError::Output)
}
