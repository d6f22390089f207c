//! The texts of `help`, made from the command table. Pure.

use crate::repl::guide::pages;
use crate::repl::input::command::HelpTopic;
use crate::repl::input::grammar;
use crate::repl::input::grammar::own::PAGES;

pub fn text(topic: HelpTopic) -> String {
    match topic {
        HelpTopic::Overview => overview(),
        HelpTopic::Command(name) => grammar::entry(name).map(details).unwrap_or_default(),
        HelpTopic::Page(name) => pages::page(name).unwrap_or_default(),
    }
}

/// One row of the table of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The command with its arguments.
    pub usage: String,
    /// Shorter names, if it has any.
    pub aliases: Vec<String>,
    /// What it does, in one line.
    pub about: String,
}

/// The table of commands, in the order of the grammar.
pub fn rows() -> Vec<Row> {
    grammar::table()
        .get_subcommands()
        .map(|entry| Row {
            usage: grammar::usage(entry),
            aliases: entry.get_visible_aliases().map(ToOwned::to_owned).collect(),
            about: entry
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default(),
        })
        .collect()
}

/// Where descriptions start, in columns; a longer usage has its description on the next line.
const ABOUT_COLUMN: usize = 38;

/// All commands in one table.
pub fn overview() -> String {
    let mut text = String::from("Commands:\n");
    for row in rows() {
        text.push_str(&entry_lines(&row.usage, &about_with_aliases(&row)));
    }
    text.push_str("Flags, examples: help COMMAND\n");
    let pages: Vec<&str> = PAGES.iter().map(|(name, _)| *name).collect();
    text.extend(["Pages: help ", &pages.join("|"), "\n"]);
    text
}

fn about_with_aliases(row: &Row) -> String {
    if row.aliases.is_empty() {
        row.about.clone()
    } else {
        format!("{} (also: {})", row.about, row.aliases.join(", "))
    }
}

fn entry_lines(left: &str, right: &str) -> String {
    let width = ABOUT_COLUMN - 2;
    if left.chars().count() < width {
        format!("  {left:width$}{right}\n")
    } else {
        format!("  {left}\n  {:width$}{right}\n", "")
    }
}

/// One command with its arguments, flags and examples.
pub fn details(entry: &clap::Command) -> String {
    let about = entry
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let has_flags = entry.get_arguments().any(|arg| arg.get_long().is_some());
    let flags = if has_flags { " [flags]" } else { "" };
    let mut text = format!("usage: {}{flags}\n{about}\n", grammar::usage(entry));
    let aliases: Vec<&str> = entry.get_visible_aliases().collect();
    if !aliases.is_empty() {
        text.extend(["also: ", &aliases.join(", "), "\n"]);
    }
    for arg in entry.get_arguments() {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        text.push_str(&entry_lines(&argument(arg), &help));
    }
    text.push_str("examples:\n");
    let examples = entry.get_after_help().map(ToString::to_string);
    for example in examples.unwrap_or_default().lines() {
        text.extend(["  ", example, "\n"]);
    }
    text
}

/// An argument with its flag and the flag's other names, if it is typed as one.
fn argument(arg: &clap::Arg) -> String {
    let Some(mut flag) = grammar::flag(arg) else {
        return grammar::placeholder(arg);
    };
    for alias in arg.get_visible_aliases().unwrap_or_default() {
        flag.extend([", --", alias]);
    }
    if grammar::takes_value(arg) {
        flag.extend([" ", &grammar::placeholder(arg)]);
    }
    flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_names_every_command() {
        let overview = overview();
        for entry in grammar::table().get_subcommands() {
            assert!(overview.contains(&format!("  {}", entry.get_name())));
        }
        let update = "  update-job-execution <jobId> <SUCCEEDED | IN_PROGRESS | FAILED | REJECTED | CANCELED>\n";
        assert!(overview.contains(update), "{overview}");
        assert!(!overview.contains('\t'));
    }

    #[test]
    fn details_describe_arguments_and_give_examples() {
        let entry = grammar::entry("delete").expect("a command");
        assert_eq!(
            details(entry),
            "usage: delete-job <jobId> [flags]\n\
             delete a job\n\
             also: delete, rm\n\
             \x20 <jobId>                             the id of the job\n\
             \x20 --force                             also delete a job that is in progress; at the prompt you are asked first\n\
             \x20 --yes                               do not ask\n\
             \x20 --query <expression>                show only what this JMESPath expression selects from the \
             response, as with the AWS CLI\n\
             examples:\n\
             \x20 delete-job Job1\n\
             \x20 delete-job Job1 --force\n"
        );
    }

    #[test]
    fn every_example_is_a_command() {
        for entry in grammar::table().get_subcommands() {
            let examples = entry.get_after_help().map(ToString::to_string);
            for example in examples.unwrap_or_default().lines() {
                let parsed = crate::repl::input::command::parse(example);
                assert!(matches!(parsed, Ok(Some(_))), "{example}: {parsed:?}");
            }
        }
    }
}
