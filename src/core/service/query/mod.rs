//! Queries over things, in the language of fleet indexing.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html>
//!
//! Of the index, which on AWS also has shadows, connectivity and violations, there is what the registry holds.
//!
//! | file | what it holds |
//! |---|---|
//! | [`parse`], [`token`] | reads a query |
//! | [`error`] | why a text is not a query |

mod error;
mod parse;
#[cfg(test)]
mod tests;
mod token;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::ops::{Bound, RangeBounds};

pub(crate) use crate::service::query::error::QueryError;
pub(crate) use crate::service::query::parse::parse;

/// What a query looks at.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) thing_type: Option<&'a str>,
    pub(crate) groups: &'a [&'a str],
    pub(crate) attributes: &'a BTreeMap<String, String>,
}

/// A condition on a thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Query {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// One of the values of the field passes one of the tests.
    Term(Field, Vec<Test>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    /// "If a field isn't specified, AWS IoT searches for the term in all the registry […] fields."
    Every,
    ThingName,
    ThingId,
    ThingTypeName,
    ThingGroupNames,
    Attribute(String),
}

/// "Search is case insensitive": texts and patterns are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Text(String),
    Pattern(Vec<Part>),
    Numbers(Bound<f64>, Bound<f64>),
    Texts(Bound<String>, Bound<String>),
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The values are in ASCII, as their constraints demand.
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Many,
}

impl Query {
    pub(crate) fn matches(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|query| query.matches(subject)),
            Self::Any(any) => any.iter().any(|query| query.matches(subject)),
            Self::Not(query) => !query.matches(subject),
            Self::Term(field, tests) => field.has(subject, tests),
        }
    }
}

impl Field {
    fn has(&self, subject: &Subject<'_>, tests: &[Test]) -> bool {
        let pass = |value: &str| passes(tests, value);
        match self {
            Self::ThingName => pass(subject.name),
            Self::ThingId => pass(subject.id),
            Self::ThingTypeName => subject.thing_type.is_some_and(pass),
            Self::ThingGroupNames => subject.groups.iter().any(|name| pass(name)),
            Self::Attribute(name) => subject.attributes.get(name).is_some_and(|it| pass(it)),
            Self::Every => {
                let names = [subject.name, subject.id].into_iter();
                let mut names = names
                    .chain(subject.thing_type)
                    .chain(subject.groups.iter().copied());
                names.any(pass) || subject.attributes.values().any(|value| pass(value))
            }
        }
    }
}

/// Whether a value passes one of the tests.
fn passes(tests: &[Test], value: &str) -> bool {
    // There may be many tests, and it takes longer to read a number than to compare it.
    let as_number = LazyCell::new(|| number(value));
    tests.iter().any(|test| match test {
        Test::Text(text) => value.eq_ignore_ascii_case(text),
        Test::Pattern(parts) => fits(parts, value.as_bytes()),
        Test::Numbers(from, to) => as_number.is_some_and(|it| (*from, *to).contains(&it)),
        Test::Texts(from, to) => is_between(value, from, to),
    })
}

/// Whether a value, in lower case, is in a range.
fn is_between(value: &str, from: &Bound<String>, to: &Bound<String>) -> bool {
    let compared = |limit: &String| {
        let lower = value.bytes().map(|byte| byte.to_ascii_lowercase());
        lower.cmp(limit.bytes())
    };
    let is_above = match from {
        Bound::Included(limit) => compared(limit).is_ge(),
        Bound::Excluded(limit) => compared(limit).is_gt(),
        Bound::Unbounded => true,
    };
    is_above
        && match to {
            Bound::Included(limit) => compared(limit).is_le(),
            Bound::Excluded(limit) => compared(limit).is_lt(),
            Bound::Unbounded => true,
        }
}

/// Whether the whole value is as the pattern says. From a `*` on it is tried where it could end, the next `*` before
/// the one before it, so that the time grows with the product of the two lengths at most.
fn fits(parts: &[Part], value: &[u8]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut retry = None;
    while at < value.len() {
        match parts.get(part) {
            Some(Part::Many) => {
                part += 1;
                retry = Some((part, at));
                continue;
            }
            Some(Part::One) => {}
            Some(Part::Byte(byte)) if value[at].eq_ignore_ascii_case(byte) => {}
            _ => match &mut retry {
                Some((next, from)) => {
                    *from += 1;
                    (part, at) = (*next, *from);
                    continue;
                }
                None => return false,
            },
        }
        part += 1;
        at += 1;
    }
    parts[part..].iter().all(|part| *part == Part::Many)
}

/// A value as a number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
