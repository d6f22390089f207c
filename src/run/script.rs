//! Where the commands of a run come from, and what is said at its end.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Cursor, IsTerminal, Read, Write};

use crate::cli::{Mode, SessionArgs, SessionForm};
use crate::config::{Config, ServiceChoice};
use crate::redact;
use crate::repl::editor::Source;
use crate::repl::feed;
use crate::repl::guide::explain::{self, Files, ServiceAddress};
use crate::repl::input::command::{self, Command};
use crate::repl::output::form::{Form, Style};
use crate::repl::session::{Ended, Failed};
use crate::run::RunError;
use crate::text;

/// Where the commands come from.
pub(crate) enum Script {
    /// Standard input, which may be a terminal.
    Stdin,
    /// Here; whether it has lines that a person would look for.
    Text(bool, Box<dyn Read + Send>),
    /// Nowhere: the command needed no service, and its answer has been given.
    Done,
}

impl Script {
    /// What the command line says.
    pub(crate) fn find(
        args: &SessionArgs,
        mode: Option<Mode>,
        config: &Config,
    ) -> Result<Self, RunError> {
        if let Some(Mode::Command(words)) = mode {
            let words: Vec<String> = words
                .into_iter()
                .map(OsString::into_string)
                .collect::<Result<_, _>>()
                .map_err(|word| RunError::NotUtf8(word.to_string_lossy().into_owned()))?;
            let quoted: Vec<_> = words.iter().map(|word| text::quote(word)).collect();
            let line = quoted.join(" ");
            // A mistake shows before anything is started; help needs nothing started at all.
            let text = match command::parse(&line, &config.thing)? {
                Some(Command::Help(text)) => Some(feed::folded(&text)),
                Some(Command::Explain(command)) => {
                    Some(explain::text(&command, &service_address(config)))
                }
                Some(Command::Tutorial(_)) => return Err(RunError::SessionOnly),
                _ => None,
            };
            if let Some(text) = text {
                let _ = std::io::stdout().write_all(redact::signatures(&text).as_bytes());
                return Ok(Self::Done);
            }
            return Ok(Self::Text(false, Box::new(Cursor::new(line))));
        }
        if !args.commands.is_empty() {
            let lines = args.commands.join("\n");
            return Ok(Self::Text(true, Box::new(Cursor::new(lines))));
        }
        match &args.file {
            Some(file) if file.as_os_str() != "-" => {
                let unreadable = |error| RunError::Script(file.clone(), error);
                let reader = File::open(file).map_err(unreadable)?;
                Ok(Self::Text(true, Box::new(reader)))
            }
            _ => Ok(Self::Stdin),
        }
    }

    /// Whether a job document can come from standard input, because the commands do not.
    pub(crate) fn leaves_stdin(&self) -> bool {
        matches!(self, Self::Text(..))
    }

    /// Whether a failure has a line that a person would look for.
    pub(crate) fn has_lines(&self) -> bool {
        !matches!(self, Self::Text(false, _))
    }

    pub(crate) fn into_source(self) -> Source {
        match self {
            Self::Text(_, reader) => Source::Reader(reader),
            Self::Stdin | Self::Done => Source::Stdin,
        }
    }
}

/// What the command line tells of the service. Without --endpoint nothing: a local service is not there yet.
pub(crate) fn service_address(config: &Config) -> ServiceAddress {
    let mut address = ServiceAddress::unknown(config.thing.clone());
    if let ServiceChoice::Remote(remote) = &config.service {
        address.region.clone_from(&remote.region);
        address.endpoint = Some((remote.endpoint.clone(), remote.port));
        address.files = Some(Files {
            ca: remote.ca_file.clone(),
            cert: remote.cert.clone(),
            key: remote.key.clone(),
        });
    }
    address
}

/// How the session prints, by its options and the environment.
pub(crate) fn style(args: &SessionArgs) -> Style {
    let is_terminal = std::io::stdout().is_terminal();
    Style {
        form: match args.output {
            SessionForm::Text => Form::Text,
            SessionForm::Json => Form::Json,
            SessionForm::Jsonl => Form::Jsonl,
            SessionForm::Raw => Form::Raw,
        },
        color: args
            .color
            .decide(is_terminal, |name| std::env::var_os(name)),
        notes: is_terminal && matches!(args.output, SessionForm::Text),
    }
}

/// What a script is told at its end if anything failed. The errors themselves are among the answers.
pub(crate) fn summary(ended: &Ended, first: &Failed) -> String {
    let command = redact::signatures(&first.command);
    let command: String = command
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect();
    let command = text::sanitize(&command);
    let at = format!("line {}: `{command}` failed", first.line);
    match (ended.stopped, ended.failures) {
        (true, _) => format!("{at}, so the script stopped there (--keep-going goes on)"),
        (false, 1) => at,
        (false, count) => format!("{at}, the first of {count} commands"),
    }
}
