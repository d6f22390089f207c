//! Why a line is not a command, in our words.

use std::any::TypeId;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::protocol::JobExecutionStatus;
use crate::repl::input::grammar::{self, Misread};
use crate::repl::input::query::QueryError;
use crate::repl::input::redirect::RedirectError;
use crate::repl::input::words::{MAX_LINE_BYTES, Unfinished};
use crate::text;

/// Why a line is not a command. The text names the mistake, then the next step; it may hold what was typed, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The first word names no command.
    #[error("there is no command `{word}`\n{}", after_unknown(nearest.as_deref()))]
    NoSuchCommand {
        word: String,
        /// The command that it resembles.
        nearest: Option<String>,
    },
    /// The arguments do not fit the command.
    #[error("{what}\nusage: {usage}")]
    Arguments {
        /// Which one, and why.
        what: String,
        /// The usage line of the command.
        usage: String,
    },
    /// The document is not JSON.
    #[error(
        "the document is not JSON: {reason}\n{excerpt}\nhint: texts need double quotes; `help quoting` shows how documents are typed"
    )]
    Document {
        /// The JSON parser's message, with line and column.
        reason: String,
        /// The line of the document, and a caret under the place.
        excerpt: String,
    },
    /// The expression of `--query` is not valid.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// What follows `|` or `>` is not understood.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The document has nothing in it.
    #[error("the document is empty\nhint: the least that is JSON is {{}}")]
    EmptyDocument,
    /// A quote, a backslash or a JSON value has no end.
    #[error("{0}")]
    Unfinished(#[from] Unfinished),
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error(
        "the line is longer than {MAX_LINE_BYTES} bytes\nhint: AWS takes documents of at most 32768"
    )]
    TooLong,
}

fn after_unknown(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("hint: a similar command exists: `{nearest}`"),
        None => "hint: `help` lists the commands".to_owned(),
    }
}

/// Arguments that do not fit the command of this name.
pub(crate) fn arguments(name: &str, what: String) -> CommandError {
    let usage = grammar::entry(name).map(grammar::usage).unwrap_or_default();
    CommandError::Arguments { what, usage }
}

pub(crate) fn no_such_command(word: &str) -> CommandError {
    // `help` and the loop's parser suggest alike: clap asks for a similarity above 0.7 (Jaro).
    let nearest = grammar::table()
        .get_subcommands()
        .filter(|_| word.contains(char::is_alphanumeric))
        .flat_map(clap::Command::get_name_and_visible_aliases)
        .map(|name| (strsim::jaro(word, name), name))
        .filter(|(similarity, _)| *similarity > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned());
    CommandError::NoSuchCommand {
        word: short(word),
        nearest,
    }
}

/// The longest that is shown of what was typed, in characters.
const SHOWN_CHARS: usize = 80;

/// What was typed, or how it begins.
fn short(typed: &str) -> String {
    text::shorten(typed, SHOWN_CHARS)
}

/// Why words that begin with `name` are not a command.
pub(crate) fn misread(error: &Misread, name: &str) -> CommandError {
    match (grammar::entry(name), error) {
        (None, _) => no_such_command(name),
        (Some(_), Misread::Named(misplaced)) => arguments(name, misplaced.to_string()),
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
    let arg = short(&text(ContextKind::InvalidArg).unwrap_or_default());
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            let missing = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::Strings(missing)) => missing.join(" and ").replace("...", ""),
                _ => arg,
            };
            format!("{name} needs {missing}")
        }
        ErrorKind::UnknownArgument => {
            let similar = similar(text(ContextKind::SuggestedArg));
            format!("{name} does not take `{arg}`{similar}")
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} needs a value"),
        ErrorKind::InvalidValue => {
            let similar = similar(text(ContextKind::SuggestedValue));
            if is_status(entry, &arg) {
                not_a_status(&value, &similar)
            } else {
                format!("{arg}: `{value}` is none of these{similar}")
            }
        }
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let reason = reason.unwrap_or_else(|| "is not valid".to_owned());
            // Reasons are predicates ("contains a `/`") or come from the number parser ("invalid digit …").
            match reason.as_str() {
                "" => format!("{arg}: `{value}` is not valid"),
                _ => format!("{arg}: `{value}` {}", predicate(&reason)),
            }
        }
        ErrorKind::ArgumentConflict => match text(ContextKind::PriorArg) {
            Some(prior) if prior != arg => {
                // An argument that may be left out is in brackets.
                let both = format!("{arg} and {prior} do not go together");
                both.replace('[', "<").replace(']', ">")
            }
            _ => format!("{arg} can be given only once"),
        },
        _ => format!("{name} does not take these arguments"),
    }
}

/// Whether an argument, as clap calls it, is the status of a job execution.
fn is_status(entry: &clap::Command, arg: &str) -> bool {
    let found = entry.get_arguments().find(|it| it.to_string() == arg);
    found.is_some_and(|arg| arg.get_value_parser().type_id() == TypeId::of::<JobExecutionStatus>())
}

/// A word that is not a status; `similar` is the hint at one that it resembles.
pub(crate) fn not_a_status(typed: &str, similar: &str) -> String {
    if similar.is_empty() {
        let all = JobExecutionStatus::ALL.map(JobExecutionStatus::as_str);
        format!(
            "`{typed}` is not a status\nhint: it is one of {}",
            all.join(", ")
        )
    } else {
        format!("`{typed}` is not a status{similar}")
    }
}

fn predicate(reason: &str) -> String {
    let is_predicate = ["is ", "contains ", "starts "]
        .iter()
        .any(|verb| reason.starts_with(verb));
    if is_predicate {
        reason.to_owned()
    } else {
        "is not a whole number that fits".to_owned()
    }
}

fn similar(suggestion: Option<String>) -> String {
    suggestion.map_or_else(String::new, |suggestion| {
        let suggestion = suggestion.trim_matches(['[', ']', '"']);
        format!("\nhint: a similar value exists: `{suggestion}`")
    })
}
