//! The command line of the program with its version, and the help that clap makes of it.

use crate::cli::Cli;

/// The version, and the commit that the program is built from.
pub(crate) const VERSION: &str = env!("VERSION_WITH_COMMIT");

/// The help of a subcommand such as `serve`; empty if the name is unknown.
pub(crate) fn program_help(name: &str) -> String {
    let mut command = Cli::program(VERSION);
    command.build();
    let found = command.find_subcommand_mut(name);
    found.map_or_else(String::new, |found| found.render_long_help().to_string())
}

/// How an option of the program is given, by its name or an alias.
pub(crate) fn program_option(flag: &str) -> Option<String> {
    let name = flag.strip_prefix("--")?;
    let program = Cli::program(VERSION);
    let option = program.get_arguments().find(|arg| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        arg.get_long() == Some(name) || aliases.contains(&name)
    })?;
    let values = option.get_value_names().unwrap_or_default();
    let value = values.iter().map(|value| format!(" {value}"));
    let is_taken = option.get_action().takes_values();
    let value: String = value.filter(|_| is_taken).collect();
    Some(format!("--{}{value}", option.get_long()?))
}
