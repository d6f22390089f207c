//! Lists in pages.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::PAGE_ENTRIES;

/// What the parameters and the answer's token are called, which differs between lists, and the size of a page.
#[derive(Debug)]
pub(crate) struct PageWords {
    max: &'static str,
    token: &'static str,
    next: &'static str,
    default: usize,
}

const TOKENS: PageWords = PageWords {
    max: "maxResults",
    token: "nextToken",
    next: "nextToken",
    default: PAGE_ENTRIES,
};

/// Of the lists of certificates and policies.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListCertificates.html>
pub(crate) const MARKERS: PageWords = PageWords {
    max: "pageSize",
    token: "marker",
    next: "nextMarker",
    default: 25,
};

/// Cuts one page out of entries in their order, with the usual names of the parameters.
pub(crate) fn page(
    list: &str,
    member: &str,
    entries: impl IntoIterator<Item = (String, Value)>,
    parameters: &Parameters,
) -> Result<Option<Value>, HttpError> {
    page_by(&TOKENS, list, member, entries, parameters)
}

/// Cuts one page out of entries that are in the order of their keys. The token names the list and the key of the last entry
/// shown, and the next page begins behind it, whether that entry is still there or not: who deletes what a page shows before
/// asking for the next one misses nothing.
pub(crate) fn page_by(
    words: &PageWords,
    list: &str,
    member: &str,
    entries: impl IntoIterator<Item = (String, Value)>,
    parameters: &Parameters,
) -> Result<Option<Value>, HttpError> {
    let max = max_results(words, parameters);
    let entries: Vec<(String, Value)> = entries.into_iter().collect();
    debug_assert!(entries.is_sorted_by(|(one, _), (next, _)| one < next));
    let start = match parameters.query(words.token) {
        None => 0,
        Some(token) => {
            let key = decode(token)
                .and_then(|text| Some(text.strip_prefix(list)?.strip_prefix('\n')?.to_owned()))
                .ok_or_else(HttpError::invalid_next_token)?;
            entries.partition_point(|(entry, _)| *entry <= key)
        }
    };
    let mut answer = Map::new();
    let next = (start + max < entries.len())
        .then(|| encode(&format!("{list}\n{}", entries[start + max - 1].0)));
    let shown: Vec<Value> = entries
        .into_iter()
        .skip(start)
        .take(max)
        .map(|(_, entry)| entry)
        .collect();
    answer.insert(member.to_owned(), Value::Array(shown));
    if let Some(token) = next {
        answer.insert(words.next.to_owned(), json!(token));
    }
    Ok(Some(Value::Object(answer)))
}

/// The key of an entry by its number, for lists that begin with the lowest.
pub(crate) fn ascending(number: u64) -> String {
    format!("{number:016x}")
}

/// The key of an entry by its number, for lists that begin with the highest.
pub(crate) fn descending(number: u64) -> String {
    ascending(u64::MAX - number)
}

fn max_results(words: &PageWords, parameters: &Parameters) -> usize {
    let max = parameters.query(words.max);
    max.and_then(|max| max.parse().ok())
        .unwrap_or(words.default)
}

/// Hexadecimal: opaque enough, and safe in a query.
fn encode(text: &str) -> String {
    let mut token = String::with_capacity(2 * text.len());
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(token, "{byte:02x}");
    }
    token
}

fn decode(token: &str) -> Option<String> {
    if !token.len().is_multiple_of(2) || !token.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&token[at..at + 2], 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_rubbish_does_not() {
        assert_eq!(decode(&encode("jobs\nJob1")).as_deref(), Some("jobs\nJob1"));
        for token in ["f", "zz", "ü1", "ff"] {
            assert_eq!(decode(token), None, "{token}");
        }
    }
}
