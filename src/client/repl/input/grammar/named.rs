//! Positional arguments that are given by AWS's name for them: `--job-id Job1`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::repl::input::grammar::args::{
    begins_document, excludes, is_document, is_repeatable, known_flag, placeholder, takes_value,
};

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

/// The words of a command, with all positional arguments in position, and a flag before each of its values. A line of the AWS
/// CLI has several values behind one flag, or a JSON list.
pub(crate) fn in_position<'w>(
    entry: &clap::Command,
    words: &[&'w str],
) -> Result<Vec<Cow<'w, str>>, Misplaced> {
    let as_typed = || words.iter().copied().map(Cow::Borrowed).collect();
    if words.contains(&"--") {
        return Ok(as_typed());
    }
    let mut sorted = Sorted::new(entry, words)?;
    sorted.move_values_behind_flags();
    if sorted.by_name.is_empty() && !sorted.is_moved {
        return Ok(as_typed());
    }
    sorted.placed(words[0])
}

/// The words behind the name of a command.
struct Sorted<'e, 'w> {
    entry: &'e clap::Command,
    /// Positional arguments by their index.
    by_name: BTreeMap<Option<usize>, Vec<Cow<'w, str>>>,
    flags: Vec<Cow<'w, str>>,
    /// Positional arguments, each with the flag before it, if that takes several values.
    in_order: Vec<(Cow<'w, str>, Option<&'w str>)>,
    /// The positional arguments that the words in order can be.
    open: Vec<&'e clap::Arg>,
    /// Whether a flag or a name has several values.
    is_moved: bool,
}

impl<'e, 'w> Sorted<'e, 'w> {
    fn new(entry: &'e clap::Command, words: &[&'w str]) -> Result<Self, Misplaced> {
        let mut sorted = Self {
            entry,
            by_name: BTreeMap::new(),
            flags: Vec::new(),
            in_order: Vec::new(),
            open: entry.get_positionals().collect(),
            is_moved: false,
        };
        let (mut rest, mut repeatable) = (words.iter().copied().skip(1), None);
        while let Some(word) = rest.next() {
            if let Some((arg, value)) = named(entry, word) {
                let value = value.or_else(|| rest.next());
                let value = value.ok_or_else(|| Misplaced::NoValue(name_of(arg)))?;
                let values = sorted.values(arg, value);
                if sorted.by_name.insert(arg.get_index(), values).is_some() {
                    return Err(Misplaced::Twice(name_of(arg)));
                }
                sorted.open.retain(|open| *open != arg);
                repeatable = None;
            } else if word.starts_with("--") {
                repeatable = sorted.flag(word, &mut rest)?;
            } else {
                sorted.bare(word, repeatable);
            }
        }
        Ok(sorted)
    }

    /// Reads a flag; returns it if it takes several values.
    fn flag(
        &mut self,
        word: &'w str,
        rest: &mut impl Iterator<Item = &'w str>,
    ) -> Result<Option<&'w str>, Misplaced> {
        let Some(arg) = known_flag(self.entry, word) else {
            self.flags.push(word.into());
            return Ok(None);
        };
        self.open.retain(|open| !excludes(self.entry, arg, open));
        if !takes_value(arg) {
            self.flags.push(word.into());
            return Ok(None);
        }
        let value = rest.next();
        let value = value.ok_or_else(|| Misplaced::NoValue(arg.to_string()))?;
        for value in self.values(arg, value) {
            self.flags.extend([word.into(), value]);
        }
        Ok(is_repeatable(arg).then_some(word))
    }

    /// Reads a word behind the values of a flag, or elsewhere.
    fn bare(&mut self, word: &'w str, behind: Option<&'w str>) {
        let last = self.open.last().filter(|arg| is_repeatable(arg));
        let next = self.open.get(self.in_order.len()).or(last).copied();
        if let Some(arg) = next.filter(|arg| is_repeatable(arg)) {
            let values = self.values(arg, word).into_iter();
            self.in_order.extend(values.map(|value| (value, behind)));
            return;
        }
        let is_document = next.is_some_and(is_document);
        // A word between them has become a positional argument.
        let is_apart = self.in_order.last().is_some_and(|(_, it)| *it == behind);
        match behind {
            Some(flag) if is_document && !is_apart && !begins_document(word) => {
                self.flags.extend([flag.into(), word.into()]);
                self.is_moved = true;
            }
            _ => self.in_order.push((word.into(), behind)),
        }
    }

    /// The values in a word: the elements of a JSON list, if the argument takes several.
    fn values(&mut self, arg: &clap::Arg, word: &'w str) -> Vec<Cow<'w, str>> {
        let list = (is_repeatable(arg) && word.starts_with('['))
            .then(|| serde_json::from_str::<Vec<Value>>(word).ok())
            .flatten();
        let Some(list) = list else {
            return vec![word.into()];
        };
        self.is_moved = true;
        let values = list.into_iter().map(|value| match value {
            Value::String(text) => Cow::Owned(text),
            value => Cow::Owned(value.to_string()),
        });
        values.collect()
    }

    /// Takes words behind a flag as its further values, if they cannot be positional arguments.
    fn move_values_behind_flags(&mut self) {
        if self.open.last().is_some_and(|arg| is_repeatable(arg)) {
            return;
        }
        let (kept, surplus) = self
            .in_order
            .split_at(self.open.len().min(self.in_order.len()));
        let is_of_flag = |(_, flag): &(_, Option<&str>)| {
            flag.is_some() && kept.iter().all(|(_, other)| other != flag)
        };
        if surplus.is_empty() || !surplus.iter().all(is_of_flag) {
            return;
        }
        for (value, flag) in self.in_order.split_off(kept.len()) {
            self.flags
                .extend(flag.into_iter().map(Cow::Borrowed).chain([value]));
        }
        self.is_moved = true;
    }

    /// All words in the order that clap expects.
    fn placed(mut self, name: &'w str) -> Result<Vec<Cow<'w, str>>, Misplaced> {
        // Flags go first, so that clap reports an unknown flag before a word that seems to be its value.
        let mut placed = vec![Cow::Borrowed(name)];
        placed.extend_from_slice(&self.flags);
        let mut in_order = self.in_order.into_iter().map(|(word, _)| word);
        let (mut missing, mut takes_more) = (Vec::new(), false);
        for arg in self.entry.get_positionals() {
            takes_more = is_repeatable(arg);
            // What is missing behind the last one that is named is for clap to report.
            let is_behind = self.by_name.is_empty();
            match self.by_name.remove(&arg.get_index()) {
                Some(values) => placed.extend(values),
                None => match in_order.next() {
                    Some(value) => placed.push(value),
                    None if is_behind => break,
                    None => missing.push(placeholder(arg)),
                },
            }
        }
        let name = self.entry.get_name().to_owned();
        if !missing.is_empty() {
            return Err(Misplaced::Missing(name, missing.join(" and ")));
        }
        match in_order.next() {
            // The word may be the value of an unknown flag, which clap then reports.
            Some(word)
                if !takes_more && self.flags.iter().all(|flag| is_known(self.entry, flag)) =>
            {
                Err(Misplaced::Superfluous(name, word.into_owned()))
            }
            next => Ok(placed.into_iter().chain(next).chain(in_order).collect()),
        }
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
                "create-job J {} --targets a b --document-source",
                Err("--document-source <URL> needs a value"),
            ),
            (
                "create-job J {} --targets a b",
                Ok("create-job --targets a --targets b J {}"),
            ),
            (
                "create-job --job-id J --targets a b --document {}",
                Ok("create-job --targets a --targets b J {}"),
            ),
            (
                "create-job --job-id J --targets a b --document {}",
                Ok("create-job --targets a --targets b J {}"),
            ),
            (
                "create-job J --targets a b {}",
                Ok("create-job --targets a --targets b J {}"),
            ),
            (
                "create-job --targets a J {}",
                Ok("create-job --targets a J {}"),
            ),
            (
                "create-job --targets a b J {}",
                Ok("create-job --targets a b J {}"),
            ),
            (
                "create-job J --edit --targets a b",
                Ok("create-job --edit --targets a --targets b J"),
            ),
            (
                r#"create-job J {} --targets ["a","b"]"#,
                Ok("create-job --targets a --targets b J {}"),
            ),
            (
                "tag-resource --tags a=b c=d --resource-arn job/J",
                Ok("tag-resource job/J a=b c=d"),
            ),
            (
                r#"tag-resource --tags [{"Key":"a"},1] --resource-arn job/J"#,
                Ok(r#"tag-resource job/J {"Key":"a"} 1"#),
            ),
            (
                "tag-resource job/J a=b c=d",
                Ok("tag-resource job/J a=b c=d"),
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
