//! What has changed, for a caller that keeps it elsewhere. Nothing is noted unless [`Changed::begin`] was called.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// The keys of what has changed.
#[derive(Debug, Clone)]
pub(crate) struct Changed<K>(Option<BTreeSet<K>>);

impl<K> Default for Changed<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord + Clone> Changed<K> {
    /// From now on, changes are noted.
    pub(crate) fn begin(&mut self) {
        self.0.get_or_insert_default();
    }

    pub(crate) const fn is_noting(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn note(&mut self, key: &K) {
        if let Some(keys) = &mut self.0
            && !keys.contains(key)
        {
            keys.insert(key.clone());
        }
    }

    /// What has changed since the last call.
    pub(crate) fn take(&mut self) -> BTreeSet<K> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// A map that notes which of its entries may have changed. It is read like any map.
#[derive(Debug, Clone)]
pub(crate) struct Noted<K, V> {
    map: BTreeMap<K, V>,
    pub(crate) changed: Changed<K>,
}

impl<K, V> Default for Noted<K, V> {
    fn default() -> Self {
        Self {
            map: BTreeMap::new(),
            changed: Changed::default(),
        }
    }
}

impl<K, V> Deref for Noted<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.map
    }
}

impl<K: Ord + Clone, V> Noted<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.changed.note(&key);
        self.map.insert(key, value)
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.map.remove_entry(key)?;
        self.changed.note(&key);
        Some(value)
    }

    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        let (key, value) = self.map.pop_first()?;
        self.changed.note(&key);
        Some((key, value))
    }

    pub(crate) fn clear(&mut self) {
        while self.pop_first().is_some() {}
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        if self.changed.is_noting()
            && let Some((key, _)) = self.map.get_key_value(key)
        {
            self.changed.note(key);
        }
        self.map.get_mut(key)
    }

    /// The same for a change of members that follow from the rest of the state, which is not noted.
    pub(crate) fn derived_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.map.get_mut(key)
    }
}
