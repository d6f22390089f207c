//! A thing group.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::behind::behind;
use crate::service::tags::Tags;

/// A thing group. It is static unless it has a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ThingGroup {
    pub(crate) id: String,
    /// The group that contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Grows with each change, from 1.
    pub(crate) version: u64,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// Only if it is dynamic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<GroupQuery>,
    /// The things that are in it directly.
    #[serde(skip)]
    pub(crate) things: BTreeSet<ThingName>,
    /// The groups directly in it.
    #[serde(skip)]
    pub(crate) children: BTreeSet<String>,
    /// All groups in it, at any depth.
    #[serde(skip)]
    pub(in crate::service::registry) descendants: BTreeSet<String>,
    /// All things in it and in its child groups, each with the number of these groups that it was added to.
    #[serde(skip)]
    pub(in crate::service::registry) all_things: BTreeMap<ThingName, usize>,
    /// The CONTINUOUS jobs that target it.
    pub(crate) continuous_jobs: BTreeSet<JobId>,
    /// Keys and values that the user chose.
    pub(crate) tags: Tags,
}

impl ThingGroup {
    /// An empty group.
    pub(crate) fn new(id: String, now: EpochMillis) -> Self {
        Self {
            id,
            parent: None,
            description: None,
            attributes: BTreeMap::new(),
            version: 1,
            created_at: now,
            query: None,
            things: BTreeSet::new(),
            children: BTreeSet::new(),
            descendants: BTreeSet::new(),
            all_things: BTreeMap::new(),
            continuous_jobs: BTreeSet::new(),
            tags: Tags::default(),
        }
    }

    /// All things in it and its child groups.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>
    pub(crate) fn all_things(&self) -> impl Iterator<Item = &ThingName> {
        self.all_things.keys()
    }

    /// Those of them behind a name.
    pub(crate) fn all_things_behind<'a>(
        &'a self,
        name: Option<&str>,
    ) -> impl Iterator<Item = &'a ThingName> + use<'a> {
        let things = self.all_things.range::<str, _>(behind(name));
        things.map(|(thing, _)| thing)
    }

    /// All groups in it, at any depth.
    pub(crate) const fn descendants(&self) -> &BTreeSet<String> {
        &self.descendants
    }
}

/// What makes a group dynamic: its members are the things that match a query.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GroupQuery {
    /// As it was given.
    pub(crate) text: String,
    /// The order of the groups by age.
    pub(crate) sequence: u64,
}
