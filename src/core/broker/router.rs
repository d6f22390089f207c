//! Subscriptions as a tree by topic level: finding the subscribers of a topic depends on the number of its levels, not on
//! the number of subscriptions.

use std::collections::BTreeMap;

use crate::broker::filter::{TopicFilter, wildcards_reach};
use crate::broker::packet::Qos;
use crate::broker::session::SessionKey;

/// All subscriptions of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

/// One level of the tree.
#[derive(Debug, Default)]
struct Node {
    /// Boxed, because a map allocates room for eleven entries, and most nodes have one.
    children: BTreeMap<Box<str>, Box<Node>>,
    /// The child for `+`.
    any: Option<Box<Node>>,
    /// The subscribers of everything below (`#`).
    below: Subscribers,
    /// The subscribers whose filter ends here.
    here: Subscribers,
}

#[derive(Debug, Default)]
struct Subscribers {
    each: BTreeMap<SessionKey, Qos>,
    groups: BTreeMap<Box<str>, Group>,
}

/// The members of a shared subscription; they receive messages in turn.
#[derive(Debug, Default)]
struct Group {
    members: BTreeMap<SessionKey, Qos>,
    last: Option<SessionKey>,
}

impl Router {
    /// Adds a subscription, or changes its QoS.
    pub(crate) fn subscribe(&mut self, filter: &TopicFilter, session: SessionKey, qos: Qos) {
        let subscribers = self.root.subscribers(filter.pattern());
        match filter.group() {
            None => subscribers.each.insert(session, qos),
            Some(group) => {
                let group = subscribers.groups.entry(group.into()).or_default();
                group.members.insert(session, qos)
            }
        };
    }

    /// Removes a subscription, if it exists.
    pub(crate) fn unsubscribe(&mut self, filter: &TopicFilter, session: SessionKey) {
        let levels: Vec<&str> = filter.pattern().split('/').collect();
        self.root.remove(&levels, filter.group(), session);
    }

    /// The receivers of a message to this topic, with their granted QoS. A session with several matching filters occurs
    /// once, with the highest QoS (and once more for each shared subscription in which it is next). In a shared
    /// subscription, members for which `is_online` holds are preferred.
    pub(crate) fn receivers(
        &mut self,
        topic: &str,
        is_online: impl Fn(SessionKey) -> bool,
    ) -> Vec<(SessionKey, Qos)> {
        let levels: Vec<&str> = topic.split('/').collect();
        let mut found = Receivers {
            is_online,
            each: BTreeMap::new(),
            shared: Vec::new(),
        };
        self.root
            .collect(&levels, wildcards_reach(topic), &mut found);
        let mut receivers: Vec<_> = found.each.into_iter().collect();
        receivers.append(&mut found.shared);
        receivers
    }

    /// Whether nothing is subscribed to.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.root.is_empty()
    }
}

struct Receivers<F> {
    is_online: F,
    each: BTreeMap<SessionKey, Qos>,
    shared: Vec<(SessionKey, Qos)>,
}

impl Node {
    /// The subscribers of a filter; creates its node if necessary.
    fn subscribers(&mut self, pattern: &str) -> &mut Subscribers {
        let mut node = self;
        for level in pattern.split('/') {
            node = match level {
                "#" => return &mut node.below,
                "+" => node.any.get_or_insert_default(),
                level => node.children.entry(level.into()).or_default(),
            };
        }
        &mut node.here
    }

    fn remove(&mut self, levels: &[&str], group: Option<&str>, session: SessionKey) {
        match levels {
            [] => self.here.remove(group, session),
            ["#"] => self.below.remove(group, session),
            ["+", rest @ ..] => {
                if let Some(child) = &mut self.any {
                    child.remove(rest, group, session);
                    if child.is_empty() {
                        self.any = None;
                    }
                }
            }
            [level, rest @ ..] => {
                if let Some(child) = self.children.get_mut(*level) {
                    child.remove(rest, group, session);
                    if child.is_empty() {
                        self.children.remove(*level);
                    }
                }
            }
        }
    }

    /// Visits at most two children for each level of the topic, so a hostile set of filters costs at most 2^8 steps.
    fn collect<F: Fn(SessionKey) -> bool>(
        &mut self,
        levels: &[&str],
        wildcards: bool,
        found: &mut Receivers<F>,
    ) {
        let [level, rest @ ..] = levels else {
            return self.here.collect(found);
        };
        if let Some(child) = self.children.get_mut(*level) {
            child.collect(rest, true, found);
        }
        if wildcards {
            if let Some(child) = &mut self.any {
                child.collect(rest, true, found);
            }
            self.below.collect(found);
        }
    }

    fn is_empty(&self) -> bool {
        self.children.is_empty()
            && self.any.is_none()
            && self.below.is_empty()
            && self.here.is_empty()
    }
}

impl Subscribers {
    fn remove(&mut self, group: Option<&str>, session: SessionKey) {
        let Some(name) = group else {
            self.each.remove(&session);
            return;
        };
        if let Some(group) = self.groups.get_mut(name) {
            group.members.remove(&session);
            if group.members.is_empty() {
                self.groups.remove(name);
            }
        }
    }

    fn collect<F: Fn(SessionKey) -> bool>(&mut self, found: &mut Receivers<F>) {
        for (session, qos) in &self.each {
            let granted = found.each.entry(*session).or_insert(*qos);
            *granted = (*granted).max(*qos);
        }
        for group in self.groups.values_mut() {
            found.shared.extend(group.take_turn(&found.is_online));
        }
    }

    fn is_empty(&self) -> bool {
        self.each.is_empty() && self.groups.is_empty()
    }
}

impl Group {
    /// The next member that is online, or else simply the next one.
    fn take_turn(&mut self, is_online: impl Fn(SessionKey) -> bool) -> Option<(SessionKey, Qos)> {
        let split = self.last.map_or(SessionKey(0), SessionKey::next);
        let mut in_turn = self
            .members
            .range(split..)
            .chain(self.members.range(..split));
        let next = in_turn
            .clone()
            .find(|(session, _)| is_online(**session))
            .or_else(|| in_turn.next())
            .map(|(session, qos)| (*session, *qos));
        self.last = next.map(|(session, _)| session);
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::new(text).expect("a well-formed filter")
    }

    fn check(subscriptions: &[(u64, &str, Qos)], topic: &str, expected: &[(u64, Qos)]) {
        let mut router = Router::default();
        for (session, text, qos) in subscriptions {
            router.subscribe(&filter(text), SessionKey(*session), *qos);
        }
        let receivers: Vec<_> = router
            .receivers(topic, |_| true)
            .into_iter()
            .map(|(session, qos)| (session.0, qos))
            .collect();
        assert_eq!(receivers, expected, "{topic}");
    }

    #[test]
    fn receivers_of_a_topic() {
        use Qos::{AtLeastOnce as One, AtMostOnce as Zero};

        check(&[(1, "a/b", One), (2, "a/c", One)], "a/b", &[(1, One)]);
        // Overlapping subscriptions: one copy, the highest QoS.
        check(
            &[(1, "a/b", Zero), (1, "a/+", One), (1, "#", Zero)],
            "a/b",
            &[(1, One)],
        );
        check(&[(1, "a/#", One)], "a", &[]);
        check(
            &[(1, "#", One), (2, "$aws/events/#", One)],
            "$aws/events/x",
            &[(2, One)],
        );
        check(
            &[(1, "#", One), (2, "$aws/things/+/jobs/notify", Zero)],
            "$aws/things/t/jobs/notify",
            &[(1, One), (2, Zero)],
        );
        check(
            &[
                (1, "a", One),
                (2, "$share/g/a", One),
                (3, "$share/g/a", One),
                (2, "$share/h/+", Zero),
            ],
            "a",
            &[(1, One), (2, One), (2, Zero)],
        );
    }

    #[test]
    fn members_of_a_group_take_turns_and_the_absent_are_passed_over() {
        let mut router = Router::default();
        for session in 1..=3 {
            router.subscribe(&filter("$share/g/a"), SessionKey(session), Qos::AtLeastOnce);
        }
        let mut turns = |online: &[u64], count: usize| -> Vec<u64> {
            (0..count)
                .flat_map(|_| router.receivers("a", |session| online.contains(&session.0)))
                .map(|(session, _)| session.0)
                .collect()
        };
        assert_eq!(turns(&[1, 2, 3], 4), [1, 2, 3, 1]);
        assert_eq!(turns(&[1, 3], 3), [3, 1, 3]);
        assert_eq!(turns(&[], 2), [1, 2]);
    }

    proptest! {
        /// The tree returns the same as the list of all filters, and is empty when all sessions have unsubscribed.
        #[test]
        fn the_tree_agrees_with_the_list(
            subscriptions in prop::collection::vec((0_u64..4, "([ab]|\\+)(/([ab]|\\+)){0,3}(/#)?"), 0..20),
            topic in "[ab](/[ab]){0,4}",
        ) {
            let mut router = Router::default();
            let mut expected = BTreeMap::new();
            for (session, text) in &subscriptions {
                let filter = filter(text);
                router.subscribe(&filter, SessionKey(*session), Qos::AtLeastOnce);
                if filter.matches(&topic) {
                    expected.insert(SessionKey(*session), Qos::AtLeastOnce);
                }
            }
            let receivers: BTreeMap<_, _> = router.receivers(&topic, |_| true).into_iter().collect();
            prop_assert_eq!(receivers, expected);
            for (session, text) in &subscriptions {
                router.unsubscribe(&filter(text), SessionKey(*session));
            }
            prop_assert!(router.is_empty());
        }
    }
}
