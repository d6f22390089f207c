//! A declared operation as a command, in clap's form.

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand, ValueHint};

use crate::argument::{
    DocumentText, FreeText, OfferedWord, PemText, detail, name_of, resource, target,
};
use crate::control::declared::{Argument, Declared, DeclaredRequest, Form, Presence, kebab, typed};
use crate::control::operations::declared;
use crate::control::page::Page;
use crate::control::shape::structure;
use crate::control::window::window;
use crate::protocol::{JobId, ThingName};

fn command(operation: &Declared) -> Command {
    let command = Command::new(kebab(operation.about.name))
        .about(operation.help)
        .after_help(operation.examples.join("\n"))
        .visible_aliases(operation.aliases)
        .args(operation.arguments.iter().map(arg));
    let replacing = || {
        let arguments = operation.arguments.iter();
        arguments.filter_map(|flag| Some((flag, flag.replaced?)))
    };
    let command = replacing().fold(command, |command, (flag, replaced)| {
        // An editor may start with the document of a job.
        let others = replacing().filter(|(it, _)| flag.is_written() && !it.is_written());
        let excluded = others.map(|(it, _)| it.id()).chain([replaced.to_owned()]);
        command
            .mut_arg(flag.id(), |arg| arg.conflicts_with_all(excluded))
            .mut_arg(replaced, |arg| {
                arg.required(false).required_unless_present(flag.id())
            })
    });
    match operation.paging {
        Some(paging) => paging.with_flags(Page::augment_args(command)),
        None => command,
    }
}

/// An argument in clap's form.
pub(crate) fn arg(argument: &Argument) -> Arg {
    let arg = Arg::new(argument.id())
        .help(argument.help)
        .hide(argument.is_hidden)
        .required(matches!(
            argument.presence,
            Presence::Positional | Presence::RequiredFlag
        ));
    let arg = match argument.presence {
        Presence::Positional | Presence::OptionalPositional => arg,
        Presence::Flag | Presence::RequiredFlag | Presence::FlagOrEmpty => {
            arg.long(argument.name())
        }
    };
    let arg = match argument.alias {
        Some(alias) => arg.visible_alias(alias),
        None => arg,
    };
    with_form(arg, argument)
}

fn with_form(arg: Arg, argument: &Argument) -> Arg {
    if let Form::Switch | Form::Edit = argument.form {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(argument.value);
    match argument.form {
        Form::Switch | Form::Edit | Form::Text => arg,
        Form::Free => arg.value_parser(clap::value_parser!(FreeText)),
        Form::Name(kind) => arg.value_parser(name_of(kind)),
        Form::NewName => text(arg).value_hint(ValueHint::Other),
        Form::Number => arg
            .value_parser(clap::value_parser!(i64))
            .allow_negative_numbers(true),
        Form::Word(words) => arg.value_parser(OfferedWord(words)),
        Form::Job | Form::DocumentOf => arg.value_parser(clap::value_parser!(JobId)),
        Form::Thing => arg.value_parser(clap::value_parser!(ThingName)),
        Form::NewThing => arg
            .value_parser(clap::value_parser!(ThingName))
            .value_hint(ValueHint::Other),
        Form::Arn(_) => text(arg),
        Form::Resource => arg.value_parser(resource()),
        Form::Targets => many(arg.value_parser(target())),
        Form::List => many(text(arg)),
        Form::Pairs => many(arg.value_parser(ValueParser::new(detail))),
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

impl Subcommand for DeclaredRequest {
    fn augment_subcommands(all: Command) -> Command {
        all.subcommands(declared().map(command))
    }

    fn augment_subcommands_for_update(all: Command) -> Command {
        Self::augment_subcommands(all)
    }

    fn has_subcommand(name: &str) -> bool {
        find(name).is_some()
    }
}

fn find(name: &str) -> Option<&'static Declared> {
    declared().find(|operation| kebab(operation.about.name) == name)
}

impl FromArgMatches for DeclaredRequest {
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
            Form::Switch | Form::Edit => matches.get_flag(&self.id()),
            _ => matches.contains_id(&self.id()),
        }
    }
}
