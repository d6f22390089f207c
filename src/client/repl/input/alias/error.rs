//! What is wrong with an alias, a start-up line, or the use of an alias.

use crate::repl::input::command::CommandError;
use crate::repl::input::words::{MAX_LINE_BYTES, Unfinished};
use crate::text;

/// A mistake in an alias. The text names the mistake, then the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    #[error("`{}` cannot be the name of an alias\nhint: a name has letters, digits, - and _", text::sanitize(.0))]
    Name(String),
    #[error("`{0}` is already a command or a page of help\nhint: give the alias another name")]
    Taken(String),
    #[error("the line is empty\nhint: write a command, such as \"pending\"")]
    Empty,
    #[error("{0}\nhint: complete the line; `help quoting` explains how lines are read")]
    Unfinished(Unfinished),
    #[error("the line is longer than {MAX_LINE_BYTES} bytes\nhint: shorten it")]
    TooLong,
    #[error(
        "the line redirects its answer\nhint: remove | and >, and type them after the alias, or put them in quotes"
    )]
    Redirected,
    #[error("the line begins with the alias `{0}`\nhint: write the line of that alias instead")]
    Recursion(String),
    #[error("the name of the command is an argument\nhint: begin the line with a command")]
    NoCommand,
    #[error("${} is used, but not ${}\nhint: number the arguments without gaps; $$ stands for a dollar sign", .0 + 1, .0)]
    Gap(usize),
    #[error("{0}")]
    Command(CommandError),
    #[error(
        "wrong number of arguments: the alias takes {taken}, not {given}\nusage: {usage}\nhint: the alias stands for `{line}`; an argument with spaces needs quotes"
    )]
    Count {
        usage: String,
        line: String,
        given: usize,
        taken: usize,
    },
    #[error("the argument `{}` of an alias begins with a hyphen\nhint: type the command itself to give it flags", text::sanitize(.0))]
    Flag(String),
    #[error("the argument `{}` is not a JSON value\nhint: its place in the alias is a JSON value outside of quotes", text::sanitize(.0))]
    NotJson(String),
}

impl AliasError {
    /// Whether the name of the alias is at fault, rather than its line.
    pub fn is_of_name(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Taken(_))
    }
}
