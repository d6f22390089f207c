//! Changes of what gives rights to connections: policies, and what they are attached to. Each notes the certificates that it
//! affects.

use std::collections::BTreeSet;

use crate::protocol::ThingName;
use crate::service::policy_versions::Policy;
use crate::service::registry::ThingGroup;
use crate::service::state::Service;

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyTarget<'a> {
    /// A certificate, by its id.
    Certificate(&'a str),
    /// A thing group, by its name.
    Group(&'a str),
}

impl Service {
    /// Changes a policy, and with it the rights that it gives if `affects_rights`; `None` if it does not exist.
    pub(crate) fn change_policy<T>(
        &mut self,
        name: &str,
        affects_rights: bool,
        change: impl FnOnce(&mut Policy) -> T,
    ) -> Option<T> {
        let policy = self.principals.policy_mut(name)?;
        let result = change(policy);
        if affects_rights {
            let groups = policy.groups.clone();
            self.principals.policy_changed(name);
            for group in &groups {
                self.members_changed(group);
            }
        }
        Some(result)
    }

    /// Attaches a policy; it and the target must exist.
    pub(crate) fn attach_policy(&mut self, name: &str, target: PolicyTarget<'_>) {
        match target {
            PolicyTarget::Certificate(id) => self.principals.attach_policy(name, id),
            PolicyTarget::Group(group) => {
                self.principals.attach_to_group(name, group);
                self.members_changed(group);
            }
        }
    }

    /// Detaches a policy; does nothing if it is not attached.
    pub(crate) fn detach_policy(&mut self, name: &str, target: PolicyTarget<'_>) {
        match target {
            PolicyTarget::Certificate(id) => self.principals.detach_policy(name, id),
            PolicyTarget::Group(group) => {
                self.principals.detach_from_group(name, group);
                self.members_changed(group);
            }
        }
    }

    /// Detaches all policies from a group that is about to be removed.
    pub(crate) fn detach_all_policies(&mut self, group: &str) {
        let policies = self.principals.of_group(group).cloned();
        for name in policies.into_iter().flatten() {
            self.detach_policy(&name, PolicyTarget::Group(group));
        }
    }

    /// Notes that a thing has joined or left groups, whose policies it gets or loses.
    pub(crate) fn membership_changed(&mut self, groups: &[&str], thing: &ThingName) {
        let mut groups = groups.iter();
        if groups.any(|group| self.principals.of_group(group).is_some()) {
            self.principals.thing_changed(thing);
        }
    }

    /// The policies of a group and of all groups that contain it.
    pub(crate) fn policies_from_above(&self, group: &str) -> BTreeSet<&str> {
        let groups = self.registry.lineage(group);
        let policies = groups.filter_map(|group| self.principals.of_group(group));
        policies.flatten().map(String::as_str).collect()
    }

    /// The policies of the groups that contain a thing, directly or through a child group.
    pub(crate) fn policies_by_groups(&self, thing: &ThingName) -> BTreeSet<&str> {
        if !self.principals.has_group_policies() {
            return BTreeSet::new();
        }
        let groups = self.registry.groups_of(thing).into_iter();
        let policies = groups.filter_map(|group| self.principals.of_group(group));
        policies.flatten().map(String::as_str).collect()
    }

    /// Notes that the rights of all members of a group have changed.
    fn members_changed(&mut self, group: &str) {
        let group = self.registry.groups.get(group).into_iter();
        for thing in group.flat_map(ThingGroup::all_things) {
            self.principals.thing_changed(thing);
        }
    }
}
