//! What clap declares about the arguments of a command.

use std::any::TypeId;

use crate::argument::DocumentText;

/// The flag of an argument, as typed.
pub fn flag(arg: &clap::Arg) -> Option<String> {
    arg.get_long().map(|long| format!("--{long}"))
}

pub fn takes_value(arg: &clap::Arg) -> bool {
    arg.get_action().takes_values()
}

/// Whether an argument is a document: the rest of the line verbatim, up to flags behind a JSON value.
pub fn is_document(arg: &clap::Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<DocumentText>()
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

/// The usage line of a command: its name and its positional arguments.
pub fn usage(entry: &clap::Command) -> String {
    entry
        .get_positionals()
        .map(placeholder)
        .fold(entry.get_name().to_owned(), |usage, argument| {
            format!("{usage} {argument}")
        })
}
