//! From a line to its command.

use std::time::Duration;

use crate::control::ControlRequest;
use crate::control::declared::kebab;
use crate::control::document_args::DocumentSource;
use crate::control::operations;
use crate::protocol::JobId;
use crate::repl::input::command::agent::agent;
use crate::repl::input::command::aws::{aws_line, check_request};
use crate::repl::input::command::check_document::check_document;
use crate::repl::input::command::device_request::device_request;
use crate::repl::input::command::error::{CommandError, arguments, misread, no_such_topic, short};
use crate::repl::input::command::events::events;
use crate::repl::input::command::kinds::{
    Command, Explained, HelpTopic, OwnCommand, ServiceRequest, Setting,
};
use crate::repl::input::command::mended::with_mended;
use crate::repl::input::command::until::until;
use crate::repl::input::command::watch::watch;
use crate::repl::input::grammar::own::{OPERATOR, OwnTyped, PROGRAM_COMMANDS};
use crate::repl::input::grammar::{self, AWS, Typed};
use crate::repl::input::query::Query;
use crate::repl::input::redirect::{self, Redirect};
use crate::repl::input::words::{self, MAX_LINE_BYTES, Unfinished, Word};
use crate::repl::output::form::Form;
use crate::repl::pages;
use crate::text::BYTE_ORDER_MARK;

/// Behind the name of a command, these ask for its help, as in other programs.
pub(crate) const HELP: [&str; 2] = ["--help", "-h"];

/// The command of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    pub command: Command,
    /// What to select from its response; everything if `None`.
    pub query: Option<Query>,
    /// Where its response goes; the screen if `None`.
    pub to: Option<Redirect>,
    /// What the line names of the session, such as the thing that it is sent as: options with their values.
    pub named: Vec<(&'static str, String)>,
}

type ReadLine = (Command, Option<Query>, Vec<(&'static str, String)>);

impl CommandLine {
    /// The operation whose document is to be written in the user's own editor, and the job with whose document it begins.
    pub(crate) fn to_be_written(&self) -> Option<(&'static str, Option<JobId>)> {
        let Command::Service(ServiceRequest::Control(request)) = &self.command else {
            return None;
        };
        match request.document()?.source() {
            DocumentSource::Editor(from) => Some((request.about().name, from.cloned())),
            _ => None,
        }
    }
}

/// The words of a line; empty if the line is blank or a comment. The error means that it needs more lines.
pub fn words(text: &str) -> Result<Vec<Word>, Unfinished> {
    if is_blank(text) {
        return Ok(Vec::new());
    }
    grammar::split(text)
}

/// Whether a text is blank, or a comment.
pub(crate) fn is_blank(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
    text.is_empty() || text.starts_with('#')
}

/// The command of one line; `None` if it is blank or a comment (`#`).
pub fn parse(line: &str) -> Result<Option<Command>, CommandError> {
    check_length(line)?;
    Ok(read(line, &words(line)?)?.map(|line| line.command))
}

/// Reads one line that has been split into `words`; `None` if it is blank or a comment (`#`).
pub fn read(line: &str, words: &[Word]) -> Result<Option<CommandLine>, CommandError> {
    check_length(line)?;
    if is_blank(line) {
        return Ok(None);
    }
    let to = redirect::read(words::redirection(line, words), !words.is_empty())?;
    let (command, query, named) = command_of(words).map_err(|error| {
        let is_command = |line: &str| {
            let words = self::words(line);
            words.is_ok_and(|words| command_of(&words).is_ok())
        };
        let behind_aws = match words {
            [first, _, ..] if first.text == AWS => &words[2..],
            words => words,
        };
        with_mended(error, line, behind_aws, is_command)
    })?;
    if let (Command::Own(OwnCommand::Watch(_)), Some(_)) = (&command, &to) {
        let what = "the output of watch cannot go to a file or a command\nhint: redirect the command without watch";
        return Err(arguments("watch", what.to_owned()));
    }
    Ok(Some(CommandLine {
        command,
        query,
        to,
        named,
    }))
}

fn check_length(line: &str) -> Result<(), CommandError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(CommandError::TooLong);
    }
    Ok(())
}

/// The command in the words of a line, what to select from its response, and what it names of the session.
fn command_of(words: &[Word]) -> Result<ReadLine, CommandError> {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let ((command, query), named) = match aws_line(&words)? {
        Some(line) => {
            let read = complete(&line.words)?;
            if let Command::Service(ServiceRequest::Control(request)) = &read.0 {
                check_request(request, line.words[0])?;
            }
            (read, line.named)
        }
        None => (command(&words)?, Vec::new()),
    };
    let query = query.as_deref().map(Query::new).transpose()?;
    let named = named.into_iter();
    let named = named.map(|(option, value)| (option, value.to_owned()));
    Ok((command, query, named.collect()))
}

/// The command in these words, and the expression of its `--query`; its help if the words ask for that.
fn command(words: &[&str]) -> Result<(Command, Option<String>), CommandError> {
    complete(words).or_else(|error| {
        let (name, rest) = words.split_first().unwrap_or((&"", &[]));
        match command_topic(name) {
            Some(topic) if rest.iter().any(|word| HELP.contains(word)) => {
                Ok((OwnCommand::Help(topic).into(), None))
            }
            _ => Err(error),
        }
    })
}

fn complete(words: &[&str]) -> Result<(Command, Option<String>), CommandError> {
    let name = words.first().copied().unwrap_or_default();
    check_id_before_document(words)?;
    let read = grammar::read(words);
    let (typed, query) = read.map_err(|error| {
        // A document that is not JSON may have swallowed what is missing.
        let document = grammar::document_among(words);
        let document = document.filter(|it| !["@", "file://"].iter().any(|at| it.starts_with(at)));
        let wrong = document.and_then(|document| check_document(document).err());
        wrong.unwrap_or_else(|| misread(&error, name))
    })?;
    let command = match typed {
        Typed::Device(typed) => device_request(typed)?,
        Typed::Control(request) => control(request, name)?,
        Typed::Own(typed) => own(typed)?.into(),
    };
    Ok((command, query))
}

/// Refuses a document in the place of the job id.
fn check_id_before_document(words: &[&str]) -> Result<(), CommandError> {
    let [name, first, ..] = words else {
        return Ok(());
    };
    let mut positionals = grammar::entry(name)
        .into_iter()
        .flat_map(clap::Command::get_positionals);
    let (id, is_next) = (
        positionals.next(),
        positionals.next().is_some_and(grammar::is_document),
    );
    match id {
        Some(id) if is_next && first.starts_with(['{', '[']) => {
            let id = grammar::placeholder(id);
            Err(arguments(
                name,
                format!("{id} is missing before the document"),
            ))
        }
        _ => Ok(()),
    }
}

/// How PEM begins.
const PEM: &str = "-----BEGIN ";

/// Checks a request of the control plane as far as possible without the service.
fn control(request: ControlRequest, name: &str) -> Result<Command, CommandError> {
    request.check().map_err(|what| arguments(name, what))?;
    let operation = kebab(request.about().name);
    if operation != name && operations::is_name(name) {
        let what = format!("{name} needs other arguments\nhint: with these it is `{operation}`");
        return Err(arguments(name, what));
    }
    match request.document().map(|it| it.source()) {
        Some(DocumentSource::File("")) => {
            return Err(arguments(name, "@ needs the name of a file".to_owned()));
        }
        Some(DocumentSource::Inline(text)) if request.document_is_json() => check_document(text)?,
        Some(DocumentSource::Inline(text)) if !text.trim_start().starts_with(PEM) => {
            let hint = if text.contains(char::is_whitespace) || text.starts_with('{') {
                "a file is given as `@FILE`".to_owned()
            } else {
                format!("a file is given as `@{text}`")
            };
            let what = format!("`{}` is not PEM\nhint: {hint}", short(text));
            return Err(arguments(name, what));
        }
        _ => {}
    }
    Ok(request.into())
}

fn own(typed: OwnTyped) -> Result<OwnCommand, CommandError> {
    Ok(match typed {
        OwnTyped::Agent(args) => OwnCommand::Agent(agent(&args)?),
        OwnTyped::Wait(args) => OwnCommand::Wait {
            until: until(&args)?,
            timeout: args.timeout.map(Duration::from_secs),
        },
        OwnTyped::Watch(args) => {
            OwnCommand::Watch(Box::new(watch(&args, |words| inner("watch", words))?))
        }
        OwnTyped::Events(args) => events(&args)?,
        OwnTyped::Wire(args) => OwnCommand::Set(Setting::Wire(args.is_on())),
        OwnTyped::Output(args) => {
            let is_meant = |form: &Form| args.what.as_deref() == Some(form.as_str());
            OwnCommand::Set(Setting::Output(Form::ALL.into_iter().find(is_meant)))
        }
        OwnTyped::Notes(args) => OwnCommand::Set(Setting::Notes(args.is_on())),
        OwnTyped::Explain(args) => {
            let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
            let (command, query) = inner("explain", &words)?;
            let is_aws_cli = matches!(command, Command::Service(ServiceRequest::Control(_)));
            if query.is_some() && !is_aws_cli {
                let what =
                    "explain does not take --query here: mosquitto's clients have no such option";
                return Err(arguments("explain", what.to_owned()));
            }
            query.as_deref().map(Query::new).transpose()?;
            OwnCommand::Explain(Box::new(Explained { command, query }))
        }
        OwnTyped::Tutorial(args) => OwnCommand::Tutorial(args.what.is_none()),
        OwnTyped::Doctor => OwnCommand::Doctor,
        OwnTyped::Help(args) => {
            OwnCommand::Help(topic(args.topic.as_ref().map(|it| it.0.as_str()))?)
        }
        OwnTyped::Quit => OwnCommand::Quit,
    })
}

/// The command behind another one, `outer`, and the expression of its `--query`.
fn inner(outer: &str, words: &[&str]) -> Result<(Command, Option<String>), CommandError> {
    let takes_command = |name: &&&str| **name == AWS || grammar::takes_command(name);
    match words.first().filter(takes_command) {
        Some(name) => {
            let what = format!("{outer} does not take `{name}`\nhint: such as `{outer} list-jobs`");
            Err(arguments(outer, what))
        }
        None => complete(words),
    }
}

fn topic(name: Option<&str>) -> Result<HelpTopic, CommandError> {
    let Some(name) = name else {
        return Ok(HelpTopic::Overview);
    };
    let command = || grammar::entry(name).map(|entry| HelpTopic::Command(entry.get_name()));
    // A page says more than the help of a subcommand of the same name.
    let page = || pages::page(name).map(|page| HelpTopic::Page(page.name));
    let operator = || (name == OPERATOR).then_some(HelpTopic::Operator);
    let others = pages::PAGES.iter().map(|page| page.name);
    let others = others.chain([OPERATOR]).chain(PROGRAM_COMMANDS);
    command()
        .or_else(page)
        .or_else(operator)
        .or_else(|| command_topic(name))
        .ok_or_else(|| no_such_topic(name, others))
}

/// Whether `help` has a text of this name.
pub(crate) fn is_topic(name: &str) -> bool {
    topic(Some(name)).is_ok()
}

/// The help topic for a command of a session, or else for a subcommand of the program.
fn command_topic(name: &str) -> Option<HelpTopic> {
    if let Some(entry) = grammar::entry(name) {
        return Some(HelpTopic::Command(entry.get_name()));
    }
    let mut own = PROGRAM_COMMANDS.into_iter();
    own.find(|own| *own == name).map(HelpTopic::Program)
}
