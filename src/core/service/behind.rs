//! Ranges of ordered collections, for lists that are shown in pages.

use std::ops::Bound;

/// The range behind a key, or the whole range.
pub(crate) fn behind<K>(key: Option<K>) -> (Bound<K>, Bound<K>) {
    let key = key.map_or(Bound::Unbounded, Bound::Excluded);
    (key, Bound::Unbounded)
}

/// The range before a key, or the whole range.
pub(crate) fn before<K>(key: Option<K>) -> (Bound<K>, Bound<K>) {
    let (key, open) = behind(key);
    (open, key)
}

/// The range of keys that start with a prefix or sort after it, and that are behind a key.
pub(crate) fn behind_from<'a>(
    key: Option<&'a str>,
    prefix: &'a str,
) -> (Bound<&'a str>, Bound<&'a str>) {
    match key {
        Some(key) if key >= prefix => behind(Some(key)),
        _ => (Bound::Included(prefix), Bound::Unbounded),
    }
}
