//! The help of the program's subcommands, as clap makes it.

use clap::CommandFactory;

use crate::cli::Cli;

/// The help of a subcommand such as `serve`; empty if there is none of this name.
pub(crate) fn program_help(name: &str) -> String {
    let mut command = Cli::command();
    command.build();
    let found = command.find_subcommand_mut(name);
    found.map_or_else(String::new, |found| found.render_long_help().to_string())
}
