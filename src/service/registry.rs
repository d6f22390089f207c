//! Things and thing groups.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::job::JobTarget;
use crate::service::tags::Tags;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegisteredThing {
    pub(crate) id: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Grows with each change, from 1.
    pub(crate) version: u64,
    /// The groups that it was added to itself.
    pub(crate) groups: BTreeSet<String>,
}

/// A static thing group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThingGroup {
    pub(crate) id: String,
    /// The group that it is in.
    pub(crate) parent: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Grows with each change, from 1.
    pub(crate) version: u64,
    /// When it was created.
    pub(crate) created_at: EpochMillis,
    /// The things that were added to it itself.
    pub(crate) things: BTreeSet<ThingName>,
    /// The groups that are in it.
    pub(crate) children: BTreeSet<String>,
    /// The CONTINUOUS jobs that target it.
    pub(crate) continuous_jobs: BTreeSet<JobId>,
    /// Keys and values for people.
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
            things: BTreeSet::new(),
            children: BTreeSet::new(),
            continuous_jobs: BTreeSet::new(),
            tags: Tags::default(),
        }
    }
}

/// All things and thing groups.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) things: BTreeMap<ThingName, RegisteredThing>,
    pub(crate) groups: BTreeMap<String, ThingGroup>,
}

impl Registry {
    /// Adds a group, in the group that it names as its parent.
    pub(crate) fn add_group(&mut self, name: &str, group: ThingGroup) {
        if let Some(parent) = self.parent_of(&group) {
            parent.children.insert(name.to_owned());
        }
        self.groups.insert(name.to_owned(), group);
    }

    /// Removes a group that has no child groups.
    pub(crate) fn remove_group(&mut self, name: &str) {
        let Some(group) = self.groups.remove(name) else {
            return;
        };
        for thing in &group.things {
            if let Some(thing) = self.things.get_mut(thing) {
                thing.groups.remove(name);
            }
        }
        if let Some(parent) = self.parent_of(&group) {
            parent.children.remove(name);
        }
    }

    fn parent_of(&mut self, group: &ThingGroup) -> Option<&mut ThingGroup> {
        self.groups.get_mut(group.parent.as_ref()?)
    }

    /// Removes a thing from the registry and from its groups.
    pub(crate) fn remove_thing(&mut self, name: &ThingName) {
        let Some(thing) = self.things.remove(name) else {
            return;
        };
        for group in &thing.groups {
            if let Some(group) = self.groups.get_mut(group) {
                group.things.remove(name);
            }
        }
    }

    /// Adds a thing to a group, both of which must be there.
    pub(crate) fn add_member(&mut self, group: &str, thing: &ThingName) {
        if let Some(group) = self.groups.get_mut(group) {
            group.things.insert(thing.clone());
        }
        if let Some(thing) = self.things.get_mut(thing) {
            thing.groups.insert(group.to_owned());
        }
    }

    /// Removes a thing from a group; nothing happens if it is not a member.
    pub(crate) fn remove_member(&mut self, group: &str, thing: &ThingName) {
        if let Some(group) = self.groups.get_mut(group) {
            group.things.remove(thing);
        }
        if let Some(thing) = self.things.get_mut(thing) {
            thing.groups.remove(group);
        }
    }

    /// Every thing in a group and its child groups.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>
    pub(crate) fn members(&self, group: &str) -> BTreeSet<ThingName> {
        let mut members = BTreeSet::new();
        let mut open = vec![group];
        while let Some(group) = open.pop().and_then(|name| self.groups.get(name)) {
            members.extend(group.things.iter().cloned());
            open.extend(group.children.iter().map(String::as_str));
        }
        members
    }

    /// Every thing that targets reach, in the order of the targets; some more than once.
    pub(crate) fn reached(&self, targets: &[JobTarget]) -> Vec<ThingName> {
        let mut things = Vec::new();
        for target in targets {
            match target {
                JobTarget::Thing(thing) => things.push(thing.clone()),
                JobTarget::Group(group) => things.extend(self.members(group)),
            }
        }
        things
    }

    /// Whether a thing is among those that targets reach.
    pub(crate) fn reaches<'a>(
        &self,
        targets: impl IntoIterator<Item = &'a JobTarget>,
        thing: &ThingName,
    ) -> bool {
        let groups = self.groups_of(thing);
        self.things.contains_key(thing)
            && targets.into_iter().any(|target| match target {
                JobTarget::Thing(target) => target == thing,
                JobTarget::Group(group) => groups.contains(group.as_str()),
            })
    }

    /// A group and all groups that it is in, from the inside out.
    pub(crate) fn lineage<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(group), |name| {
            self.groups.get(*name)?.parent.as_deref()
        })
    }

    /// Every group that a thing is in, directly or through a child group.
    pub(crate) fn groups_of(&self, thing: &ThingName) -> BTreeSet<&str> {
        let direct = self
            .things
            .get(thing)
            .into_iter()
            .flat_map(|thing| &thing.groups);
        direct.flat_map(|group| self.lineage(group)).collect()
    }

    /// The CONTINUOUS jobs that reach a thing through these groups.
    pub(crate) fn continuous_jobs<'a>(
        &self,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<JobId> {
        let groups = groups
            .into_iter()
            .filter_map(|group| self.groups.get(group));
        groups
            .flat_map(|group| &group.continuous_jobs)
            .cloned()
            .collect()
    }
}
