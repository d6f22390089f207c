//! The texts of `help`, made from the command table and the pages. Pure.

use clap::builder::PossibleValue;

use crate::control::{Subject, operations};
use crate::repl::columns::columns_of;
use crate::repl::guide::markdown::{Look, render};
use crate::repl::input::alias::Aliases;
use crate::repl::input::command::HelpTopic;
use crate::repl::input::grammar::{self, CommandKind, placeholder, takes_value};
use crate::repl::output::fold::fold;
use crate::repl::pages::{PAGES, page};
use crate::text::sanitize;

/// How help is shown, and the source of the help of the program's own subcommands.
#[derive(Debug, Clone, Copy)]
pub struct HelpStyle {
    pub look: Look,
    /// The help of a subcommand of the program, such as `serve`.
    pub program_help: fn(&str) -> String,
}

/// The text of `help` on a topic.
pub fn text(topic: HelpTopic, style: HelpStyle) -> String {
    let look = style.look;
    match topic {
        HelpTopic::Overview => overview(look),
        HelpTopic::Operator => operator(look),
        HelpTopic::Command(name) => {
            let details = grammar::entry(name).map(details).unwrap_or_default();
            fold(&details, look.width) + &page_after(name, look)
        }
        HelpTopic::Page(name) => page(name).map_or_else(String::new, |it| render(it.text, look)),
        HelpTopic::Program(name) => (style.program_help)(name) + &page_after(name, look),
    }
}

/// The page of a command or a subcommand, which follows its help; empty if it has none.
fn page_after(name: &str, look: Look) -> String {
    let page = page(name).map(|page| format!("\n{}", render(page.text, look)));
    page.unwrap_or_default()
}

/// One row of the table of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// AWS's name, or ours.
    pub name: &'static str,
    /// The command with its arguments.
    pub usage: String,
    /// Shorter names; may be empty.
    pub aliases: Vec<String>,
    /// What it does, in one line.
    pub about: String,
}

/// The headings of the table of commands, each with its kind of commands.
pub const GROUPS: [(&str, CommandKind); 3] = [
    ("As a device", CommandKind::Device),
    ("As an operator", CommandKind::Control),
    ("The sandbox's own", CommandKind::Own),
];

/// The operator's commands that users need most, which `help` alone lists.
const MAIN_OPERATOR_COMMANDS: [&str; 10] = [
    "create-job",
    "cancel-job",
    "delete-job",
    "describe-job",
    "list-jobs",
    "get-job-document",
    "list-job-executions",
    "create-thing",
    "create-thing-group",
    "add-thing-to-thing-group",
];

/// The commands of a group: the operator's in the order of the operations, others in that of the grammar.
pub fn rows(kind: CommandKind) -> Vec<Row> {
    let entries = grammar::table().get_subcommands();
    let mut rows: Vec<Row> = entries
        .filter(|entry| grammar::kind(entry.get_name()) == kind)
        .map(row)
        .collect();
    if kind == CommandKind::Control {
        rows.sort_by_key(|row| operations::place(row.name).map(|(_, place)| place));
    }
    rows
}

/// The rows that `help` alone lists.
pub fn main_rows(kind: CommandKind) -> Vec<Row> {
    let mut rows = rows(kind);
    rows.retain(|row| kind != CommandKind::Control || MAIN_OPERATOR_COMMANDS.contains(&row.name));
    rows
}

fn row(entry: &'static clap::Command) -> Row {
    Row {
        name: entry.get_name(),
        usage: grammar::usage(entry),
        aliases: entry.get_visible_aliases().map(ToOwned::to_owned).collect(),
        about: entry
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

/// The column where descriptions start; after a longer usage, the description is on the next line.
const ABOUT_COLUMN: usize = 38;

/// The most needed commands, a line each, and where to find the rest.
fn overview(look: Look) -> String {
    let mut text = String::from("Commands, with their short names in brackets:\n\n");
    for (heading, kind) in GROUPS {
        text.extend([&*look.heading(heading), "\n"]);
        for row in main_rows(kind) {
            text.push_str(&row_line(&row));
        }
        if kind == CommandKind::Control {
            text.push_str(&entry_lines(
                "help operator",
                "the operator's other commands",
            ));
        }
        text.push('\n');
    }
    let pages: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
    let more = format!(
        "help COMMAND  arguments, flags and examples; also COMMAND --help\n\
         help PAGE     {}\n\
         help NAME     {}: run as `jobs-sandbox NAME`\n",
        pages.join(", "),
        grammar::own::PROGRAM_COMMANDS.join(", ")
    );
    text.push_str(&more);
    fold(&text, look.width)
}

/// The user's own aliases, behind the overview.
pub fn aliases(aliases: &Aliases, look: Look) -> String {
    let rows: String = aliases
        .rows()
        .map(|(usage, line)| entry_lines(&sanitize(&usage), &sanitize(line)))
        .collect();
    if rows.is_empty() {
        return rows;
    }
    fold(
        &format!("\n{}\n{rows}", look.heading("Aliases")),
        look.width,
    )
}

/// The headings of the operator's commands.
const SUBJECTS: [(&str, &[Subject]); 7] = [
    ("Jobs", &[Subject::Job, Subject::JobExecution]),
    ("Job templates", &[Subject::JobTemplate]),
    ("Things", &[Subject::Thing, Subject::ThingType]),
    ("Thing groups", &[Subject::ThingGroup]),
    ("Certificates", &[Subject::Certificate]),
    ("Policies", &[Subject::Policy]),
    (
        "Tags, endpoint and events",
        &[Subject::Resource, Subject::Account],
    ),
];

/// All commands of the operator.
fn operator(look: Look) -> String {
    let mut text = format!("{}\n\n", look.heading("As an operator"));
    let rows = rows(CommandKind::Control);
    for (heading, subjects) in SUBJECTS {
        text.extend([&*look.heading(heading), "\n"]);
        let is_here = |row: &&Row| {
            let place = operations::place(row.name);
            place.is_some_and(|(subject, _)| subjects.contains(&subject))
        };
        for row in rows.iter().filter(is_here) {
            text.push_str(&row_line(row));
        }
        text.push('\n');
    }
    text.push_str("The AWS CLI has all other operations; `explain list-jobs` shows how to point it at this service.\n");
    fold(&text, look.width)
}

fn row_line(row: &Row) -> String {
    let mut about = row.about.clone();
    if !row.aliases.is_empty() {
        about.extend([" (", &row.aliases.join(", "), ")"]);
    }
    entry_lines(&short_usage(row), &about)
}

/// The command with as many of its arguments as fit the column.
fn short_usage(row: &Row) -> String {
    const LEFT_OUT: &str = " …";
    let widest = ABOUT_COLUMN - 3;
    if columns_of(&row.usage) <= widest {
        return row.usage.clone();
    }
    let arguments = row.usage.strip_prefix(row.name).unwrap_or_default();
    let mut short = row.name.to_owned();
    for argument in arguments.split_inclusive(['>', ']']) {
        if columns_of(&short) + columns_of(argument) + columns_of(LEFT_OUT) > widest {
            short.push_str(LEFT_OUT);
            break;
        }
        short.push_str(argument);
    }
    short
}

fn entry_lines(left: &str, right: &str) -> String {
    let width = ABOUT_COLUMN - 2;
    if columns_of(left) < width {
        let padding = " ".repeat(width - columns_of(left));
        format!("  {left}{padding}{right}\n")
    } else {
        format!("  {left}\n  {:width$}{right}\n", "")
    }
}

/// One command with its arguments, flags and examples.
pub fn details(entry: &clap::Command) -> String {
    let about = entry.get_long_about().or_else(|| entry.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let has_flags = entry.get_arguments().any(|arg| arg.get_long().is_some());
    let flags = if has_flags { " [flags]" } else { "" };
    let mut text = format!("usage: {}{flags}\n{about}\n", grammar::usage(entry));
    let aliases: Vec<&str> = entry.get_visible_aliases().collect();
    if !aliases.is_empty() {
        text.extend(["also: ", &aliases.join(", "), "\n"]);
    }
    let mut arguments: Vec<_> = entry.get_arguments().collect();
    // Flags that are only there because the AWS CLI has them come last.
    arguments.sort_by_key(|arg| (!arg.is_positional(), arg.is_hide_set()));
    for arg in arguments {
        text.push_str(&entry_lines(&argument(arg), &description(arg)));
    }
    text.push_str("examples:\n");
    let examples = entry.get_after_help().map(ToString::to_string);
    for example in examples.unwrap_or_default().lines() {
        text.extend(["  ", example, "\n"]);
    }
    text
}

/// What an argument means, with the values that it can have unless its placeholder shows them.
fn description(arg: &clap::Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values = arg.get_possible_values();
    let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    if values.is_empty() || placeholder(arg).contains(values[0]) || !takes_value(arg) {
        return help;
    }
    format!("{help}: {}", values.join(", "))
}

/// An argument with its flag and the flag's other names, if it is typed as one.
fn argument(arg: &clap::Arg) -> String {
    let Some(mut flag) = grammar::flag(arg) else {
        return placeholder(arg);
    };
    for alias in arg.get_visible_aliases().unwrap_or_default() {
        flag.extend([", --", alias]);
    }
    if takes_value(arg) {
        flag.extend([" ", &placeholder(arg)]);
    }
    flag
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look {
        width: 80,
        color: false,
    };

    #[test]
    fn the_overview_fits_a_screen() {
        let overview = overview(LOOK);
        assert!(overview.lines().count() <= 45, "{overview}");
        for line in overview.lines() {
            assert!(columns_of(line) <= 80, "{line}");
        }
        for kind in [CommandKind::Device, CommandKind::Own] {
            for row in rows(kind) {
                assert!(overview.contains(&row_line(&row)), "{}", row.name);
            }
        }
        for name in MAIN_OPERATOR_COMMANDS {
            assert!(overview.contains(&format!("\n  {name}")), "{name}");
        }
        let update = "  update-job-execution <jobId> …      report a status (update)\n";
        assert!(overview.contains(update), "{overview}");
    }

    #[test]
    fn every_command_of_the_operator_is_listed() {
        let all = operator(LOOK);
        let control = rows(CommandKind::Control);
        assert!(control.len() > MAIN_OPERATOR_COMMANDS.len());
        for row in control {
            assert!(all.contains(&format!("\n  {}", row.name)), "{}", row.name);
        }
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
             \x20 --force                             also delete a job in progress; the prompt asks first\n\
             \x20 --yes                               do not ask\n\
             \x20 --query <expression>                show only what this JMESPath expression selects\n\
             examples:\n\
             \x20 delete-job Job1\n\
             \x20 delete-job Job1 --force\n"
        );
    }

    #[test]
    fn positional_arguments_come_first_and_flags_of_the_aws_cli_last() {
        let details = details(grammar::entry("create-job").expect("a command"));
        let places = ["<document>", "--edit", "--query", "--target-selection"];
        let places = places.map(|name| details.find(&format!("\n  {name}")).expect(&details));
        assert!(places.is_sorted(), "{details}");
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
