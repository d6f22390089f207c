//! Why a line is not a command, in our words.

use std::any::TypeId;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::argument::check_name;
use crate::executor::plan::PlanError;
use crate::protocol::{JobExecutionStatus, JobId, JobRef, ThingName};
use crate::repl::input::command::aws::AwsLineError;
use crate::repl::input::command::similar::similar;
use crate::repl::input::grammar::{self, CommandKind, Misread};
use crate::repl::input::query::QueryError;
use crate::repl::input::redirect::RedirectError;
use crate::repl::input::words::{MAX_LINE_BYTES, Unfinished};
use crate::{text, wrong_number};

/// Why a line is not a command. The text names the mistake, then the next step; it may contain typed text, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The first word is not the name of a command.
    #[error("`{word}` is not a command\nhint: {}", after_unknown(word, similar))]
    NoSuchCommand {
        word: String,
        /// The commands that it resembles.
        similar: Vec<String>,
    },
    /// The arguments do not fit the command.
    #[error("{what}\nusage: {usage}")]
    Arguments {
        /// The argument, and the reason.
        what: String,
        /// The usage line of the command.
        usage: String,
    },
    /// The command does not have the flag.
    #[error("{what}\nusage: {usage}")]
    UnknownFlag {
        /// The flag as typed, without a value.
        flag: String,
        /// The command, and the flag that may have been meant.
        what: String,
        /// The usage line of the command.
        usage: String,
    },
    /// The document is not JSON.
    #[error("the document is not JSON: {what}\n{excerpt}\nhint: {hint}")]
    Document {
        /// What is wrong, with line and column.
        what: String,
        /// The line of the document, and a caret under the place.
        excerpt: String,
        /// What to do about it.
        hint: String,
    },
    /// The expression of `--query` is not valid.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The line of the AWS CLI is not one of a session.
    #[error(transparent)]
    Aws(#[from] AwsLineError),
    /// What follows `|` or `>` is not understood.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The plan of `agent` is none.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The document is empty.
    #[error("the document is empty\nhint: the smallest valid document is {{}}")]
    EmptyDocument,
    /// A quote, a backslash or a JSON value is not complete.
    #[error("{0}")]
    Unfinished(#[from] Unfinished),
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error(
        "the line is longer than {MAX_LINE_BYTES} bytes\nhint: AWS accepts documents of at most 32768 bytes"
    )]
    TooLong,
}

impl CommandError {
    /// The same with another next step, if the words of the line are wrong.
    #[must_use]
    pub(crate) fn with_hint(mut self, next: String) -> Self {
        match &mut self {
            Self::Arguments { what, .. } | Self::UnknownFlag { what, .. } => {
                let (mistake, _) = what.split_once("\nhint: ").unwrap_or((what.as_str(), ""));
                *what = format!("{mistake}\nhint: {next}");
            }
            Self::Document { hint, .. } => *hint = next,
            _ => {}
        }
        self
    }

    /// The same, with where a flag belongs if it is an option of the program; `usage_of` returns how the option is given.
    #[must_use]
    pub fn with_option_of_program(mut self, usage_of: impl Fn(&str) -> Option<String>) -> Self {
        if let Self::UnknownFlag { flag, what, .. } = &mut self
            && let Some(usage) = usage_of(flag)
        {
            let (own, _) = what.split_once('\n').unwrap_or((what.as_str(), ""));
            *what = format!("{own}\nhint: it is an option of the program: `jobs-sandbox {usage}`");
        }
        self
    }
}

fn after_unknown(word: &str, similar: &[String]) -> String {
    if word.starts_with("AWS_") {
        return "a line of the AWS CLI begins with `aws`: `aws iot list-jobs`".to_owned();
    }
    if word == "$" {
        return "leave out `$`, the prompt of a shell".to_owned();
    }
    if similar.is_empty() {
        return "`help` lists the commands".to_owned();
    }
    let names: Vec<String> = similar.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}?", names.join(" or "))
}

/// Arguments that do not fit the command of this name.
pub(crate) fn arguments(name: &str, what: String) -> CommandError {
    let usage = grammar::entry(name).map(grammar::usage).unwrap_or_default();
    CommandError::Arguments { what, usage }
}

pub(crate) fn no_such_command(word: &str) -> CommandError {
    no_such_topic(word, std::iter::empty())
}

/// A word that is neither a command nor one of the `others`.
pub(crate) fn no_such_topic<'a>(word: &str, others: impl Iterator<Item = &'a str>) -> CommandError {
    let word = short(word);
    let similar = similar(&word, others);
    CommandError::NoSuchCommand { word, similar }
}

/// The most characters of typed text that a message shows.
const SHOWN_CHARS: usize = 80;

/// The typed text, shortened if necessary.
pub(crate) fn short(typed: &str) -> String {
    text::shorten(typed, SHOWN_CHARS)
}

/// Why words that start with `name` are not a command.
pub(crate) fn misread(error: &Misread, name: &str) -> CommandError {
    match (grammar::entry(name), error) {
        (None, _) => no_such_command(name),
        (Some(_), Misread::Named(misplaced)) => arguments(name, misplaced.to_string()),
        (Some(_), Misread::Twice(arg, twice)) => {
            arguments(name, format!("{arg} gives `{twice}` twice"))
        }
        (Some(entry), Misread::Clap(error)) if error.kind() == ErrorKind::UnknownArgument => {
            let flag = error.get(ContextKind::InvalidArg);
            let flag = flag.map(ContextValue::to_string).unwrap_or_default();
            CommandError::UnknownFlag {
                what: in_our_words(error, entry),
                usage: grammar::usage(entry),
                flag,
            }
        }
        (Some(entry), Misread::Clap(error)) => CommandError::Arguments {
            what: in_our_words(error, entry),
            usage: grammar::usage(entry),
        },
    }
}

fn in_our_words(error: &clap::Error, entry: &clap::Command) -> String {
    let name = entry.get_name();
    let text = |kind| error.get(kind).map(ContextValue::to_string);
    let value = short(&text(ContextKind::InvalidValue).unwrap_or_default());
    // Clap marks what takes several values.
    let arg = short(&text(ContextKind::InvalidArg).unwrap_or_default()).replace("...", "");
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            let missing = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::Strings(missing)) => all_of(missing),
                _ => arg,
            };
            format!("{name} needs {missing}")
        }
        ErrorKind::UnknownArgument => {
            let meant = did_you_mean(text(ContextKind::SuggestedArg));
            format!("{name} does not take `{arg}`{meant}")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} needs a value"),
        ErrorKind::InvalidValue => {
            let meant = text(ContextKind::SuggestedValue);
            if is_of::<JobExecutionStatus>(entry, &arg) {
                let is_filter = CommandKind::Device != grammar::kind(name);
                let words = if is_filter {
                    &JobExecutionStatus::ALL[..]
                } else {
                    &JobExecutionStatus::REPORTED
                };
                not_a_status(&value, meant, words)
            } else {
                let meant = did_you_mean(meant);
                format!("{arg}: `{value}` is not one of these{meant}")
            }
        }
        ErrorKind::ValueValidation => {
            let typed = text(ContextKind::InvalidValue).unwrap_or_default();
            let hint = rule(
                entry,
                &text(ContextKind::InvalidArg).unwrap_or_default(),
                &typed,
            );
            let hint = hint.map_or_else(String::new, |rule| format!("\nhint: {rule}"));
            format!("{arg}: `{value}` {}{hint}", reason(&value, error))
        }
        ErrorKind::ArgumentConflict => match text(ContextKind::PriorArg) {
            Some(prior) if prior != arg => {
                // Optional arguments are in brackets.
                let both = format!("{arg} and {prior} cannot be combined");
                both.replace('[', "<").replace(']', ">")
            }
            _ => format!("{arg} can be given only once"),
        },
        _ => format!("{name} does not take these arguments"),
    }
}

/// Missing arguments in the order of the usage line.
fn all_of(missing: &[String]) -> String {
    let (flags, positional): (Vec<_>, Vec<_>) =
        missing.iter().partition(|arg| arg.starts_with("--"));
    let all: Vec<_> = positional.into_iter().chain(flags).collect();
    let all: Vec<_> = all.iter().map(|arg| arg.replace("...", "")).collect();
    match all.as_slice() {
        [before @ .., last] if before.len() > 1 => format!("{} and {last}", before.join(", ")),
        all => all.join(" and "),
    }
}

/// Whether the values of an argument, as clap calls it, are of this type.
fn is_of<T: 'static>(entry: &clap::Command, arg: &str) -> bool {
    let found = entry.get_arguments().find(|it| it.to_string() == arg);
    found.is_some_and(|arg| arg.get_value_parser().type_id() == TypeId::of::<T>())
}

/// The rule for the values of an argument, as clap calls it, if they are ids or names with a rule of AWS; the name itself, if
/// what was typed is a resource with this name.
fn rule(entry: &clap::Command, arg: &str, typed: &str) -> Option<String> {
    let (rule, kind) = if is_of::<JobId>(entry, arg) || is_of::<JobRef>(entry, arg) {
        (JobId::RULE, "job")
    } else if is_of::<ThingName>(entry, arg) {
        (ThingName::RULE, "thing")
    } else {
        return None;
    };
    let named = check_name(typed, kind).err();
    let named = named.as_deref().and_then(|text| text.split_once("hint: "));
    Some(named.map_or(rule, |(_, hint)| hint).to_owned())
}

/// The message for a word that is not a status, with the statuses that are possible.
pub(crate) fn not_a_status(
    typed: &str,
    meant: Option<String>,
    words: &[JobExecutionStatus],
) -> String {
    let words: Vec<&str> = words.iter().map(|status| status.as_str()).collect();
    let all = if words.len() < JobExecutionStatus::ALL.len() {
        "a device may report"
    } else {
        "it is one of"
    };
    let meant = meant.filter(|meant| words.contains(&meant.trim_matches('"')));
    let meant = meant.map_or_else(String::new, |meant| {
        format!("did you mean `{}`? ", meant.trim_matches('"'))
    });
    format!(
        "`{typed}` is not a status\nhint: {meant}{all} {}",
        words.join(", ")
    )
}

/// Why a value cannot be read, as a predicate of it. Parsers of our own give one; clap reads whole numbers itself.
fn reason(value: &str, error: &clap::Error) -> String {
    let Some(cause) = std::error::Error::source(error) else {
        return "is not valid".to_owned();
    };
    wrong_number::predicate(value, cause).unwrap_or_else(|| cause.to_string())
}

fn did_you_mean(suggestion: Option<String>) -> String {
    suggestion.map_or_else(String::new, |suggestion| {
        let suggestion = suggestion.trim_matches(['[', ']', '"']);
        format!("\nhint: did you mean `{suggestion}`?")
    })
}
