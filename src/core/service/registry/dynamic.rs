//! Dynamic thing groups: their members follow from their queries.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>

use std::collections::BTreeSet;

use crate::protocol::ThingName;
use crate::service::limits::GROUPS_OF_THING;
use crate::service::query::{self, Query, Subject};
use crate::service::registry::{GroupQuery, RegisteredThing, Registry};

impl Registry {
    /// How many dynamic groups there are.
    pub(crate) fn number_of_dynamic_groups(&self) -> usize {
        self.dynamic.len()
    }

    /// Gives a group a query that has been checked. Its members do not follow by themselves.
    pub(crate) fn set_query(&mut self, group: &str, query: &GroupQuery) {
        if let Ok(parsed) = query::parse(&query.text) {
            self.dynamic
                .insert(query.sequence, (group.to_owned(), parsed));
        }
    }

    /// The things whose groups are no longer right because this group is new or has another query.
    pub(crate) fn misplaced(&self, group: &str) -> Vec<ThingName> {
        let query = self
            .groups
            .get(group)
            .and_then(|group| group.query.as_ref());
        let query = query.and_then(|query| Some((query, self.dynamic.get(&query.sequence)?)));
        let Some((GroupQuery { sequence, .. }, (_, query))) = query else {
            return Vec::new();
        };
        let older: BTreeSet<&str> = self
            .dynamic
            .range(..sequence)
            .map(|(_, (name, _))| name.as_str())
            .collect();
        let things = self.things.iter().filter(|(name, thing)| {
            let groups = thing.groups.iter().map(String::as_str);
            let dynamic = thing.dynamic_groups.iter().map(String::as_str);
            let groups: Vec<&str> = groups
                .chain(dynamic.filter(|group| older.contains(group)))
                .collect();
            // Without room for it, the thing does not get the group, whatever the query.
            let is_wanted = groups.len() < GROUPS_OF_THING && matches(query, name, thing, &groups);
            is_wanted != thing.dynamic_groups.contains(group)
        });
        things.map(|(name, _)| name.clone()).collect()
    }

    /// Puts a thing into the dynamic groups whose queries it matches, and takes it out of the others. If these are too many,
    /// the older groups have priority: "Older dynamic thing groups take priority over newer ones."
    ///
    /// GUESS: a query sees the static groups to which the thing was added, without the groups that contain them, and its
    /// dynamic groups that are older. The pages do not say whether it also sees others, and a group whose query names the
    /// group itself would never be consistent. A thing that leaves a group joins another one for which there was no place
    /// before; the pages do not say when AWS tries that.
    pub(crate) fn place(&mut self, name: &ThingName) {
        if self.dynamic.is_empty() {
            // A group that is removed takes its things out first.
            return;
        }
        let Some(thing) = self.things.get(name) else {
            return;
        };
        let mut groups: Vec<&str> = thing.groups.iter().map(String::as_str).collect();
        let first = groups.len();
        for (group, query) in self.dynamic.values() {
            if groups.len() >= GROUPS_OF_THING {
                break;
            }
            if matches(query, name, thing, &groups) {
                groups.push(group);
            }
        }
        let wanted = &groups[first..];
        let left: Vec<String> = thing
            .dynamic_groups
            .iter()
            .filter(|group| !wanted.contains(&group.as_str()))
            .cloned()
            .collect();
        let joined = wanted
            .iter()
            .filter(|group| !thing.dynamic_groups.contains(**group));
        let joined: Vec<String> = joined.map(|group| (*group).to_owned()).collect();
        if left.is_empty() && joined.is_empty() {
            return;
        }
        for group in &left {
            self.unlink(group, name);
        }
        for group in &joined {
            self.link(group, name);
        }
        if let Some(thing) = self.things.derived_mut(name) {
            thing.dynamic_groups.retain(|group| !left.contains(group));
            thing.dynamic_groups.extend(joined);
        }
    }
}

fn matches(query: &Query, name: &ThingName, thing: &RegisteredThing, groups: &[&str]) -> bool {
    query.matches(&Subject {
        name: name.as_str(),
        id: &thing.id,
        thing_type: thing.thing_type(),
        groups,
        attributes: thing.attributes(),
    })
}
