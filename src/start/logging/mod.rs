//! The log for `--log`: the records of this program and of its libraries (`log` and `tracing`), one line each.
//!
//! Nothing is written unless it is requested, and never to the screen of a session. Secrets are removed from each line.

mod filter;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::own_file::OwnFile;
use crate::redact;
use crate::text;

/// Parts of the names of environment variables whose values must not be logged, unless the name ends in a way that shows a
/// place only.
const SECRET_VARIABLES: [&str; 5] = ["AUTHORIZATION", "PASSPHRASE", "PASSW", "SECRET", "TOKEN"];
const PLACES: [&str; 3] = ["_FILE", "_URI", "_URL"];

/// The longest record that is written, in bytes.
const RECORD_LIMIT: usize = 8 * 1024;

/// Shorter values occur in too many words to be removed.
const SECRET_LENGTH_MIN: usize = 8;

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be written.
    #[error("cannot write the log `{path}`: {source}\ngive another file with --log")]
    File { path: PathBuf, source: io::Error },
    /// The log would be written between the prompts.
    #[error(
        "--log - would write over the session on the screen\ngive a file, or redirect standard error: 2> FILE"
    )]
    Screen,
    /// The level does not exist.
    #[error(
        "RUST_LOG: cannot read `{0}`\ngive error, warn, info, debug or trace, or a list such as warn,jobs_sandbox=debug"
    )]
    Level(String),
}

impl LogError {
    /// Whether the command line is at fault, rather than a file.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Screen | Self::Level(_))
    }
}

/// Starts to write records to a file (readable by its owner only; appended to) or, for `-`, to standard error.
pub fn start(target: &Path, levels: Option<&str>) -> Result<(), LogError> {
    let filter = filter::read(levels.unwrap_or_default()).map_err(LogError::Level)?;
    let unwritable = |source| LogError::File {
        path: target.to_owned(),
        source,
    };
    let output: Box<dyn Write + Send> = if target == Path::new("-") {
        if io::stderr().is_terminal() {
            return Err(LogError::Screen);
        }
        Box::new(io::stderr())
    } else {
        Box::new(OwnFile::open(target).map_err(unwritable)?)
    };
    let lines = LogLines {
        path: target.to_owned(),
        output,
        is_closed: false,
    };
    let secrets = secrets_in(std::env::vars_os());
    let line = fmt::layer().event_format(LogLine { secrets });
    // It fails only if there is a log already, and this is called once.
    let _ = tracing_subscriber::registry()
        .with(line.with_writer(Mutex::new(lines)))
        .with(filter)
        .try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    match failure().take() {
        Some((_, error)) => Err(unwritable(error)),
        None => Ok(()),
    }
}

/// Writes that the program, or a library, has panicked.
pub fn record_panic(text: &str) {
    tracing::error!(error = text, "panic");
}

/// Returns the failure of writing the log, once.
pub fn take_failure() -> Option<String> {
    let (path, error) = failure().take()?;
    let path = path.to_string_lossy();
    let path = text::sanitize(&path);
    Some(format!(
        "The log `{path}` ends here, because it cannot be written: {error}"
    ))
}

/// The file that could not be written, and why, until that is reported. There is only one log, because there is only one
/// subscriber.
fn failure() -> MutexGuard<'static, Option<(PathBuf, io::Error)>> {
    static FAILURE: Mutex<Option<(PathBuf, io::Error)>> = Mutex::new(None);
    // One assignment, so a panic elsewhere leaves nothing half done.
    FAILURE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The values of an environment that must not be written.
fn secrets_in(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<String> {
    let is_secret = |name: &str| {
        SECRET_VARIABLES.iter().any(|part| name.contains(part))
            && !PLACES.iter().any(|end| name.ends_with(end))
    };
    variables
        .filter(|(name, _)| is_secret(&name.to_string_lossy().to_ascii_uppercase()))
        .map(|(_, value)| value.to_string_lossy().into_owned())
        .filter(|value| value.len() >= SECRET_LENGTH_MIN)
        .collect()
}

/// The form of a line: `1787702400.123 INFO  jobs_sandbox: started`, without secrets and control characters, cut if it is
/// too long. Spans are not shown.
struct LogLine {
    secrets: Vec<String>,
}

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or_else(|| event.metadata());
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let (seconds, millis) = (now.as_secs(), now.subsec_millis());
        let (level, target) = (metadata.level(), metadata.target());
        let mut record = String::new();
        context.format_fields(Writer::new(&mut record), event)?;
        record.truncate(record.floor_char_boundary(RECORD_LIMIT));
        let record = text::mask(&redact::record(&record, &self.secrets), ' ');
        writeln!(line, "{seconds}.{millis:03} {level:<5} {target}: {record}")
    }
}

/// The file of the log, or standard error. After a failure nothing more is written, and the program continues.
struct LogLines {
    path: PathBuf,
    output: Box<dyn Write + Send>,
    is_closed: bool,
}

impl Write for LogLines {
    /// Writes one line of any length.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !self.is_closed
            && let Err(error) = self.output.write_all(line)
        {
            self.is_closed = true;
            *failure() = Some((self.path.clone(), error));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_the_environment_are_known_by_their_names() {
        for (name, value, is_secret) in [
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUt", true),
            ("AWS_SESSION_TOKEN", "FwoGZXIv", true),
            ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-", true),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic 12", true),
            ("db_password", "hunter22", true),
            ("AWS_SESSION_TOKEN", "local", false),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token", false),
            ("AWS_PROFILE", "production", false),
        ] {
            let variables = [(name.into(), value.into())];
            let secrets = secrets_in(variables.into_iter());
            assert_eq!(!secrets.is_empty(), is_secret, "{name}");
        }
    }
}
