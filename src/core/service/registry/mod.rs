//! Things, thing types and thing groups.
//!
//! | file | what it holds |
//! |---|---|
//! | [`thing`], [`thing_type`], [`group`] | one of them |
//! | [`typed`] | thing types, and the things that have them |
//! | [`dynamic`] | dynamic thing groups, and the things that match them |

mod dynamic;
mod group;
mod thing;
mod thing_type;
mod typed;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::protocol::{JobId, ThingName};
use crate::service::job::JobTarget;
use crate::service::noted::Noted;
use crate::service::query::Query;

pub(crate) use crate::service::registry::group::{GroupQuery, ThingGroup};
pub(crate) use crate::service::registry::thing::RegisteredThing;
pub use crate::service::registry::thing_type::PropagatingAttribute;
pub(crate) use crate::service::registry::thing_type::{ThingType, TypeProperties};

/// All things, thing types and thing groups.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    pub(crate) things: Noted<ThingName, RegisteredThing>,
    pub(crate) types: Noted<String, ThingType>,
    pub(crate) groups: Noted<String, ThingGroup>,
    /// The things of each type.
    by_type: BTreeMap<Box<str>, BTreeSet<ThingName>>,
    /// The dynamic groups by age, each with its name and its query.
    dynamic: BTreeMap<u64, (String, Query)>,
    /// The values of each searchable attribute, with the things that have them.
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
        if let Some(query) = &group.query {
            self.set_query(name, query);
        }
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
        if let Some(query) = &group.query {
            self.dynamic.remove(&query.sequence);
        }
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

    /// Puts back a thing with its attributes, its type and its groups, which must exist.
    pub(crate) fn restore_thing(
        &mut self,
        name: &ThingName,
        mut thing: RegisteredThing,
    ) -> Result<(), String> {
        let is_static = |group: &ThingGroup| group.query.is_none();
        let mut groups = thing.groups.iter();
        if let Some(group) = groups.find(|it| !self.groups.get(*it).is_some_and(is_static)) {
            return Err(format!("its static group `{group}` is not there"));
        }
        let thing_type = thing.thing_type.take();
        if let Some(thing_type) = &thing_type
            && !self.types.contains_key(&**thing_type)
        {
            return Err(format!("its type `{thing_type}` is not there"));
        }
        let attributes = std::mem::take(&mut thing.attributes);
        let groups = thing.groups.clone();
        self.things.insert(name.clone(), thing);
        self.describe_thing(name, attributes, thing_type);
        for group in groups {
            self.add_member(&group, name);
        }
        self.place(name);
        Ok(())
    }

    fn parent_of(&mut self, group: &ThingGroup) -> Option<&mut ThingGroup> {
        self.groups.derived_mut(group.parent.as_ref()?)
    }

    /// Removes a thing from the registry and from its groups.
    pub(crate) fn remove_thing(&mut self, name: &ThingName) {
        self.describe_thing(name, BTreeMap::new(), None);
        let Some(thing) = self.things.remove(name) else {
            return;
        };
        for group in thing.all_groups() {
            self.unlink(group, name);
        }
    }

    /// Gives a thing other attributes and another type, which must exist.
    pub(crate) fn describe_thing(
        &mut self,
        name: &ThingName,
        attributes: BTreeMap<String, String>,
        thing_type: Option<Box<str>>,
    ) {
        let present = self.things.get(name);
        if present.is_none_or(|it| it.attributes == attributes && it.thing_type == thing_type) {
            return;
        }
        for (attribute, place) in self.places_of(name) {
            if let Some(places) = self.by_attribute.get_mut(&attribute) {
                places.remove(&place);
                if places.is_empty() {
                    self.by_attribute.remove(&attribute);
                }
            }
        }
        self.set_type(name, thing_type);
        if let Some(thing) = self.things.get_mut(name) {
            thing.attributes = attributes;
        }
        for (attribute, place) in self.places_of(name) {
            self.by_attribute
                .entry(attribute)
                .or_default()
                .insert(place);
        }
    }

    /// The attributes by which a thing is found, each with the place of the thing among those that have it.
    fn places_of(&self, name: &ThingName) -> Vec<(String, AttributePlace)> {
        let Some(thing) = self.things.get(name) else {
            return Vec::new();
        };
        let searchable = self.searchable_attributes(thing);
        let is_searchable =
            |attribute: &String| searchable.is_none_or(|searchable| searchable.contains(attribute));
        let attributes = thing.attributes.iter();
        let attributes = attributes.filter(|(attribute, _)| is_searchable(attribute));
        attributes
            .map(|(attribute, value)| (attribute.clone(), (value.clone(), name.to_string())))
            .collect()
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
        self.link(group, thing);
        if let Some(thing) = self.things.get_mut(thing) {
            thing.groups.insert(group.to_owned());
        }
    }

    /// Removes a thing from a group; does nothing if it is not a member.
    pub(crate) fn remove_member(&mut self, group: &str, thing: &ThingName) {
        self.unlink(group, thing);
        let found = self.things.get(thing);
        if found.is_some_and(|thing| thing.groups.contains(group)) {
            if let Some(thing) = self.things.get_mut(thing) {
                thing.groups.remove(group);
            }
        } else if let Some(thing) = self.things.derived_mut(thing) {
            thing.dynamic_groups.remove(group);
        }
    }

    /// Adds a thing to the members of a group.
    fn link(&mut self, group: &str, thing: &ThingName) {
        let found = self.groups.derived_mut(group);
        if found.is_some_and(|group| group.things.insert(thing.clone())) {
            self.above(Some(group.to_owned()), |group| {
                *group.all_things.entry(thing.clone()).or_default() += 1;
            });
        }
    }

    /// Removes a thing from the members of a group.
    fn unlink(&mut self, group: &str, thing: &ThingName) {
        let found = self.groups.derived_mut(group);
        if found.is_some_and(|group| group.things.remove(thing)) {
            self.above(Some(group.to_owned()), |group| {
                if let Entry::Occupied(mut count) = group.all_things.entry(thing.clone()) {
                    *count.get_mut() -= 1;
                    if *count.get() == 0 {
                        count.remove();
                    }
                }
            });
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
        let thing = self.things.get(thing).into_iter();
        let direct = thing.flat_map(RegisteredThing::all_groups);
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
