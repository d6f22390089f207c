//! Things and thing groups.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::behind::behind;
use crate::service::job::JobTarget;
use crate::service::noted::Noted;
use crate::service::tags::Tags;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RegisteredThing {
    pub(crate) id: String,
    attributes: BTreeMap<String, String>,
    /// Grows with each change, from 1.
    pub(crate) version: u64,
    /// The groups that it was added to directly.
    pub(crate) groups: BTreeSet<String>,
}

impl RegisteredThing {
    pub(crate) const fn new(id: String) -> Self {
        Self {
            id,
            attributes: BTreeMap::new(),
            version: 1,
            groups: BTreeSet::new(),
        }
    }

    pub(crate) const fn attributes(&self) -> &BTreeMap<String, String> {
        &self.attributes
    }
}

/// A static thing group.
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
    /// The things that were added to it directly.
    #[serde(skip)]
    pub(crate) things: BTreeSet<ThingName>,
    /// The groups directly in it.
    #[serde(skip)]
    pub(crate) children: BTreeSet<String>,
    /// All groups in it, at any depth.
    #[serde(skip)]
    descendants: BTreeSet<String>,
    /// All things in it and in its child groups, each with the number of these groups that it was added to.
    #[serde(skip)]
    all_things: BTreeMap<ThingName, usize>,
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
            things: BTreeSet::new(),
            children: BTreeSet::new(),
            descendants: BTreeSet::new(),
            all_things: BTreeMap::new(),
            continuous_jobs: BTreeSet::new(),
            tags: Tags::default(),
        }
    }
}

impl ThingGroup {
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

/// All things and thing groups.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) things: Noted<ThingName, RegisteredThing>,
    pub(crate) groups: Noted<String, ThingGroup>,
    /// The values of each attribute, with the things that have them.
    by_attribute: BTreeMap<String, BTreeSet<AttributePlace>>,
    /// The groups without a parent.
    top_groups: BTreeSet<String>,
    /// The names of the groups by their ids.
    group_names: BTreeMap<String, String>,
}

/// A value of an attribute, and the name of a thing that has it.
pub(crate) type AttributePlace = (String, String);

impl Registry {
    /// Adds a group to the parent that it names, if it names one.
    pub(crate) fn add_group(&mut self, name: &str, group: ThingGroup) {
        if let Some(parent) = self.parent_of(&group) {
            parent.children.insert(name.to_owned());
        } else {
            self.top_groups.insert(name.to_owned());
        }
        self.above(group.parent.clone(), |group| {
            group.descendants.insert(name.to_owned());
        });
        self.group_names.insert(group.id.clone(), name.to_owned());
        self.groups.insert(name.to_owned(), group);
    }

    /// Removes a group that has no child groups.
    pub(crate) fn remove_group(&mut self, name: &str) {
        let things = self.groups.get(name).map(|group| group.things.clone());
        for thing in things.into_iter().flatten() {
            self.remove_member(name, &thing);
        }
        let Some(group) = self.groups.remove(name) else {
            return;
        };
        self.group_names.remove(&group.id);
        self.top_groups.remove(name);
        self.above(group.parent.clone(), |group| {
            group.descendants.remove(name);
        });
        if let Some(parent) = self.parent_of(&group) {
            parent.children.remove(name);
        }
    }

    /// Completes groups that were put back by themselves; the error names one that is in no hierarchy.
    pub(crate) fn restore_groups(&mut self) -> Result<(), String> {
        let names: Vec<String> = self.groups.keys().cloned().collect();
        for name in &names {
            let last = self.lineage(name).take(names.len() + 1).last();
            let is_rooted = last
                .and_then(|last| self.groups.get(last))
                .is_some_and(|last| last.parent.is_none());
            if !is_rooted {
                return Err(name.clone());
            }
        }
        for name in names {
            if let Some(group) = self.groups.remove(&name) {
                self.add_group(&name, group);
            }
        }
        Ok(())
    }

    /// Puts back a thing with its attributes and its groups, which must exist.
    pub(crate) fn restore_thing(
        &mut self,
        name: &ThingName,
        mut thing: RegisteredThing,
    ) -> Result<(), String> {
        if let Some(group) = thing
            .groups
            .iter()
            .find(|it| !self.groups.contains_key(*it))
        {
            return Err(format!("its group `{group}` is not there"));
        }
        let attributes = std::mem::take(&mut thing.attributes);
        let groups = thing.groups.clone();
        self.things.insert(name.clone(), thing);
        self.set_attributes(name, attributes);
        for group in groups {
            self.add_member(&group, name);
        }
        Ok(())
    }

    fn parent_of(&mut self, group: &ThingGroup) -> Option<&mut ThingGroup> {
        self.groups.derived_mut(group.parent.as_ref()?)
    }

    /// Removes a thing from the registry and from its groups.
    pub(crate) fn remove_thing(&mut self, name: &ThingName) {
        self.set_attributes(name, BTreeMap::new());
        let groups = self.things.get(name).map(|thing| thing.groups.clone());
        for group in groups.into_iter().flatten() {
            self.remove_member(&group, name);
        }
        self.things.remove(name);
    }

    /// Replaces the attributes of a thing.
    pub(crate) fn set_attributes(
        &mut self,
        name: &ThingName,
        attributes: BTreeMap<String, String>,
    ) {
        let Some(thing) = self.things.get_mut(name) else {
            return;
        };
        let place = |value: &String| (value.clone(), name.to_string());
        for (attribute, value) in &thing.attributes {
            if let Some(places) = self.by_attribute.get_mut(attribute) {
                places.remove(&place(value));
                if places.is_empty() {
                    self.by_attribute.remove(attribute);
                }
            }
        }
        for (attribute, value) in &attributes {
            let places = self.by_attribute.entry(attribute.clone()).or_default();
            places.insert(place(value));
        }
        thing.attributes = attributes;
    }

    /// The things that have an attribute, from a value on and behind a place, ordered by value and name.
    pub(crate) fn with_attribute(
        &self,
        attribute: &str,
        value: &str,
        behind: Option<AttributePlace>,
    ) -> impl Iterator<Item = (&AttributePlace, &RegisteredThing)> {
        let first = (value.to_owned(), String::new());
        let from = match behind {
            Some(place) if place > first => Bound::Excluded(place),
            _ => Bound::Included(first),
        };
        let places = self.by_attribute.get(attribute).into_iter();
        let places = places.flat_map(move |places| places.range((from.clone(), Bound::Unbounded)));
        places.filter_map(|place| Some((place, self.things.get(place.1.as_str())?)))
    }

    /// The groups without a parent.
    pub(crate) const fn top_groups(&self) -> &BTreeSet<String> {
        &self.top_groups
    }

    /// The name of the group with this id.
    pub(crate) fn group_with_id(&self, id: &str) -> Option<&str> {
        self.group_names.get(id).map(String::as_str)
    }

    /// Changes what follows from the members of a group, in it and in all groups that contain it.
    fn above(&mut self, group: Option<String>, mut change: impl FnMut(&mut ThingGroup)) {
        let mut next = group;
        while let Some(group) = next.as_ref().and_then(|name| self.groups.derived_mut(name)) {
            change(group);
            next.clone_from(&group.parent);
        }
    }

    /// Adds a thing to a group; both must exist.
    pub(crate) fn add_member(&mut self, group: &str, thing: &ThingName) {
        let is_new = self
            .groups
            .derived_mut(group)
            .is_some_and(|group| group.things.insert(thing.clone()));
        if is_new {
            self.above(Some(group.to_owned()), |group| {
                *group.all_things.entry(thing.clone()).or_default() += 1;
            });
        }
        if let Some(thing) = self.things.get_mut(thing) {
            thing.groups.insert(group.to_owned());
        }
    }

    /// Removes a thing from a group; does nothing if it is not a member.
    pub(crate) fn remove_member(&mut self, group: &str, thing: &ThingName) {
        let was_there = self
            .groups
            .derived_mut(group)
            .is_some_and(|group| group.things.remove(thing));
        if was_there {
            self.above(Some(group.to_owned()), |group| {
                if let Entry::Occupied(mut count) = group.all_things.entry(thing.clone()) {
                    *count.get_mut() -= 1;
                    if *count.get() == 0 {
                        count.remove();
                    }
                }
            });
        }
        if let Some(thing) = self.things.get_mut(thing) {
            thing.groups.remove(group);
        }
    }

    /// All things that the targets reach, in the order of the targets; a thing may occur more than once.
    pub(crate) fn reached(&self, targets: &[JobTarget]) -> Vec<ThingName> {
        let mut things = Vec::new();
        for target in targets {
            match target {
                JobTarget::Thing(thing) => things.push(thing.clone()),
                JobTarget::Group(group) => {
                    let group = self.groups.get(group).into_iter();
                    things.extend(group.flat_map(ThingGroup::all_things).cloned());
                }
            }
        }
        things
    }

    /// Whether the targets reach a thing.
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

    /// A group and all groups that contain it, from the inside out.
    pub(crate) fn lineage<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(group), |name| {
            self.groups.get(*name)?.parent.as_deref()
        })
    }

    /// All groups that contain a thing, directly or through a child group.
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
