//! Parts of what has an order, for lists that are shown in pages.

use std::ops::Bound;

/// What is behind a key, or all.
pub(crate) fn behind<K>(key: Option<K>) -> (Bound<K>, Bound<K>) {
    let key = key.map_or(Bound::Unbounded, Bound::Excluded);
    (key, Bound::Unbounded)
}

/// What is before a key, or all.
pub(crate) fn before<K>(key: Option<K>) -> (Bound<K>, Bound<K>) {
    let (key, open) = behind(key);
    (open, key)
}

/// What begins with a prefix, or comes later, and is behind a key.
pub(crate) fn behind_from<'a>(
    key: Option<&'a str>,
    prefix: &'a str,
) -> (Bound<&'a str>, Bound<&'a str>) {
    match key {
        Some(key) if key >= prefix => behind(Some(key)),
        _ => (Bound::Included(prefix), Bound::Unbounded),
    }
}
