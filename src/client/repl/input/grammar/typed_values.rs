//! The values of the arguments that have been typed, in a command that need not be complete.

use crate::repl::input::grammar::args::{is_repeatable, known_flag, takes_value};
use crate::repl::input::grammar::named::named;
use crate::repl::input::grammar::progress::TypedWords;
use crate::repl::input::words::Word;

/// The values of the arguments, by clap's names for these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TypedValues<'a>(Vec<(&'a str, &'a str)>);

impl<'a> TypedValues<'a> {
    /// Reads `words`, which are the words behind the name of `entry`.
    pub(crate) fn read(entry: &'a clap::Command, words: &'a [Word]) -> Self {
        let (mut values, mut in_order) = (Vec::new(), Vec::new());
        let mut typed = TypedWords::new(entry);
        let mut words = words.iter().map(|word| word.text.as_str());
        while let Some(word) = words.next() {
            let is_further = typed.is_further_value(word);
            typed.add_text(word);
            if let (true, Some((id, _))) = (is_further, values.last().copied()) {
                values.push((id, word));
                continue;
            }
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let flag = known_flag(entry, name);
            match flag.or_else(|| named(entry, word).map(|(arg, _)| arg)) {
                Some(arg) if flag.is_none() || takes_value(arg) => {
                    let value = value.or_else(|| words.next().inspect(|next| typed.add_text(next)));
                    values.extend(value.map(|value| (arg.get_id().as_str(), value)));
                }
                Some(_) => {}
                None if word.starts_with("--") => {}
                None => in_order.push(word),
            }
        }
        let is_named = |arg: &&clap::Arg| values.iter().any(|(id, _)| *id == arg.get_id().as_str());
        let open = entry.get_positionals().filter(|arg| !is_named(arg));
        // The last one may take several values.
        let last = entry.get_positionals().last();
        let last = last.filter(|arg| is_repeatable(arg));
        let ids = open.chain(std::iter::repeat(last).map_while(|last| last));
        let ids: Vec<_> = ids
            .map(|arg| arg.get_id().as_str())
            .take(in_order.len())
            .collect();
        values.extend(ids.into_iter().zip(in_order));
        Self(values)
    }

    #[cfg(test)]
    pub(crate) fn of_pairs(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.collect())
    }

    /// The first value of an argument.
    pub(crate) fn of(&self, id: &str) -> Option<&'a str> {
        self.all(id).next()
    }

    /// All values of an argument that can be repeated.
    pub(crate) fn all(&self, id: &str) -> impl Iterator<Item = &'a str> {
        let values = self.0.iter().filter(move |(of, _)| *of == id);
        values.map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::input::grammar::{entry, split};

    #[test]
    fn values_are_found_in_order_by_name_and_behind_flags() {
        for (line, id, expected) in [
            ("update J FAILED", "job_id", &["J"][..]),
            ("update J FAILED", "status", &["FAILED"]),
            ("update FAILED --job-id J", "status", &["FAILED"]),
            ("update --job-id=J FAILED", "job_id", &["J"]),
            ("update --detail a=b J", "job_id", &["J"]),
            (
                "update --detail a=b J --detail c=d",
                "details",
                &["a=b", "c=d"],
            ),
            ("describe J --thing lamp", "thing_name", &["lamp"]),
            ("describe J --thing=lamp", "thing_name", &["lamp"]),
            ("delete-job --force J", "job_id", &["J"]),
            ("delete-job --other J", "job_id", &["J"]),
            (
                "create-job J {\"a\": \"--b\"} --target t",
                "targets",
                &["t"],
            ),
            ("create-job J --template", "job_template_arn", &[]),
            ("create-job J --targets a b {}", "targets", &["a", "b"]),
            ("create-job J --targets a b {}", "document", &["{}"]),
            ("create-job J {} --targets a b", "targets", &["a", "b"]),
            (
                "create-job J {} --targets a b c --continuous",
                "targets",
                &["a", "b", "c"],
            ),
            ("untag-resource job/J a b", "tag_keys", &["a", "b"]),
            (
                "untag-resource --tag-keys a b --resource-arn job/J",
                "tag_keys",
                &["a", "b"],
            ),
            ("wait event", "what", &["event"]),
        ] {
            let words = split(line).expect(line);
            let entry = entry(&words[0].text).expect(line);
            let values = TypedValues::read(entry, &words[1..]);
            assert_eq!(values.all(id).collect::<Vec<_>>(), expected, "{line} {id}");
        }
    }
}
