//! What packagers install beside the program: completions for shells and the manual page, made from the command line's own table.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::repl::help;

/// The name under which the program is installed.
const NAME: &str = "jobs-sandbox";

/// The program's command line, and the commands of a session as what can stand at its end.
fn command_line() -> clap::Command {
    let commands = help::rows().into_iter().map(|row| {
        let name = row.usage.split(' ').next().unwrap_or_default().to_owned();
        clap::Command::new(name).about(row.about)
    });
    Cli::command().subcommands(commands)
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
    page
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_learns_options_and_commands() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completions(*shell)).expect("UTF-8");
            for word in ["keep-going", "get-pending-job-executions", "serve"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn the_manual_page_names_options_and_commands() {
        let page = String::from_utf8(manual()).expect("UTF-8");
        for word in [
            ".TH jobs",
            "keep\\-going",
            "get\\-pending\\-job\\-executions",
        ] {
            assert!(page.contains(word), "{word}: {page}");
        }
    }
}
