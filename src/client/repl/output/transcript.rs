//! `--transcript`: what was typed and shown, line by line, with its time.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::own_file::OwnFile;
use crate::redact;
use crate::repl::output::times;
use crate::text;

/// A file to which every line is appended at once: `2026-11-22 06:58:20.123Z Connection lost`. It contains neither colours
/// nor other control characters.
#[derive(Debug)]
pub struct Transcript {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Open(OwnFile),
    /// Writing has failed, which has not been reported yet.
    Failed(io::Error),
    /// Writing has failed, which has been reported.
    Closed,
}

/// Why a transcript cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the transcript `{path}`: {source}\ngive another file with --transcript")]
pub struct TranscriptError {
    path: PathBuf,
    source: io::Error,
}

impl Transcript {
    /// Opens the file, readable only by its owner if it is new, and writes a line with the name and version of the program.
    pub fn open(path: &Path) -> Result<Self, TranscriptError> {
        let begun = OwnFile::open(path).and_then(|mut file| {
            let version = concat!("jobs-sandbox ", env!("CARGO_PKG_VERSION"));
            file.write_all(stamped(version).as_bytes())?;
            Ok(file)
        });
        match begun {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                state: Mutex::new(State::Open(file)),
            }),
            Err(source) => {
                let path = path.to_owned();
                Err(TranscriptError { path, source })
            }
        }
    }

    /// Writes what was typed, behind the prompt at that time.
    pub fn typed(&self, prompt: &str, text: &str) {
        self.write(&stamped(&format!("{prompt}{text}")));
    }

    /// Writes what was shown.
    pub fn shown(&self, text: &str) {
        self.write(&stamped(&without_colors(text)));
    }

    /// Returns the failure of writing, once.
    pub(crate) fn take_failure(&self) -> Option<String> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Closed) {
            State::Failed(error) => {
                let path = text::sanitize(&self.path.to_string_lossy()).into_owned();
                Some(format!(
                    "The transcript `{path}` ends here, because it cannot be written: {error}"
                ))
            }
            before => {
                *state = before;
                None
            }
        }
    }

    fn write(&self, lines: &str) {
        let mut state = self.state();
        if let State::Open(file) = &mut *state
            && let Err(error) = file.write_all(lines.as_bytes())
        {
            *state = State::Failed(error);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each line of a text with the time in front, without the signatures of presigned URLs.
fn stamped(text: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let utc = times::utc(now.as_secs());
    let time = utc.trim_end_matches(" UTC");
    let text = redact::signatures(text);
    let lines = text.lines().map(|line| {
        let line = text::sanitize(line);
        format!("{time}.{:03}Z {line}\n", now.subsec_millis())
    });
    lines.collect()
}

/// A text without the colours that this program has added: no other escape sequences occur.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or(part, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        for (text, expected) in [
            ("plain", "plain"),
            ("\x1b[2m# dim\x1b[0m\n{}", "# dim\n{}"),
            ("[\x1b[33m1\x1b[0m]", "[1]"),
            ("\x1b[1;31mm\x1b[0m", "m"),
        ] {
            assert_eq!(without_colors(text), expected);
        }
    }

    #[test]
    fn each_line_has_its_time() {
        let lines = stamped("a\nb\x1b\tc");
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 2);
        for (line, text) in lines.iter().zip(["a", "b\\u001b\\tc"]) {
            let (time, rest) = line.split_at("2026-11-22 06:58:20.123Z ".len());
            assert_eq!(rest, text);
            let shape: String = time
                .chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            assert_eq!(shape, "0000-00-00 00:00:00.000Z ");
        }
    }
}
