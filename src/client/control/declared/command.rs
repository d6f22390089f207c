//! A declared operation as a command, in clap's form.

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand, ValueHint};

use crate::argument::{
    DocumentText, ExecutionStatus, FreeText, OfferedWord, PemText, detail, detail_map, members,
    name_of, resource, target,
};
use crate::control::declared::{
    Argument, CommandName, ControlRequest, Declared, Form, Presence, kebab, typed,
};
use crate::control::operations::operations;
use crate::control::page::Page;
use crate::control::shape::structure;
use crate::control::window::window;
use crate::protocol::{JobExecutionStatus, JobId, ThingName};

impl Declared {
    /// The name of its command; `None` if it has none.
    fn command_name(&self) -> Option<String> {
        match self.command {
            CommandName::OfOperation => Some(kebab(self.about.name)),
            CommandName::Other { name, .. } => Some(name.to_owned()),
            CommandName::Absent => None,
        }
    }
}

/// The command of an operation, if it has one.
fn command(operation: &Declared) -> Option<Command> {
    let hidden = match operation.command {
        CommandName::Other { hidden, .. } => hidden,
        _ => &[],
    };
    let command = Command::new(operation.command_name()?)
        .aliases(hidden)
        .about(operation.help)
        .after_help(operation.examples.join("\n"))
        .visible_aliases(operation.aliases)
        .args(
            operation
                .arguments
                .iter()
                .map(|argument| related(argument, operation.arguments)),
        );
    Some(match operation.paging {
        Some(paging) => paging.with_flags(Page::augment_args(command)),
        None => command,
    })
}

/// An argument with what it has to do with the others.
fn related(argument: &Argument, all: &[Argument]) -> Arg {
    let arg = arg(argument).conflicts_with_all(argument.excluded);
    let arg = match argument.needed {
        Some(needed) => arg.requires(needed),
        None => arg,
    };
    if let Some(replaced) = argument.replaced {
        // An editor may start with the document of a job.
        let others = all.iter().filter(|it| it.replaced.is_some());
        let others = others.filter(|it| argument.is_written() && !it.is_written());
        let excluded = others.map(Argument::id).chain([replaced.to_owned()]);
        return arg.conflicts_with_all(excluded);
    }
    let id = argument.id();
    let stands_for_it = |it: &&Argument| it.replaced == Some(id.as_str());
    let instead: Vec<_> = all.iter().filter(stands_for_it).map(Argument::id).collect();
    if instead.is_empty() {
        return arg;
    }
    // What needs one of them stands for it, so that clap reports which one is missing.
    let is_instead = |id: &str| instead.iter().any(|it| it == id);
    let is_needing = |it: &&Argument| it.needed.is_some_and(is_instead);
    let needing = all.iter().filter(is_needing).map(Argument::id);
    arg.required(false)
        .required_unless_present_any(instead.iter().cloned().chain(needing))
}

/// An argument in clap's form.
fn arg(argument: &Argument) -> Arg {
    let arg = Arg::new(argument.id())
        .help(argument.help)
        .hide(argument.is_hidden)
        .required(matches!(
            argument.presence,
            Presence::Positional | Presence::RequiredFlag
        ));
    let arg = match argument.presence {
        Presence::Positional | Presence::OptionalPositional => arg,
        Presence::Flag | Presence::RequiredFlag => arg.long(argument.name()),
    };
    let arg = match argument.alias {
        Some(alias) => arg.visible_alias(alias),
        None => arg,
    };
    with_form(arg, argument)
}

fn with_form(arg: Arg, argument: &Argument) -> Arg {
    if argument.form.is_switch() {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(argument.value);
    match argument.form {
        Form::Switch | Form::Off | Form::WordFor(_) | Form::Consent | Form::Edit | Form::Text => {
            arg
        }
        Form::Free => arg.value_parser(clap::value_parser!(FreeText)),
        Form::Name(kind) => arg.value_parser(name_of(kind)),
        Form::NewName => text(arg).value_hint(ValueHint::Other),
        Form::Number => arg
            .value_parser(clap::value_parser!(i64))
            .allow_negative_numbers(true),
        Form::Word(words) => arg.value_parser(OfferedWord(words)),
        Form::Job | Form::DocumentOf => arg.value_parser(clap::value_parser!(JobId)),
        Form::NewJob => arg
            .value_parser(clap::value_parser!(JobId))
            .value_hint(ValueHint::Other),
        Form::Status => {
            let offered = &JobExecutionStatus::ALL;
            arg.value_parser(ExecutionStatus { offered })
                .ignore_case(true)
        }
        Form::Thing => arg.value_parser(clap::value_parser!(ThingName)),
        Form::NewThing => arg
            .value_parser(clap::value_parser!(ThingName))
            .value_hint(ValueHint::Other),
        Form::Arn(_) => text(arg),
        Form::Resource => arg.value_parser(resource()),
        Form::Targets => many(arg.value_parser(target())),
        Form::List => many(text(arg)),
        Form::Pairs => many(arg.value_parser(ValueParser::new(detail))),
        Form::Map => arg.value_parser(ValueParser::new(detail_map)),
        Form::With(_) => arg
            .alias("cli-input-json")
            .value_parser(ValueParser::new(members)),
        Form::Tags => many(arg.value_parser(ValueParser::new(typed::tags))),
        Form::Names => many(arg.value_parser(ValueParser::new(typed::names))),
        Form::Structure(shape) => {
            arg.value_parser(ValueParser::new(move |text: &str| structure(text, shape)))
        }
        Form::Windows => many(arg.value_parser(ValueParser::new(window))),
        Form::Timeout => arg
            .value_parser(ValueParser::new(typed::timeout))
            .allow_negative_numbers(true),
        Form::Document => arg
            .value_parser(clap::value_parser!(DocumentText))
            .allow_hyphen_values(true),
        Form::File => arg
            .value_parser(clap::value_parser!(PemText))
            .allow_hyphen_values(true),
        Form::NewFile(_) => text(arg).value_hint(ValueHint::FilePath),
    }
}

/// Several values: behind a flag that is repeated, or one behind the other.
fn many(arg: Arg) -> Arg {
    match arg.get_long() {
        Some(_) => arg.action(ArgAction::Append),
        None => arg.action(ArgAction::Append).num_args(1..),
    }
}

fn text(arg: Arg) -> Arg {
    arg.value_parser(NonEmptyStringValueParser::new())
}

impl Subcommand for ControlRequest {
    fn augment_subcommands(all: Command) -> Command {
        all.subcommands(operations().filter_map(command))
    }

    fn augment_subcommands_for_update(all: Command) -> Command {
        Self::augment_subcommands(all)
    }

    fn has_subcommand(name: &str) -> bool {
        find(name).is_some()
    }
}

fn find(name: &str) -> Option<&'static Declared> {
    operations().find(|operation| operation.command_name().is_some_and(|it| it == name))
}

impl FromArgMatches for ControlRequest {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (name, matches) = matches.subcommand().unwrap_or(("", matches));
        let operation = find(name).ok_or_else(|| clap::Error::new(ErrorKind::InvalidSubcommand))?;
        let mut request = Self::new(operation);
        for argument in operation.arguments {
            typed::take(&mut request, argument, matches);
        }
        if let Some(paging) = operation.paging {
            request.page = Page::from_arg_matches(matches)?;
            request.page.paging = paging;
        }
        if let Some(other) = (operation.instead)(&request) {
            request.operation = other;
        }
        Ok(request)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Argument {
    /// What was typed for it, each value as the user wrote it.
    pub(crate) fn raw(&self, matches: &ArgMatches) -> Vec<String> {
        let raw = matches.get_raw(&self.id()).into_iter().flatten();
        raw.map(|text| text.to_string_lossy().into_owned())
            .collect()
    }

    /// What it was read as.
    pub(crate) fn read<T: Clone + Send + Sync + 'static>(&self, matches: &ArgMatches) -> Vec<T> {
        let read = matches.get_many::<T>(&self.id());
        read.into_iter().flatten().cloned().collect()
    }

    /// Whether it was typed.
    pub(crate) fn is_given(&self, matches: &ArgMatches) -> bool {
        match self.form {
            form if form.is_switch() => matches.get_flag(&self.id()),
            _ => matches.contains_id(&self.id()),
        }
    }
}
