//! What packagers install beside the program: completions for shells and the manual page, made from the command line's own table.

use std::io::Write as _;

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::repl::guide::help;
use crate::repl::guide::markdown::{Look, render};
use crate::repl::input::grammar;
use crate::repl::input::values::{commands_behind, other_topics};
use crate::repl::output::fold::fold;
use crate::repl::pages;
use crate::run::program::VERSION;

/// The name under which the program is installed.
const NAME: &str = "jobs-sandbox";

/// `man` indents by 7 columns, and a terminal has 80.
const MANUAL_COLUMNS: usize = 73;

/// The program's command line, in which the commands of a session are subcommands, except for names that the program also
/// has.
fn command_line() -> clap::Command {
    let own = Cli::program(VERSION);
    let session = grammar::declared();
    let commands = session.get_subcommands().filter(|command| {
        let name = command.get_name();
        own.get_subcommands().all(|own| own.get_name() != name)
    });
    // Shells complete the words behind the name themselves, so examples would only get in the way.
    let commands: Vec<_> = commands
        .map(|command| command.clone().after_help(""))
        .collect();
    own.subcommands(commands)
}

/// A script for a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    let mut command_line = completed_command_line();
    clap_complete::generate(shell, &mut command_line, NAME, &mut script);
    if shell == Shell::Bash {
        let text = String::from_utf8_lossy(&script);
        return for_bash(&text, &command_line).into_bytes();
    }
    script
}

/// The command line, in which the words of a command are those that completion in a session offers.
fn completed_command_line() -> clap::Command {
    let takes = [("watch", "words"), ("explain", "words"), ("help", "topic")];
    takes.into_iter().fold(command_line(), |all, (name, arg)| {
        let outer = if name == "help" { "" } else { name };
        let names = commands_behind(outer, "");
        let entries = names.iter().filter_map(|name| grammar::entry(name));
        let aliases = entries.flat_map(clap::Command::get_visible_aliases);
        let mut words: Vec<String> = aliases.map(ToOwned::to_owned).collect();
        words.extend(names);
        if outer.is_empty() {
            words.extend(other_topics());
        }
        words.sort_unstable();
        words.dedup();
        all.mut_subcommand(name, |command| {
            command.mut_arg(arg, |arg| {
                arg.value_parser(PossibleValuesParser::new(words))
            })
        })
    })
}

/// What the loop of clap's script for bash begins with.
const BASH_LOOP: &str = "    do\n        case \"${cmd},${i}\" in\n";

/// The script for bash, in which the value of an option is not taken for a command: `--thing jobs`.
fn for_bash(script: &str, command_line: &clap::Command) -> String {
    let with_value = command_line
        .get_arguments()
        .filter(|arg| arg.get_action().takes_values());
    let options: Vec<String> = with_value
        .flat_map(|arg| {
            let short = arg.get_short().map(|short| format!("-{short}"));
            let long = arg.get_long().map(|long| format!("--{long}"));
            short.into_iter().chain(long)
        })
        .map(|option| format!("jobs__sandbox,{option}"))
        .collect();
    let options = options.join("|");
    // Bash takes `=` for a word.
    let skip = format!(
        "    do\n        if [[ -n \"${{value}}\" ]]; then\n            [[ \"${{i}}\" == \"=\" ]] || value=\"\"\n            continue\n        fi\n        case \"${{cmd}},${{i}}\" in\n            {options})\n                value=\"next\"\n                ;;\n"
    );
    script
        // clap_complete 4.6 writes a hyphen in the program's name in two ways, so that no case behind the first word is found.
        .replace("jobs__subcmd__sandbox", "jobs__sandbox")
        .replacen(
            "local i cur prev opts cmd",
            "local i cur prev opts cmd value",
            1,
        )
        .replacen("    cmd=\"\"\n", "    cmd=\"\"\n    value=\"\"\n", 1)
        .replacen(BASH_LOOP, &skip, 1)
}

/// The manual page, for `man -l` or a file named `jobs-sandbox.1`. Subcommands are described here: they have no pages of their own.
pub(crate) fn manual() -> Vec<u8> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(Cli::program(VERSION));
    for render in [
        clap_mangen::Man::render_title,
        clap_mangen::Man::render_name_section,
        clap_mangen::Man::render_synopsis_section,
        clap_mangen::Man::render_description_section,
        clap_mangen::Man::render_options_section,
        clap_mangen::Man::render_version_section,
    ] {
        // Writing to a vector cannot fail.
        let _ = render(&man, &mut page);
    }
    section(&mut page, "SUBCOMMANDS", &subcommands());
    let commands: Vec<String> = grammar::table()
        .get_subcommands()
        .map(help::details)
        .collect();
    section(&mut page, "COMMANDS OF A SESSION", &commands.join("\n"));
    let (width, color) = (MANUAL_COLUMNS, false);
    for (name, heading) in [
        ("exit-codes", "EXIT STATUS"),
        ("environment", "ENVIRONMENT"),
    ] {
        let text = pages::page(name).map_or("", |page| page.text);
        let (_title, text) = text.split_once('\n').unwrap_or_default();
        section(
            &mut page,
            heading,
            &render(text.trim_start(), Look { width, color }),
        );
    }
    page
}

/// The help of all subcommands of the program.
fn subcommands() -> String {
    let mut command = Cli::program(VERSION).term_width(MANUAL_COLUMNS);
    command.build();
    let texts: Vec<String> = command
        .get_subcommands_mut()
        .map(|command| {
            let help = command.render_long_help();
            format!("{}:\n{help}", command.get_name())
        })
        .collect();
    texts.join("\n")
}

/// A text with its own line breaks, escaped for roff: a backslash, a hyphen, and a dot or a quote at the start of a line are
/// special there.
fn section(page: &mut Vec<u8>, heading: &str, text: &str) {
    let _ = writeln!(page, ".SH \"{heading}\"\n.nf");
    for line in fold(text, MANUAL_COLUMNS).lines() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_finds_the_case_of_every_command() {
        let script = String::from_utf8(completions(Shell::Bash)).expect("UTF-8");
        let words = script.split("cmd=\"").skip(1);
        let states: Vec<&str> = words.filter_map(|rest| rest.split('"').next()).collect();
        assert!(states.len() > 40, "{states:?}");
        for state in states.into_iter().filter(|state| !state.is_empty()) {
            let case = format!("\n        {state})\n");
            assert!(script.contains(&case), "{state}");
        }
    }

    #[test]
    fn a_section_shows_its_lines_as_they_are() {
        let mut page = Vec::new();
        section(&mut page, "A B", ".dot\n'quote\na \\ b --c\n");
        let expected = ".SH \"A B\"\n.nf\n\\&.dot\n\\&'quote\na \\e b \\-\\-c\n.fi\n";
        assert_eq!(String::from_utf8(page).expect("UTF-8"), expected);
    }
}
