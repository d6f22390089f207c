//! What packagers install beside the program: completions for shells and the manual page, made from the command line's own table.

use std::io::Write as _;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::repl::{grammar, help, pages};

/// The name under which the program is installed.
const NAME: &str = "jobs-sandbox";

/// The program's command line, and the commands of a session as what can stand at its end, except where it has one of that name.
fn command_line() -> clap::Command {
    let own = Cli::command();
    let session = grammar::Line::command();
    let commands = session.get_subcommands().filter(|command| {
        let name = command.get_name();
        own.get_subcommands().all(|own| own.get_name() != name)
    });
    // A shell completes what is behind the name by itself, so the examples would only be in the way.
    let commands: Vec<_> = commands
        .map(|command| command.clone().after_help(""))
        .collect();
    own.subcommands(commands)
}

/// A script for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command_line(), NAME, &mut script);
    script
}

/// The manual page, for `man -l` or a file named `jobs-sandbox.1`.
pub(crate) fn manual() -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to a vector cannot fail.
    let _ = clap_mangen::Man::new(command_line()).render(&mut page);
    let commands: Vec<String> = grammar::table()
        .get_subcommands()
        .map(help::details)
        .collect();
    section(&mut page, "COMMANDS OF A SESSION", &commands.join("\n"));
    for (name, heading) in [
        ("exit-codes", "EXIT STATUS"),
        ("environment", "ENVIRONMENT"),
    ] {
        let text = pages::page(name).unwrap_or_default();
        section(&mut page, heading, &text);
    }
    page
}

/// A text in its own lines, as roff takes it: a backslash, a hyphen, and a dot or a quote at the start of a line mean something
/// there.
fn section(page: &mut Vec<u8>, heading: &str, text: &str) {
    let _ = writeln!(page, ".SH \"{heading}\"\n.nf");
    for line in text.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        let guard = if line.starts_with(['.', '\'']) {
            "\\&"
        } else {
            ""
        };
        let _ = writeln!(page, "{guard}{line}");
    }
    let _ = writeln!(page, ".fi");
}
