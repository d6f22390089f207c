//! The source of a run's commands, and the message at its end.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::Path;

use crate::cli::{Mode, SessionArgs, SessionForm};
use crate::config::Config;
use crate::redact;
use crate::repl::editor::Source;
use crate::repl::guide::explain;
use crate::repl::guide::help::{self, HelpStyle};
use crate::repl::input::alias::Aliases;
use crate::repl::input::command::{self, Command, HelpTopic, OwnCommand};
use crate::repl::input::grammar::own::PROGRAM_COMMANDS;
use crate::repl::output::form::{Form, Style};
use crate::repl::room;
use crate::repl::turns::{FailedCommand, SessionEnded};
use crate::run::address;
use crate::run::error::RunError;
use crate::run::program::program_help;
use crate::text;

/// The purpose of a command line.
pub(crate) enum ScriptOrText {
    /// A text that does not need a service; it may contain what was typed.
    Text(String),
    Help(String),
    Script(Script),
}

/// The source of the commands.
pub(crate) enum Script {
    /// Standard input, which may be a terminal.
    Stdin,
    Text {
        lines: Lines,
        reader: Box<dyn Read + Send>,
    },
}

/// What a failure has behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// A single command, whose line number does not help the user.
    None,
    One,
    Many,
}

/// Whether a user types the commands.
pub(crate) fn is_interactive(args: &SessionArgs, mode: Option<&Mode>) -> bool {
    let is_stdin = args
        .file
        .as_ref()
        .is_none_or(|file| file.as_os_str() == "-");
    mode.is_none()
        && args.commands.is_empty()
        && is_stdin
        && io::stdin().is_terminal()
        && io::stdout().is_terminal()
}

/// The purpose of the command line. Without a configuration, only help is of use. A mistake in its command is reported before anything is started.
pub(crate) fn script_or_text(
    args: &SessionArgs,
    mode: Option<Mode>,
    config: Option<&Config>,
    aliases: &Aliases,
) -> Result<ScriptOrText, RunError> {
    if let Some(Mode::Command(words)) = mode {
        return single(words, args, config, aliases);
    }
    if !args.commands.is_empty() {
        let lines = match args.commands.as_slice() {
            [_] => Lines::One,
            _ => Lines::Many,
        };
        let commands = Cursor::new(args.commands.join("\n"));
        return Ok(ScriptOrText::Script(Script::of(lines, commands)));
    }
    Ok(ScriptOrText::Script(match &args.file {
        Some(file) if file.as_os_str() != "-" => {
            let unreadable = |error| RunError::Script(file.clone(), error);
            Script::of(Lines::Many, open(file).map_err(unreadable)?)
        }
        _ => Script::Stdin,
    }))
}

/// Opening a folder succeeds, and only reading it fails.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// The single command that the words of the command line make.
fn single(
    words: Vec<OsString>,
    args: &SessionArgs,
    config: Option<&Config>,
    aliases: &Aliases,
) -> Result<ScriptOrText, RunError> {
    let words: Vec<String> = words
        .into_iter()
        .map(OsString::into_string)
        .collect::<Result<_, _>>()
        .map_err(|word| RunError::NotUtf8(word.to_string_lossy().into_owned()))?;
    let quoted: Vec<_> = words.iter().map(|word| text::quote(word)).collect();
    let line = quoted.join(" ");
    let split = command::words(&line).unwrap_or_default();
    if let Some(text) = aliases.help(&split) {
        return Ok(ScriptOrText::Help(text));
    }
    if let Some(expanded) = aliases.expand(&line, &split) {
        expanded?;
        return Ok(ScriptOrText::Script(Script::of(
            Lines::None,
            Cursor::new(line),
        )));
    }
    Ok(match command::parse(&line)? {
        Some(Command::Own(OwnCommand::Help(topic))) => {
            let style = HelpStyle {
                look: room::look(style(args).color),
                program_help,
            };
            ScriptOrText::Help(help::text(outside_of_a_session(topic), style))
        }
        Some(Command::Own(OwnCommand::Explain(explained))) => {
            let address = config.map(address::of_config);
            let text = address.map(|address| explain::text(&explained, &address));
            ScriptOrText::Text(text.unwrap_or_default())
        }
        Some(Command::Own(OwnCommand::Tutorial(_))) => return Err(RunError::SessionOnly),
        _ => ScriptOrText::Script(Script::of(Lines::None, Cursor::new(line))),
    })
}

/// The topic of `help` outside a session: `doctor` is also a subcommand of the program.
fn outside_of_a_session(topic: HelpTopic) -> HelpTopic {
    match topic {
        HelpTopic::Command(name) if PROGRAM_COMMANDS.contains(&name) => HelpTopic::Program(name),
        topic => topic,
    }
}

impl Script {
    fn of(lines: Lines, reader: impl Read + Send + 'static) -> Self {
        let reader = Box::new(reader);
        Self::Text { lines, reader }
    }

    /// Whether a job document can come from standard input, because the commands do not.
    pub(crate) fn leaves_stdin(&self) -> bool {
        matches!(self, Self::Text { .. })
    }

    pub(crate) fn lines(&self) -> Lines {
        match self {
            Self::Stdin => Lines::Many,
            Self::Text { lines, .. } => *lines,
        }
    }

    pub(crate) fn into_source(self) -> Source {
        match self {
            Self::Stdin => Source::Stdin,
            Self::Text { reader, .. } => Source::Reader(reader),
        }
    }
}

/// How the session prints, by its options and the environment.
pub(crate) fn style(args: &SessionArgs) -> Style {
    let is_terminal = io::stdout().is_terminal();
    Style {
        form: match args.output {
            SessionForm::Text => Form::Text,
            SessionForm::Pretty => Form::Pretty,
            SessionForm::Json => Form::Json,
            SessionForm::Jsonl => Form::Jsonl,
            SessionForm::Raw => Form::Raw,
        },
        color: args
            .color
            .decide(is_terminal, |name| std::env::var_os(name)),
        notes: is_terminal,
        width: None,
    }
}

/// The message at the end of a script that failed. The errors themselves are among the replies.
pub(crate) fn summary(ended: &SessionEnded, first: &FailedCommand, lines: Lines) -> String {
    let command = redact::signatures(&first.command);
    let command: String = command
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect();
    let command = text::sanitize(&command);
    let at = match first.line {
        0 if command.is_empty() => "the script cannot be read".to_owned(),
        0 => format!("the start-up line `{command}` failed"),
        line => format!("line {line}: `{command}` failed"),
    };
    match (ended.stopped && lines == Lines::Many, ended.failures) {
        (false, 1) => at,
        (true, _) => format!("{at}, so the script stopped there (--keep-going continues)"),
        (false, count) => format!("{at}, the first of {count} commands"),
    }
}
