//! Positional arguments that are given by AWS's name for them: `--job-id Job1`.

use std::collections::BTreeMap;

use crate::repl::input::grammar::args::{known_flag, placeholder, takes_value};

/// Why arguments that are given by name cannot be put in position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    #[error("{0} needs {1}")]
    Missing(String, String),
    #[error("{0} can be given only once")]
    Twice(String),
    #[error("{0} needs a value")]
    NoValue(String),
    #[error("{0} does not take `{1}`\nhint: the other arguments are given by name")]
    Superfluous(String, String),
}

/// AWS's name for an argument: `job_id` is `--job-id`.
fn name_of(arg: &clap::Arg) -> String {
    format!("--{}", arg.get_id().as_str().replace('_', "-"))
}

/// The positional argument that `word` names, and its value if the word contains it (`--job-id=Job1`).
pub(crate) fn named<'a, 'w>(
    entry: &'a clap::Command,
    word: &'w str,
) -> Option<(&'a clap::Arg, Option<&'w str>)> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let arg = entry.get_positionals().find(|arg| name_of(arg) == name)?;
    Some((arg, value))
}

/// Whether a word is a flag of `entry`, or not a flag at all.
fn is_known(entry: &clap::Command, word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    !word.starts_with("--") || known_flag(entry, name).is_some()
}

/// The words of a command, with all positional arguments in position.
pub(crate) fn in_position<'w>(
    entry: &clap::Command,
    words: &[&'w str],
) -> Result<Vec<&'w str>, Misplaced> {
    let mut by_name = BTreeMap::new();
    let (mut flags, mut in_order) = (Vec::new(), Vec::new());
    let mut rest = words.iter().copied().skip(1);
    while let Some(word) = rest.next() {
        if word == "--" {
            return Ok(words.to_vec());
        } else if let Some((arg, value)) = named(entry, word) {
            let value = value.or_else(|| rest.next());
            let value = value.ok_or_else(|| Misplaced::NoValue(name_of(arg)))?;
            if by_name.insert(arg.get_index(), value).is_some() {
                return Err(Misplaced::Twice(name_of(arg)));
            }
        } else if word.starts_with("--") {
            flags.push(word);
            if known_flag(entry, word).is_some_and(takes_value) {
                flags.extend(rest.next());
            }
        } else {
            in_order.push(word);
        }
    }
    if by_name.is_empty() {
        return Ok(words.to_vec());
    }
    // Flags go first, so that clap reports an unknown flag before a word that seems to be its value.
    let mut placed = [&[words[0]], flags.as_slice()].concat();
    let mut in_order = in_order.into_iter();
    let mut missing = Vec::new();
    for arg in entry.get_positionals() {
        if by_name.is_empty() {
            break;
        }
        match by_name.remove(&arg.get_index()).or_else(|| in_order.next()) {
            Some(value) => placed.push(value),
            None => missing.push(placeholder(arg)),
        }
    }
    let name = entry.get_name().to_owned();
    if !missing.is_empty() {
        return Err(Misplaced::Missing(name, missing.join(" and ")));
    }
    match in_order.next() {
        // The word may be the value of an unknown flag, which clap then reports.
        Some(word) if flags.iter().all(|flag| is_known(entry, flag)) => {
            Err(Misplaced::Superfluous(name, word.to_owned()))
        }
        next => Ok(placed.into_iter().chain(next).chain(in_order).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::grammar::table::entry;

    #[test]
    fn arguments_are_put_into_position() {
        for (line, expected) in [
            ("delete-job J --force", Ok("delete-job J --force")),
            ("delete-job --job-id J --force", Ok("delete-job --force J")),
            ("delete-job --force --job-id=J", Ok("delete-job --force J")),
            (
                "delete-job-execution --execution-number 2 --thing-name t --job-id J",
                Ok("delete-job-execution --thing-name t J 2"),
            ),
            (
                "delete-job-execution --execution-number=2 J",
                Ok("delete-job-execution J 2"),
            ),
            (
                "create-job --document {} J --targets a",
                Ok("create-job --targets a J {}"),
            ),
            ("update --status FAILED --job-id J", Ok("update J FAILED")),
            (
                "delete-job J --job-id K",
                Err("delete-job does not take `J`\nhint: the other arguments are given by name"),
            ),
            (
                "delete-job --forse J --job-id K",
                Ok("delete-job --forse K J"),
            ),
            (
                "delete-job --job-id J --job-id K",
                Err("--job-id can be given only once"),
            ),
            ("delete-job --job-id", Err("--job-id needs a value")),
            ("create-job --document {}", Err("create-job needs <jobId>")),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            let entry = entry(words[0]).expect(line);
            let placed = in_position(entry, &words);
            let placed = placed.map(|words| words.join(" "));
            let placed = placed.map_err(|error| error.to_string());
            let expected = expected.map(ToOwned::to_owned);
            assert_eq!(placed, expected.map_err(ToOwned::to_owned), "{line}");
        }
    }
}
