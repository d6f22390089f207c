//! The table of commands as clap keeps it.

use std::sync::OnceLock;

use clap::{CommandFactory, FromArgMatches, Subcommand};

use crate::repl::input::grammar::{ControlTyped, Line, Typed};

/// The device's commands that the service answers; of the control plane it answers all.
const ANSWERED: [&str; 6] = [
    "get-pending-job-executions",
    "start-next-pending-job-execution",
    "describe-job-execution",
    "update-job-execution",
    "done",
    "fail",
];

/// What every command takes that the service answers: `--query`.
const QUERY: &str = "query";

/// The table as clap keeps it, built once.
pub fn table() -> &'static clap::Command {
    static TABLE: OnceLock<clap::Command> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = declared();
        table.build();
        table
    })
}

/// The table as it is declared, for another one to take its commands from: what clap says of mistakes differs once it is built.
pub fn declared() -> clap::Command {
    let control = ControlTyped::augment_subcommands(clap::Command::new(""));
    let is_answered =
        |name: &str| ANSWERED.contains(&name) || control.find_subcommand(name).is_some();
    let query = clap::Arg::new(QUERY)
        .long(QUERY)
        .value_name("expression")
        .help("show only what this JMESPath expression selects from the response, as with the AWS CLI");
    Line::command().mut_subcommands(|entry| match entry.get_name() {
        name if is_answered(name) => entry.arg(query.clone()),
        _ => entry,
    })
}

/// Reads the words of one line: the command, and the expression of its `--query`.
pub fn read<'a>(
    words: impl IntoIterator<Item = &'a String>,
) -> Result<(Typed, Option<String>), clap::Error> {
    let matches = declared().try_get_matches_from(words)?;
    let line = Line::from_arg_matches(&matches)?;
    let query = matches
        .subcommand()
        .and_then(|(_, given)| given.try_get_one(QUERY).ok().flatten().cloned());
    Ok((line.typed, query))
}

/// The entry of a command, by its name or an alias.
pub fn entry(name: &str) -> Option<&'static clap::Command> {
    table().find_subcommand(name)
}

/// Whether an argument belongs to one command, and not to all that the service answers.
pub fn is_own(arg: &clap::Arg) -> bool {
    arg.get_id() != QUERY
}
