//! What happens inside, for `--log`: the records of this program and of its libraries (`log` and `tracing`), one line each.
//!
//! Nothing is written unless it is asked for, and never onto the screen of a session. Secrets are taken out line by line.

mod filter;

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::span;

use crate::logging::filter::{Filter, Level};
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
    /// A level that there is not.
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
    let filter = Filter::parse(levels.unwrap_or_default()).map_err(LogError::Level)?;
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
    let most = filter.most();
    let journal = Journal(Arc::new(Inner {
        filter,
        secrets,
        output: Mutex::new(output),
    }));
    // Both fail only if there is a log already, and this is called once.
    let _ = tracing::subscriber::set_global_default(journal.clone());
    // It lives as long as the program.
    if log::set_logger(Box::leak(Box::new(journal))).is_ok() {
        log::set_max_level(match most {
            Level::Off => log::LevelFilter::Off,
            Level::Error => log::LevelFilter::Error,
            Level::Warn => log::LevelFilter::Warn,
            Level::Info => log::LevelFilter::Info,
            Level::Debug => log::LevelFilter::Debug,
            Level::Trace => log::LevelFilter::Trace,
        });
    }
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

#[derive(Clone)]
struct Journal(Arc<Inner>);

struct Inner {
    filter: Filter,
    secrets: Vec<String>,
    output: Mutex<Box<dyn Write + Send>>,
}

impl Journal {
    fn write(&self, level: Level, module: &str, text: &str) {
        let inner = &self.0;
        let mut end = text.len().min(RECORD_LIMIT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text::mask(&redact::redact(&text[..end], &inner.secrets), ' ');
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let level = format!("{level:?}").to_uppercase();
        let line = format!(
            "{}.{:03} {level:<5} {module}: {text}\n",
            now.as_secs(),
            now.subsec_millis()
        );
        let mut output = inner.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop the program.
        let _ = output.write_all(line.as_bytes());
    }
}

impl log::Log for Journal {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.0
            .filter
            .allows(metadata.target(), of_log(metadata.level()))
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = of_log(record.level());
            self.write(level, record.target(), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn of_log(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    }
}

/// Events are written; spans are not followed.
impl tracing::Subscriber for Journal {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event()
            && self
                .0
                .filter
                .allows(metadata.target(), of_tracing(*metadata.level()))
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let metadata = event.metadata();
        self.write(of_tracing(*metadata.level()), metadata.target(), &fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn of_tracing(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}

/// The fields of an event, as text.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, "{name}={value:?}"),
        };
    }
}
