//! The values that an argument can have, as far as known. Pure.

use std::borrow::Cow;
use std::fmt;

use crate::control::operations;
use crate::protocol::JobExecutionStatus;
use crate::repl::input::grammar::own::{OPERATOR, PROGRAM_COMMANDS};
use crate::repl::input::grammar::{self, AWS, AwsService, CommandKind};
use crate::repl::input::needs::{Context, Need};
use crate::repl::pages::PAGES;

/// The source of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Service(Need),
    /// The same as a part of a word.
    Part(Part),
    Words(Vec<String>),
}

/// Values in the midst of a word: `job/Job1`, `path=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    before: String,
    need: Need,
    after: &'static str,
    /// The values that have been typed already.
    typed: Vec<String>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}{}", self.before, self.need, self.after)
    }
}

impl Part {
    /// A colon in a term of a query would have to be escaped.
    fn takes(&self, value: &str) -> bool {
        let is_plain = !(self.before.ends_with(':') && value.contains(':'));
        is_plain && self.typed.iter().all(|typed| typed != value)
    }
}

impl Source {
    pub(crate) fn need(&self) -> Option<Need> {
        match self {
            Self::Service(need) | Self::Part(Part { need, .. }) => Some(need.clone()),
            Self::Words(_) => None,
        }
    }

    pub(crate) fn values<'a>(&'a self, context: &'a Context) -> Vec<Cow<'a, str>> {
        let borrowed = |values: Vec<&'a str>| values.into_iter().map(Cow::Borrowed).collect();
        match self {
            Self::Words(words) => borrowed(words.iter().map(String::as_str).collect()),
            Self::Service(need) => borrowed(context.of(need)),
            Self::Part(part) => {
                let values = context.of(&part.need).into_iter();
                let values = values.filter(|value| part.takes(value));
                let word = |value| [part.before.as_str(), value, part.after].concat();
                values.map(|value| Cow::Owned(word(value))).collect()
            }
        }
    }

    pub(crate) fn words(words: &[&str]) -> Self {
        Self::Words(words.iter().map(ToString::to_string).collect())
    }

    pub(crate) fn part(before: &str, need: Need, after: &'static str) -> Self {
        Self::part_without(before, need, after, Vec::new())
    }

    /// The same without values that have been typed already.
    pub(crate) fn part_without(
        before: &str,
        need: Need,
        after: &'static str,
        typed: Vec<String>,
    ) -> Self {
        Self::Part(Part {
            before: before.to_owned(),
            need,
            after,
            typed,
        })
    }
}

/// Topics of `help` other than commands.
pub fn other_topics() -> Vec<String> {
    let pages = || PAGES.iter().map(|page| page.name);
    // Some have a page of the same name.
    let programs = PROGRAM_COMMANDS.into_iter();
    let programs = programs.filter(|name| pages().all(|page| page != *name));
    let all = pages().chain([OPERATOR]).chain(programs);
    all.map(ToOwned::to_owned).collect()
}

/// The values that an argument declares, in the case of the typed part.
pub(crate) fn possible_values(arg: &clap::Arg, typed: &str) -> Source {
    let offered = arg.get_value_parser().possible_values();
    let offered = offered.into_iter().flatten();
    Source::Words(
        offered
            .map(|value| in_case_of(typed, value.get_name()))
            .collect(),
    )
}

pub(crate) fn statuses(typed: &str) -> Source {
    let all = JobExecutionStatus::ALL.iter();
    Source::Words(
        all.map(|status| in_case_of(typed, status.as_str()))
            .collect(),
    )
}

/// `word` in the case of the typed part, because completion only adds to what is typed.
fn in_case_of(typed: &str, word: &str) -> String {
    if typed.chars().any(char::is_lowercase) {
        word.to_lowercase()
    } else {
        word.to_owned()
    }
}

/// AWS's verbs for operations that only read.
const READING: [&str; 3] = ["describe-", "get-", "list-"];

/// The commands that can stand behind the words of another one, or at the start of a line.
pub fn commands_behind(outer: &str, typed: &str) -> Vec<String> {
    let mut outer = outer.split_whitespace();
    let (first, second) = (outer.next(), outer.next());
    if let (Some(AWS), Some(service)) = (first, second.and_then(AwsService::named)) {
        return commands_of_aws(service);
    }
    commands(typed, |entry| {
        let name = entry.get_name();
        let kind = grammar::kind(name);
        let is_service = kind != CommandKind::Own;
        match first {
            None => true,
            Some("watch") => is_service && READING.iter().any(|verb| name.starts_with(verb)),
            Some(_) => is_service,
        }
    })
}

/// The commands of a service in the AWS CLI, by their names there.
fn commands_of_aws(service: AwsService) -> Vec<String> {
    match service {
        AwsService::Iot => operations::names().collect(),
        // The AWS CLI does not have the short ones.
        AwsService::JobsData => {
            let names = grammar::table().get_subcommands();
            let names = names.map(clap::Command::get_name);
            let is_wanted =
                |name: &&str| grammar::kind(name) == CommandKind::Device && name.contains('-');
            names.filter(is_wanted).map(ToOwned::to_owned).collect()
        }
    }
}

/// Full names; aliases only if no full name fits.
pub(crate) fn commands(typed: &str, is_wanted: impl Fn(&clap::Command) -> bool) -> Vec<String> {
    let entries = || {
        let entries = grammar::table().get_subcommands();
        entries.filter(|entry| is_wanted(entry))
    };
    let full: Vec<String> = entries()
        .map(|entry| entry.get_name().to_owned())
        .filter(|name| name.starts_with(typed))
        .collect();
    if full.is_empty() {
        let aliases = entries().flat_map(clap::Command::get_visible_aliases);
        aliases.map(ToOwned::to_owned).collect()
    } else {
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Effect;
    use crate::control::operations::abouts;

    #[test]
    fn what_changes_nothing_is_known_by_its_verb() {
        for about in abouts() {
            let is_reading = READING.iter().any(|verb| {
                let verb = verb.trim_end_matches('-');
                about.name.to_lowercase().starts_with(verb)
            });
            assert_eq!(about.effect == Effect::Reads, is_reading, "{}", about.name);
        }
    }
}
