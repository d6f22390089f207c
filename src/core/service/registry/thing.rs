//! A thing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RegisteredThing {
    pub(crate) id: String,
    pub(in crate::service::registry) attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::service::registry) thing_type: Option<Box<str>>,
    /// Grows with each change, from 1.
    pub(crate) version: u64,
    /// The static groups that it was added to directly.
    pub(crate) groups: BTreeSet<String>,
    /// The dynamic groups that it is in.
    #[serde(skip)]
    pub(in crate::service::registry) dynamic_groups: BTreeSet<String>,
}

impl RegisteredThing {
    pub(crate) const fn new(id: String) -> Self {
        Self {
            id,
            attributes: BTreeMap::new(),
            thing_type: None,
            version: 1,
            groups: BTreeSet::new(),
            dynamic_groups: BTreeSet::new(),
        }
    }

    pub(crate) const fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }

    /// The name of its type.
    pub(crate) fn thing_type(&self) -> Option<&str> {
        self.thing_type.as_deref()
    }

    /// All groups that it is in directly, static or dynamic.
    pub(crate) fn all_groups(&self) -> impl Iterator<Item = &str> {
        let groups = self.groups.iter().chain(&self.dynamic_groups);
        groups.map(String::as_str)
    }

    /// The dynamic groups that it is in.
    pub(crate) const fn dynamic_groups(&self) -> &BTreeSet<String> {
        &self.dynamic_groups
    }
}
