//! The reserved topics of services that are not emulated. They are refused, so that clients do not wait for a response.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html>

/// A service of AWS behind reserved topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbsentService(&'static str);

impl AbsentService {
    /// Its name in refusals.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// What clients may do with a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clients {
    /// They publish requests, and subscribe to the responses.
    PublishAndSubscribe,
    /// They only subscribe; their messages are treated as on AWS.
    Subscribe,
}

use Clients::{PublishAndSubscribe, Subscribe};

/// The prefixes of the services' topics. `+` stands for one level; a level may end with `*` for any text.
const ABSENT: [(&str, Clients, &str); 23] = [
    (
        "$aws/things/+/shadow",
        PublishAndSubscribe,
        "device shadows",
    ),
    (
        "$aws/things/+/defender",
        PublishAndSubscribe,
        "AWS IoT Device Defender",
    ),
    (
        "$aws/things/+/streams",
        PublishAndSubscribe,
        "MQTT-based file delivery",
    ),
    ("$aws/things/+/tunnels", Subscribe, "secure tunneling"),
    (
        "$aws/things/+/jobs/notify-namespace-*",
        Subscribe,
        "namespaces of jobs",
    ),
    (
        "$aws/things/+/jobs/+/notify-namespace-*",
        Subscribe,
        "namespaces of jobs",
    ),
    (
        "$aws/things/+/jobs/+/namespace-*",
        Subscribe,
        "namespaces of jobs",
    ),
    (
        "$aws/certificates",
        PublishAndSubscribe,
        "fleet provisioning",
    ),
    (
        "$aws/provisioning-templates",
        PublishAndSubscribe,
        "fleet provisioning",
    ),
    ("$aws/commands", PublishAndSubscribe, "AWS IoT commands"),
    (
        "$aws/device_location",
        PublishAndSubscribe,
        "AWS IoT Core Device Location",
    ),
    ("$aws/sitewise", Subscribe, "AWS IoT SiteWise"),
    ("$aws/events/presence", Subscribe, "lifecycle events"),
    ("$aws/events/subscriptions", Subscribe, "lifecycle events"),
    (
        "$aws/events/certificates",
        Subscribe,
        "events of certificates",
    ),
    ("$aws/events/thing", Subscribe, "registry events"),
    ("$aws/events/thingGroup", Subscribe, "registry events"),
    (
        "$aws/events/thingGroupHierarchy",
        Subscribe,
        "registry events",
    ),
    (
        "$aws/events/thingGroupMembership",
        Subscribe,
        "registry events",
    ),
    ("$aws/events/thingType", Subscribe, "registry events"),
    (
        "$aws/events/thingTypeAssociation",
        Subscribe,
        "registry events",
    ),
    ("$aws/events/command", Subscribe, "AWS IoT commands"),
    (
        "$aws/events/commandExecution",
        Subscribe,
        "AWS IoT commands",
    ),
];

/// The service that would receive a message to this topic, if clients may publish to it.
pub(crate) fn published_to(topic: &str) -> Option<AbsentService> {
    find(topic, |clients| clients == PublishAndSubscribe)
}

/// The service if a filter matches only its topics. `None` for a filter that also matches emulated topics, such as
/// `$aws/things/T/#`.
pub(crate) fn subscribed_to(filter: &str) -> Option<AbsentService> {
    find(filter, |_| true)
}

fn find(text: &str, is_meant: impl Fn(Clients) -> bool) -> Option<AbsentService> {
    if !text.starts_with("$aws/") {
        return None;
    }
    ABSENT
        .iter()
        .find(|(start, clients, _)| is_meant(*clients) && begins_with(text, start))
        .map(|(_, _, name)| AbsentService(name))
}

fn begins_with(text: &str, start: &str) -> bool {
    let mut levels = text.split('/');
    start.split('/').all(|expected| match levels.next() {
        None | Some("#") => false,
        Some(level) => match expected.strip_suffix('*') {
            Some(expected) => level.starts_with(expected),
            None => expected == "+" || level == expected,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_belongs_to_a_service_by_its_levels() {
        for (text, published, subscribed) in [
            (
                "$aws/things/t/shadow/get",
                Some("device shadows"),
                Some("device shadows"),
            ),
            (
                "$aws/things/+/shadow/name/+/update/#",
                Some("device shadows"),
                Some("device shadows"),
            ),
            ("$aws/things/shadow/jobs/get", None, None),
            ("$aws/things/t/shadows", None, None),
            ("$aws/things/t/#", None, None),
            ("$aws/things/t/+/get/accepted", None, None),
            (
                "$aws/things/t/jobs/notify-namespace-n",
                None,
                Some("namespaces of jobs"),
            ),
            (
                "$aws/things/t/jobs/j/notify-namespace-n/",
                None,
                Some("namespaces of jobs"),
            ),
            (
                "$aws/things/t/jobs/$next/namespace-n/get/accepted",
                None,
                Some("namespaces of jobs"),
            ),
            ("$aws/things/t/jobs/namespace-n/get", None, None),
            ("$aws/things/t/jobs/+/get/accepted", None, None),
            ("$aws/things/#", None, None),
            (
                "$aws/things/t/tunnels/notify",
                None,
                Some("secure tunneling"),
            ),
            (
                "$aws/certificates/create/json",
                Some("fleet provisioning"),
                Some("fleet provisioning"),
            ),
            (
                "$aws/events/presence/connected/+",
                None,
                Some("lifecycle events"),
            ),
            ("$aws/events/thing/t/created", None, Some("registry events")),
            ("$aws/events/job/j/completed", None, None),
            ("$aws/events/#", None, None),
            ("$aws/events/+/+/+", None, None),
            ("$aws/rules/r", None, None),
            ("aws/things/t/shadow", None, None),
        ] {
            let name = |service: Option<AbsentService>| service.map(AbsentService::name);
            assert_eq!(name(published_to(text)), published, "{text}");
            assert_eq!(name(subscribed_to(text)), subscribed, "{text}");
        }
    }
}
