//! What happens inside, for `--log`: the records of this program and of its libraries (`log` and `tracing`), one line each.
//!
//! Nothing is written unless it is asked for, and never onto the screen of a session. Secrets are taken out line by line.

mod filter;

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{self, FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::redact;
use crate::text;

/// The environment variables whose values must not be written.
const SECRET_VARIABLES: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The longest record that is written, in bytes.
const RECORD_LIMIT: usize = 8 * 1024;

/// Shorter values stand in too many words to be taken out.
const SECRET_LENGTH_MIN: usize = 8;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The file cannot be written.
    #[error("cannot write the log `{path}`: {source}\nname another file with --log")]
    File { path: PathBuf, source: io::Error },
    /// It would be written between the prompts.
    #[error(
        "--log - would write into the screen of the session\nname a file, or redirect standard error: 2> FILE"
    )]
    Screen,
    /// The level does not exist.
    #[error(
        "RUST_LOG: `{0}` is not understood\ngive error, warn, info, debug or trace, or such as warn,jobs_sandbox=debug"
    )]
    Level(String),
}

impl LogError {
    /// Whether what was typed is at fault, and not a file.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Screen | Self::Level(_))
    }
}

/// Starts to write records to a file (readable by its owner only; appended to) or, for `-`, to standard error.
pub(crate) fn start(target: &Path, levels: Option<&str>) -> Result<(), LogError> {
    let filter = filter::read(levels.unwrap_or_default()).map_err(LogError::Level)?;
    let output: Box<dyn Write + Send> = if target == Path::new("-") {
        if io::stderr().is_terminal() {
            return Err(LogError::Screen);
        }
        Box::new(io::stderr())
    } else {
        Box::new(open(target).map_err(|source| LogError::File {
            path: target.to_owned(),
            source,
        })?)
    };
    let secrets = SECRET_VARIABLES
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .filter(|value| value.len() >= SECRET_LENGTH_MIN)
        .collect();
    let line = fmt::layer().event_format(LogLine);
    let redactor = Mutex::new(Redactor { secrets, output });
    // It fails only if there is a log already, and this is called once.
    let _ = tracing_subscriber::registry()
        .with(line.with_writer(redactor))
        .with(filter)
        .try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The form of a line: `1787702400.123 INFO  jobs_sandbox: started`. Spans are not shown.
struct LogLine;

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
        write!(line, "{seconds}.{millis:03} {level:<5} {target}: ")?;
        context.format_fields(line, event)
    }
}

/// Writes each line without secrets and control characters, and cut where it is too long.
struct Redactor {
    secrets: Vec<String>,
    output: Box<dyn Write + Send>,
}

impl Write for Redactor {
    /// Takes one line, however long.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = &text[..text.floor_char_boundary(RECORD_LIMIT)];
        let text = text::mask(&redact::redact(text, &self.secrets), ' ');
        // A full disk must not stop the program.
        let _ = self.output.write_all(format!("{text}\n").as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
