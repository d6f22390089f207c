//! Lists in pages.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::service::behind::{before, behind};
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::PAGE_ENTRIES;
use crate::service::page_token;

/// The names of the parameters and of the response's token, which differ between lists, and the size of a page.
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

/// For the lists of certificates and policies.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListCertificates.html>
pub(crate) const MARKERS: PageWords = PageWords {
    max: "pageSize",
    token: "marker",
    next: "nextMarker",
    default: 25,
};

/// The entries of a list with their keys, in ascending order of the list.
pub(crate) type Entries<'a, K> = Box<dyn Iterator<Item = (K, Value)> + 'a>;

/// Cuts one page out of a list, with the usual parameter names.
pub(crate) fn page<'a, K: PageKey>(
    list: &str,
    member: &str,
    parameters: &Parameters,
    entries: impl FnOnce(Option<K>) -> Entries<'a, K>,
) -> Result<Option<Value>, HttpError> {
    page_by(&TOKENS, list, member, parameters, entries)
}

/// Cuts one page out of a list; `entries` returns the entries behind a key, or all. Only the shown entries are looked at.
/// The token contains the list and the key of the last entry shown. The next page begins behind that key, even if the entry
/// no longer exists: a client that deletes the entries of a page before it asks for the next page misses none.
pub(crate) fn page_by<'a, K: PageKey>(
    words: &PageWords,
    list: &str,
    member: &str,
    parameters: &Parameters,
    entries: impl FnOnce(Option<K>) -> Entries<'a, K>,
) -> Result<Option<Value>, HttpError> {
    let max = max_results(words, parameters);
    let behind = match parameters.query(words.token) {
        None => None,
        Some(token) => Some(key_of(list, token).ok_or_else(HttpError::invalid_next_token)?),
    };
    let mut entries = entries(behind);
    let (mut shown, mut end) = (Vec::new(), None);
    for (key, entry) in entries.by_ref().take(max) {
        shown.push(entry);
        end = Some(key);
    }
    let mut answer = Map::new();
    answer.insert(member.to_owned(), Value::Array(shown));
    if let Some(end) = end
        && entries.next().is_some()
    {
        let token = page_token::seal(&format!("{list}\n{}", json!(end)));
        answer.insert(words.next.to_owned(), json!(token));
    }
    Ok(Some(Value::Object(answer)))
}

/// The names behind a name, or all, each with its entry.
pub(crate) fn names<'a>(
    names: &'a BTreeSet<String>,
    last: Option<&String>,
    view: impl Fn(&str) -> Value + 'a,
) -> Entries<'a, String> {
    let names = names.range::<String, _>(behind(last));
    Box::new(names.map(move |name| (name.clone(), view(name))))
}

/// The entries behind a number in the order of creation: the oldest first with `isAscendingOrder`, otherwise the newest
/// first.
pub(crate) fn by_creation<'a>(
    all: &'a BTreeMap<u64, String>,
    parameters: &Parameters,
    last: Option<u64>,
) -> Box<dyn Iterator<Item = (&'a u64, &'a String)> + 'a> {
    if parameters.query_flag("isAscendingOrder") {
        Box::new(all.range(behind(last)))
    } else {
        Box::new(all.range(before(last)).rev())
    }
}

/// Identifies an entry of a list, and its position.
pub(crate) trait PageKey: Serialize + DeserializeOwned {}

impl<K: Serialize + DeserializeOwned> PageKey for K {}

/// The key in a token of this list.
fn key_of<K: PageKey>(list: &str, token: &str) -> Option<K> {
    let text = page_token::open(token)?;
    serde_json::from_str(text.strip_prefix(list)?.strip_prefix('\n')?).ok()
}

fn max_results(words: &PageWords, parameters: &Parameters) -> usize {
    let max = parameters.query(words.max);
    max.and_then(|max| max.parse().ok())
        .unwrap_or(words.default)
}
