//! What clap declares about the arguments of a command.

use std::any::TypeId;

use clap::ArgAction;
use serde_json::Value;

use crate::argument::{DocumentText, FreeText, PemText};
use crate::protocol::{JobId, JobRef, ThingName};

/// The flag of an argument, as typed.
pub fn flag(arg: &clap::Arg) -> Option<String> {
    arg.get_long().map(|long| format!("--{long}"))
}

pub fn takes_value(arg: &clap::Arg) -> bool {
    arg.get_action().takes_values()
}

/// Whether an argument takes several values.
pub fn is_repeatable(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether an argument is a document: the rest of the line verbatim, up to flags behind a JSON value.
pub fn is_document(arg: &clap::Arg) -> bool {
    is_json_document(arg) || arg.get_value_parser().type_id() == TypeId::of::<PemText>()
}

/// Whether it is one that has to be JSON.
pub(super) fn is_json_document(arg: &clap::Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<DocumentText>()
}

/// Whether a text that starts like this can be a document: JSON, or the name of a file.
pub fn begins_document(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    text.starts_with(|c: char| c.is_ascii_digit() || "{[\"'@-\u{feff}".contains(c))
        || text.starts_with("file://")
        || ["true", "false", "null"].contains(&word)
}

/// Whether the values of an argument are ids, names, numbers or words of AWS, which have no spaces.
pub fn is_name(arg: &clap::Arg) -> bool {
    let parsed = arg.get_value_parser().type_id();
    let is_word = !arg.get_possible_values().is_empty();
    is_word
        || [
            TypeId::of::<JobId>(),
            TypeId::of::<JobRef>(),
            TypeId::of::<ThingName>(),
            TypeId::of::<i64>(),
            TypeId::of::<i32>(),
            TypeId::of::<u64>(),
        ]
        .into_iter()
        .any(|name| parsed == name)
}

/// Whether a flag may be left out by mistake before a value: what a command needs, or is about.
pub fn is_main(arg: &clap::Arg) -> bool {
    let is_free = arg.get_value_parser().type_id() == TypeId::of::<FreeText>();
    arg.is_required_set() || is_free || arg.get_id() == "targets"
}

/// Whether a positional argument is a text of the user's own, or a structure.
pub fn takes_spaces(arg: &clap::Arg) -> bool {
    let parsed = arg.get_value_parser().type_id();
    parsed == TypeId::of::<FreeText>() || parsed == TypeId::of::<Value>()
}

/// Whether a flag replaces another argument.
pub fn excludes(entry: &clap::Command, flag: &clap::Arg, other: &clap::Arg) -> bool {
    let excluded = entry.get_arg_conflicts_with(flag);
    excluded.iter().any(|arg| arg.get_id() == other.get_id())
}

/// The flag of `entry` with the name or alias `word`. A word that contains the value (`--flag=value`) is not found.
pub fn known_flag<'a>(entry: &'a clap::Command, word: &str) -> Option<&'a clap::Arg> {
    let word = word.strip_prefix("--")?;
    entry.get_arguments().find(|arg| {
        let aliases = arg.get_all_aliases().unwrap_or_default();
        arg.get_long() == Some(word) || aliases.contains(&word)
    })
}

/// A positional argument in a usage line: `<jobId>`, or `[command]` if it is optional.
pub fn placeholder(arg: &clap::Arg) -> String {
    let name = arg
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| arg.get_id().to_string(), ToString::to_string);
    if arg.is_required_set() || arg.get_long().is_some() || is_document(arg) {
        format!("<{name}>")
    } else {
        format!("[{name}]")
    }
}

/// The usage line of a command: its name, its positional arguments, and the flags that it needs.
pub fn usage(entry: &clap::Command) -> String {
    let needed = entry
        .get_arguments()
        .filter(|arg| arg.is_required_set() && arg.get_long().is_some());
    let needed = needed.map(ToString::to_string);
    let arguments = entry.get_positionals().map(placeholder).chain(needed);
    arguments.fold(entry.get_name().to_owned(), |usage, argument| {
        format!("{usage} {argument}")
    })
}
