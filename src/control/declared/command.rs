//! A declared operation as a command, in clap's form.

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand, ValueHint};

use crate::argument::{DocumentText, OfferedWord, detail, in_progress_timeout, members};
use crate::control::declared::{Argument, Declared, DeclaredRequest, Form, Presence, kebab, typed};
use crate::control::operations::declared;
use crate::control::page::Page;
use crate::control::schedule_args::window;
use crate::protocol::{JobId, ThingName};

fn command(operation: &Declared) -> Command {
    let command = Command::new(kebab(operation.about.name))
        .about(operation.help)
        .after_help(operation.examples.join("\n"))
        .visible_aliases(operation.aliases)
        .args(operation.arguments.iter().map(arg));
    let replacing = operation.arguments.iter();
    let replacing = replacing.filter_map(|flag| Some((flag.id(), flag.replaced?)));
    let command = replacing.fold(command, |command, (flag, replaced)| {
        let unless = flag.clone();
        command
            .mut_arg(flag, |arg| arg.conflicts_with(replaced))
            .mut_arg(replaced, |arg| {
                arg.required(false).required_unless_present(unless)
            })
    });
    match operation.paging {
        Some(paging) => paging.with_flags(Page::augment_args(command)),
        None => command,
    }
}

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
    if let Form::Switch = argument.form {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(argument.value);
    match argument.form {
        Form::Switch | Form::Text => arg,
        Form::NewName => text(arg).value_hint(ValueHint::Other),
        Form::Number => arg
            .value_parser(clap::value_parser!(i64))
            .allow_negative_numbers(true),
        Form::Word(words) => arg.value_parser(OfferedWord(words)),
        Form::Job => arg.value_parser(clap::value_parser!(JobId)),
        Form::Thing => arg.value_parser(clap::value_parser!(ThingName)),
        Form::NewThing => arg
            .value_parser(clap::value_parser!(ThingName))
            .value_hint(ValueHint::Other),
        Form::Arn(_) => text(arg),
        Form::Targets | Form::List => text(arg).action(ArgAction::Append),
        Form::Pairs => arg
            .value_parser(ValueParser::new(detail))
            .action(ArgAction::Append),
        Form::Tags => arg.value_parser(ValueParser::new(typed::tags)),
        Form::Names => arg.value_parser(ValueParser::new(typed::names)),
        Form::Object => arg.value_parser(ValueParser::new(members)),
        Form::Windows => arg
            .value_parser(ValueParser::new(window))
            .action(ArgAction::Append),
        Form::Minutes => arg
            .value_parser(ValueParser::new(in_progress_timeout))
            .allow_negative_numbers(true),
        Form::Document | Form::File => arg
            .value_parser(clap::value_parser!(DocumentText))
            .allow_hyphen_values(true),
        Form::NewFile(_) => text(arg).value_hint(ValueHint::FilePath),
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

    /// The word that was typed for it, as AWS writes it.
    pub(crate) fn word(&self, matches: &ArgMatches) -> Option<String> {
        matches.get_one::<String>(&self.id()).cloned()
    }

    /// Whether a flag without a value was typed.
    pub(crate) fn is_set(&self, matches: &ArgMatches) -> bool {
        matches.get_flag(&self.id())
    }
}
