//! The commands that a mistyped word may have meant. Pure.

use crate::repl::input::grammar;

/// The most commands that are proposed.
const PROPOSED_MAX: usize = 3;

/// The least similarity of two words of which no parts match: 1 means equal.
const ALIKE: f64 = 0.75;

/// Words of other tools for the verbs of the commands here.
const SYNONYMS: [(&str, &[&str]); 9] = [
    ("describe", &["get", "info", "show", "view"]),
    ("list", &["ls", "all"]),
    ("create", &["add", "make", "new"]),
    ("delete", &["del", "destroy", "drop", "erase", "remove"]),
    ("cancel", &["abort", "kill", "stop"]),
    ("update", &["report", "set"]),
    (
        "done",
        &["complete", "finish", "succeed", "succeeded", "success"],
    ),
    ("fail", &["failed", "failure"]),
    ("quit", &["bye", "close", "end", "logout", "q"]),
];

/// Verbs of commands that end or remove something. These are proposed only if the user typed such a verb.
const ENDING: [&str; 7] = ["cancel", "delete", "done", "fail", "reject", "remove", "rm"];

/// The names that `typed` resembles, the nearest first: commands with their aliases, and `others`.
pub(crate) fn similar<'a>(typed: &str, others: impl Iterator<Item = &'a str>) -> Vec<String> {
    let typed = typed_words(typed);
    let mut found = Vec::new();
    for entry in grammar::table().get_subcommands() {
        let names = entry.get_name_and_visible_aliases().into_iter();
        let nearest = names.filter_map(|name| Some((distance(&typed, name)?, name)));
        found.extend(nearest.min_by_key(|(distance, _)| *distance));
    }
    found.extend(others.filter_map(|name| Some((distance(&typed, name)?, name))));
    // Words in another order make another name.
    found.sort_by_key(|(distance, name)| (*distance, typed.join("-") != *name));
    let farthest = found.first().map_or(0, |(distance, _)| distance + 1);
    let nearest = found
        .into_iter()
        .filter(|(distance, _)| *distance <= farthest);
    nearest
        .take(PROPOSED_MAX)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// The parts of a word: `listJobs`, `LIST_JOBS` and `list-jobs` have the same.
fn typed_words(typed: &str) -> Vec<String> {
    let mut separated = String::new();
    let mut is_behind_lower = false;
    for c in typed.chars() {
        if c.is_uppercase() && is_behind_lower {
            separated.push('-');
        }
        is_behind_lower = c.is_lowercase();
        separated.extend(c.to_lowercase());
    }
    let words = separated.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// The distance of a name from the typed words; `None` if it must not be proposed. Each additional word of the name counts
/// two.
fn distance(typed: &[String], name: &str) -> Option<usize> {
    let words: Vec<&str> = name.split('-').collect();
    let (verb, typed_verb) = (*words.first()?, typed.first()?.as_str());
    let is_meant = match_of(typed_verb, verb);
    if ENDING.contains(&verb) && is_meant.is_none() {
        return None;
    }
    by_words(typed, &words).or_else(|| {
        let alike = strsim::normalized_damerau_levenshtein(&typed.join("-"), name);
        (alike >= ALIKE).then_some(2 * words.len() + 2)
    })
}

/// The distance if each typed word matches a different word of the name.
fn by_words(typed: &[String], words: &[&str]) -> Option<usize> {
    let mut left = words.to_vec();
    let mut distance = 0;
    for word in typed {
        let matches = left.iter().enumerate();
        let matches = matches.filter_map(|(at, other)| Some((match_of(word, other)?, at)));
        let (farther, at) = matches.min()?;
        distance += farther;
        left.remove(at);
    }
    Some(distance + 2 * left.len())
}

/// How a typed word matches a word of a name: 0 for equal or mistyped, 1 for a synonym.
fn match_of(typed: &str, word: &str) -> Option<usize> {
    let is_begun = typed.len() >= 3 && word.starts_with(typed);
    // A different first letter makes a different word: `select` is not `delete`.
    let slips = match typed.len().min(word.len()) {
        ..4 => 0,
        4..6 => 1,
        _ => 2,
    };
    let is_slip = typed.chars().next() == word.chars().next()
        && strsim::damerau_levenshtein(typed, word) <= slips;
    if is_begun || is_slip {
        return Some(0);
    }
    let mut synonyms = SYNONYMS.iter().filter(|(verb, _)| *verb == word);
    synonyms.any(|(_, all)| all.contains(&typed)).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(typed: &str) -> String {
        similar(typed, ["keys", "exit-codes"].into_iter()).join(" ")
    }

    #[test]
    fn a_proposal_is_near_and_never_ends_more_than_what_was_typed() {
        for (typed, names) in [
            ("LIST-JOBS", "list-jobs"),
            ("list_jobs", "list-jobs"),
            ("ListJobs", "list-jobs"),
            ("listjobs", "list-jobs"),
            ("get-job", "describe-job get-job-document"),
            ("get-thing", "describe-thing"),
            ("show-job", "describe-job"),
            ("delet-job", "delete-job"),
            ("delete-jobs", "delete-job"),
            ("remove-job", "delete-job"),
            ("stop-job", "cancel-job"),
            ("cancle-job", "cancel-job"),
            ("creat-job", "create-job"),
            ("new-job", "create-job"),
            ("update-job-executoin", "update-job-execution"),
            ("update-execution", "update-job-execution"),
            ("set-job", "update-job"),
            ("start-next", "start-next-pending-job-execution"),
            ("dne", ""),
            ("doen", "done"),
            ("succeeded", "done"),
            ("failed", "fail"),
            ("hlep", "help"),
            ("exit-code", "exit-codes"),
            ("key", "keys"),
            ("docter", "doctor"),
            ("show", "describe"),
            ("q", "quit"),
            ("describe-jobs", "describe-job"),
            ("list-thing", "list-things"),
            // Words that resemble a command that ends something, but are not one.
            ("select-job", ""),
            ("mail", ""),
            ("read-job", ""),
            ("xyz", ""),
            ("größe", ""),
            ("--", ""),
            ("", ""),
        ] {
            assert_eq!(proposed(typed), names, "{typed}");
        }
    }

    #[test]
    fn a_name_that_is_right_is_proposed_alone() {
        for entry in grammar::table().get_subcommands() {
            let name = entry.get_name();
            assert_eq!(
                similar(name, std::iter::empty())
                    .first()
                    .map(String::as_str),
                Some(name)
            );
        }
    }
}
