//! The table of commands in clap's form.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use clap::{FromArgMatches, Subcommand};

use crate::control::ControlRequest;
use crate::repl::input::grammar::device::DeviceTyped;
use crate::repl::input::grammar::line::{CommandKind, Typed};
use crate::repl::input::grammar::named::{Misplaced, in_position};

/// The flag of all commands that the service answers: `--query`.
const QUERY: &str = "query";

/// Why words are not a command.
#[derive(Debug)]
pub enum Misread {
    Clap(clap::Error),
    Named(Misplaced),
    /// The argument, and the name that it gives twice.
    Twice(String, String),
}

/// The built table; it is built once.
pub fn table() -> &'static clap::Command {
    static TABLE: OnceLock<clap::Command> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = declared();
        table.build();
        table
    })
}

/// The table before it is built. Another table can include its commands, and clap's error messages differ once a table is
/// built.
pub fn declared() -> clap::Command {
    let query = clap::Arg::new(QUERY)
        .long(QUERY)
        .value_name("expression")
        .help("show only what this JMESPath expression selects");
    Typed::augment_subcommands(without_commands()).mut_subcommands(|entry| {
        match kind(entry.get_name()) {
            CommandKind::Device | CommandKind::Control => entry.arg(query.clone()),
            CommandKind::Own => entry,
        }
    })
}

/// A table without commands.
fn without_commands() -> clap::Command {
    clap::Command::new("jobs-sandbox")
        .multicall(true)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
}

/// The arguments that the words of a command give. Only this command is built.
fn matches(words: &[&str]) -> Result<clap::ArgMatches, clap::Error> {
    static DECLARED: OnceLock<clap::Command> = OnceLock::new();
    let name = words.first().copied().unwrap_or_default();
    let command = DECLARED.get_or_init(declared).find_subcommand(name);
    without_commands()
        .subcommands(command.cloned())
        .try_get_matches_from(words)
}

/// Who carries out the command of this name.
pub fn kind(name: &str) -> CommandKind {
    static SERVICE: OnceLock<[clap::Command; 2]> = OnceLock::new();
    let [device, control] = SERVICE.get_or_init(|| {
        let none = || clap::Command::new("");
        [
            DeviceTyped::augment_subcommands(none()),
            ControlRequest::augment_subcommands(none()),
        ]
    });
    if device.find_subcommand(name).is_some() {
        CommandKind::Device
    } else if control.find_subcommand(name).is_some() {
        CommandKind::Control
    } else {
        CommandKind::Own
    }
}

/// Reads the words of a line: the command, and the expression of its `--query`.
pub fn read(words: &[&str]) -> Result<(Typed, Option<String>), Misread> {
    let words = match words.first().and_then(|name| entry(name)) {
        Some(entry) if kind(entry.get_name()) != CommandKind::Own => in_position(entry, words),
        _ => Ok(words.iter().copied().map(Cow::Borrowed).collect()),
    };
    let words = words.map_err(Misread::Named)?;
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let matches = matches(&words).map_err(Misread::Clap)?;
    check_names(&matches)?;
    let typed = Typed::from_arg_matches(&matches).map_err(Misread::Clap)?;
    let query = matches
        .subcommand()
        .and_then(|(_, given)| given.try_get_one(QUERY).ok().flatten().cloned());
    Ok((typed, query))
}

/// Refuses `a=1` beside `a=2`: only one of them could be sent.
fn check_names(matches: &clap::ArgMatches) -> Result<(), Misread> {
    let Some((name, given)) = matches.subcommand() else {
        return Ok(());
    };
    for arg in entry(name)
        .into_iter()
        .flat_map(clap::Command::get_arguments)
    {
        let pairs = given.try_get_many::<(String, String)>(arg.get_id().as_str());
        let mut seen = BTreeSet::new();
        let mut names = pairs.ok().flatten().into_iter().flatten();
        if let Some((name, _)) = names.find(|(name, _)| !seen.insert(name)) {
            return Err(Misread::Twice(arg.to_string(), name.clone()));
        }
    }
    Ok(())
}

/// The arguments in these words, each with its placeholder: `<jobId>` and `Job1`. Empty if the words are not a command.
pub fn given(words: &[&str]) -> Vec<(String, String)> {
    let Some(entry) = words.first().and_then(|name| entry(name)) else {
        return Vec::new();
    };
    let words = in_position(entry, words).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let matches = matches(&words).unwrap_or_default();
    let Some((_, matches)) = matches.subcommand() else {
        return Vec::new();
    };
    let given = entry.get_arguments().filter_map(|arg| {
        let mut raw = matches.try_get_raw(arg.get_id().as_str()).ok()??;
        let name = arg.get_value_names()?.first()?;
        Some((format!("<{name}>"), raw.next()?.to_str()?.to_owned()))
    });
    given.collect()
}

/// The entry of a command, by its name or alias.
pub fn entry(name: &str) -> Option<&'static clap::Command> {
    table().find_subcommand(name)
}

/// Whether an argument belongs to this command only, rather than to all that the service answers.
pub fn is_own(arg: &clap::Arg) -> bool {
    arg.get_id() != QUERY
}

/// Whether a command takes another one. That one cannot take a third.
pub fn takes_command(name: &str) -> bool {
    entry(name).is_some_and(|entry| {
        let mut positionals = entry.get_positionals();
        positionals.any(clap::Arg::is_trailing_var_arg_set)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::grammar::args::known_flag;

    #[test]
    fn the_table_is_sound() {
        declared().debug_assert();
        assert!(entry("update").is_some_and(|entry| entry.get_name() == "update-job-execution"));
        assert!(entry("exit").is_some_and(|entry| entry.get_name() == "quit"));
    }

    #[test]
    fn what_the_service_answers_takes_a_query() {
        for (name, takes) in [
            ("get-pending-job-executions", true),
            ("fail", true),
            ("list-jobs", true),
            ("delete-thing-group", true),
            ("help", false),
            ("wait", false),
            ("explain", false),
        ] {
            let entry = entry(name).expect(name);
            assert_eq!(known_flag(entry, "--query").is_some(), takes, "{name}");
        }
    }

    #[test]
    fn every_command_has_a_description_and_two_examples() {
        for entry in table().get_subcommands() {
            let name = entry.get_name();
            assert!(entry.get_about().is_some(), "{name}");
            let examples = entry.get_after_help().map(ToString::to_string);
            assert_eq!(examples.unwrap_or_default().lines().count(), 2, "{name}");
            for arg in entry.get_arguments() {
                assert!(arg.get_help().is_some(), "{name} {}", arg.get_id());
            }
        }
    }
}
