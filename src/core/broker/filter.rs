//! Topic names and topic filters: which are well formed, which are reserved, and which filter matches which topic.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/topics.html>

use crate::broker::limits::{RULE_NAME_BYTES_MAX, TOPIC_BYTES_MAX, TOPIC_SLASHES_MAX};
use crate::broker::reserved::{AbsentService, published_to, subscribed_to};

/// Whether `#` and `+/…` receive messages that the broker carries below `$aws/things/`, as at AWS; with `false` they receive
/// nothing that starts with `$`, as in the MQTT specification (4.7.2).
const WILDCARDS_REACH_THINGS: bool = true;

/// Why a text is neither a topic name nor a topic filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MqttTopicError {
    #[error("is empty")]
    Empty,
    /// An MQTT string cannot contain U+0000.
    #[error("contains the character U+0000")]
    Nul,
    /// Longer than 256 bytes.
    #[error("is longer than 256 bytes")]
    TooLong,
    /// More than 7 slashes.
    #[error("has more than 7 forward slashes")]
    TooDeep,
    /// A topic name with a wildcard, or a filter in which a wildcard does not fill its level, or `#` is not the last.
    #[error("has a wildcard where it is not allowed")]
    Wildcard,
    /// `$share` without a group or without a filter.
    #[error("is not of the form `$share/GROUP/FILTER`")]
    Share,
    /// Topics that start with `$` are reserved, and this one is not available to clients.
    #[error("is reserved by AWS")]
    Reserved,
}

/// What happens to a message that a client publishes to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicUse {
    /// It goes to the subscribers.
    Route,
    /// It is acknowledged and goes to a service of AWS, not to the subscribers.
    Consume,
    /// It belongs to a service that is not emulated.
    Absent(AbsentService),
    /// Clients cannot publish there.
    Refuse,
}

/// What happens to a message to this topic, as far as the broker itself decides.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html>
pub fn topic_use(topic: &str) -> TopicUse {
    if !topic.starts_with('$') {
        TopicUse::Route
    } else if let Some(service) = published_to(topic) {
        TopicUse::Absent(service)
    } else if topic.starts_with("$aws/things/") || topic.starts_with("$aws/rules/") {
        // AWS acknowledges everything that is published below `$aws/things/`; Basic Ingest goes to rules and not to
        // subscribers.
        TopicUse::Consume
    } else {
        TopicUse::Refuse
    }
}

/// Whether a client may name this topic in a PUBLISH or as the topic of its will, reserved topics aside.
pub(crate) fn check_topic(topic: &str) -> Result<(), MqttTopicError> {
    check_text(topic)?;
    if topic.contains(['+', '#']) {
        return Err(MqttTopicError::Wildcard);
    }
    Ok(())
}

/// A well-formed topic filter; it may belong to a shared subscription.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TopicFilter {
    /// As the client wrote it, `$share/GROUP/` included.
    text: Box<str>,
    /// Where the group's name ends and the filter proper starts.
    shared: Option<SharedGroup>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SharedGroup {
    group_end: usize,
}

/// The prefix of a filter of a shared subscription.
const SHARE: &str = "$share/";

impl TopicFilter {
    /// Reads a filter of a SUBSCRIBE.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-shared-subscription>
    pub(crate) fn new(text: &str) -> Result<Self, MqttTopicError> {
        let shared = match text.strip_prefix(SHARE) {
            None => None,
            Some(rest) => match rest.split_once('/') {
                Some((group, _)) if !group.is_empty() && !group.contains(['+', '#']) => {
                    Some(SharedGroup {
                        group_end: SHARE.len() + group.len(),
                    })
                }
                _ => return Err(MqttTopicError::Share),
            },
        };
        let filter = Self {
            text: text.into(),
            shared,
        };
        // `$share/GROUP/` counts neither as length nor as depth, as in AWS's own `IotCoreTopicValidator`.
        // https://github.com/aws-greengrass/aws-greengrass-nucleus
        check_text(filter.pattern())?;
        check_wildcards(filter.pattern())?;
        check_reserved(filter.pattern())?;
        Ok(filter)
    }

    /// The group of a shared subscription.
    pub(crate) fn group(&self) -> Option<&str> {
        self.shared
            .map(|shared| &self.text[SHARE.len()..shared.group_end])
    }

    /// The filter without `$share/GROUP/`, which topics are matched against.
    pub(crate) fn pattern(&self) -> &str {
        match self.shared {
            None => &self.text,
            Some(shared) => &self.text[shared.group_end + 1..],
        }
    }

    /// The topic that the filter names if it has no wildcard and is not shared; only such filters receive retained
    /// messages. <https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-retain>
    pub(crate) fn exact_topic(&self) -> Option<&str> {
        (self.shared.is_none() && !self.text.contains(['+', '#'])).then_some(&*self.text)
    }

    /// Whether the filter matches the topic. `a/#` does not match `a`, unlike in MQTT.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/topics.html#topicfilters>
    pub(crate) fn matches(&self, topic: &str) -> bool {
        let mut levels = topic.split('/');
        let mut at_root = true;
        for part in self.pattern().split('/') {
            let level = levels.next();
            let open = !at_root || wildcards_reach(topic);
            at_root = false;
            match (part, level) {
                ("#", Some(_)) => return open,
                ("+", Some(_)) if open => {}
                (part, Some(level)) if part == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

/// Whether a wildcard at the first level matches this topic: of the reserved topics only those below `$aws/things/`.
pub(crate) fn wildcards_reach(topic: &str) -> bool {
    !topic.starts_with('$') || (WILDCARDS_REACH_THINGS && topic.starts_with("$aws/things/"))
}

fn check_text(text: &str) -> Result<(), MqttTopicError> {
    if text.is_empty() {
        return Err(MqttTopicError::Empty);
    }
    if text.contains('\0') {
        return Err(MqttTopicError::Nul);
    }
    let counted = match text.strip_prefix("$aws/rules/") {
        Some(rest) => match rest.split_once('/').unwrap_or((rest, "")) {
            (rule, rest) if rule.len() <= RULE_NAME_BYTES_MAX => rest,
            _ => text,
        },
        None => text,
    };
    if counted.len() > TOPIC_BYTES_MAX {
        return Err(MqttTopicError::TooLong);
    }
    if counted.bytes().filter(|byte| *byte == b'/').count() > TOPIC_SLASHES_MAX {
        return Err(MqttTopicError::TooDeep);
    }
    Ok(())
}

fn check_wildcards(pattern: &str) -> Result<(), MqttTopicError> {
    let last = pattern.split('/').count() - 1;
    let misplaced = pattern
        .split('/')
        .enumerate()
        .any(|(index, level)| match level {
            "+" => false,
            "#" => index != last,
            _ => level.contains(['+', '#']),
        });
    if misplaced {
        return Err(MqttTopicError::Wildcard);
    }
    Ok(())
}

/// Accepts only reserved filters that AWS offers; `$aws/#` and `$aws/things` are too wide, `$SYS/#` does not exist.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html>
fn check_reserved(pattern: &str) -> Result<(), MqttTopicError> {
    let offered = ["$aws/things/", "$aws/events/"]
        .iter()
        .any(|prefix| pattern.len() > prefix.len() && pattern.starts_with(prefix));
    // A filter of a service that is not emulated is refused as such, and not as an invalid filter.
    if pattern.starts_with('$') && !offered && subscribed_to(pattern).is_none() {
        return Err(MqttTopicError::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, topic: &str, expected: bool) {
        let filter = TopicFilter::new(pattern).expect("a well-formed filter");
        assert_eq!(filter.matches(topic), expected, "{pattern} and {topic}");
    }

    #[test]
    fn filters_match_as_at_aws() {
        for (pattern, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/b/", false),
            ("a/b", "a", false),
            ("a/+", "a/b", true),
            ("a/+", "a/", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("+", "a", true),
            ("+/+", "/a", true),
            ("a/#", "a/b", true),
            ("a/#", "a/b/c", true),
            ("a/#", "a/", true),
            ("a/#", "a", false),
            ("#", "a/b", true),
            ("#", "$aws/things/t/jobs/notify", true),
            ("+/things/#", "$aws/things/t/jobs/notify", true),
            ("#", "$aws/events/job/j/completed", false),
            ("+/events/#", "$aws/events/job/j/completed", false),
            ("$aws/events/#", "$aws/events/job/j/completed", true),
            (
                "$aws/things/+/jobs/notify",
                "$aws/things/t/jobs/notify",
                true,
            ),
            ("$aws/things/t/jobs/#", "$aws/things/t/jobs/notify", true),
            ("$aws/things/t/jobs/#", "$aws/things/t/jobs", false),
            ("$share/g/a/+", "a/b", true),
            ("$share/g/a/+", "g/a/b", false),
        ] {
            check(pattern, topic, expected);
        }
    }

    #[test]
    fn malformed_and_reserved_filters_are_refused() {
        let long = "a".repeat(257);
        for (text, expected) in [
            ("a/b/c/d/e/f/g/h", Ok(())),
            ("a/b/c/d/e/f/g/h/i", Err(MqttTopicError::TooDeep)),
            ("$share/g/a/b/c/d/e/f/g/h", Ok(())),
            ("$aws/things/#", Ok(())),
            ("$aws/things/t/jobs/+/update/+", Ok(())),
            ("$aws/events/job/#", Ok(())),
            ("", Err(MqttTopicError::Empty)),
            ("a\0", Err(MqttTopicError::Nul)),
            (&long, Err(MqttTopicError::TooLong)),
            ("a+/b", Err(MqttTopicError::Wildcard)),
            ("a/#/b", Err(MqttTopicError::Wildcard)),
            ("#a", Err(MqttTopicError::Wildcard)),
            ("$share/g", Err(MqttTopicError::Share)),
            ("$share//a", Err(MqttTopicError::Share)),
            ("$share/+/a", Err(MqttTopicError::Share)),
            ("$share/g/", Err(MqttTopicError::Empty)),
            ("$share/g/$aws/#", Err(MqttTopicError::Reserved)),
            ("$aws/#", Err(MqttTopicError::Reserved)),
            ("$aws/things", Err(MqttTopicError::Reserved)),
            ("$aws/things/", Err(MqttTopicError::Reserved)),
            ("$SYS/#", Err(MqttTopicError::Reserved)),
            ("$aws/rules/x", Err(MqttTopicError::Reserved)),
        ] {
            assert_eq!(TopicFilter::new(text).map(|_| ()), expected, "{text:?}");
        }
    }

    #[test]
    fn topic_names_have_no_wildcards_and_seven_slashes_at_most() {
        let longest = "a".repeat(256);
        let ingested = format!("$aws/rules/{}/{longest}", "r".repeat(128));
        for (text, expected) in [
            (longest.as_str(), Ok(())),
            (&ingested, Ok(())),
            (&format!("{ingested}a"), Err(MqttTopicError::TooLong)),
            (
                &format!("$aws/rules/{}", "r".repeat(257)),
                Err(MqttTopicError::TooLong),
            ),
            ("a/b/c/d/e/f/g/h", Ok(())),
            ("a/b/c/d/e/f/g/h/i", Err(MqttTopicError::TooDeep)),
            ("$aws/rules/r/a/b/c/d/e/f/g/h", Ok(())),
            (
                "$aws/rules/r/a/b/c/d/e/f/g/h/i",
                Err(MqttTopicError::TooDeep),
            ),
            ("a/+", Err(MqttTopicError::Wildcard)),
            ("#", Err(MqttTopicError::Wildcard)),
        ] {
            assert_eq!(check_topic(text), expected, "{text:?}");
        }
    }

    /// The definition, level by level, by recursion and without the root rule.
    fn naive(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern, topic) {
            ([], []) | (["#"], [_, ..]) => true,
            (["+", pattern @ ..], [_, topic @ ..]) => naive(pattern, topic),
            ([part, pattern @ ..], [level, topic @ ..]) => part == level && naive(pattern, topic),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_matcher_agrees_with_the_definition(
            pattern in "([ab]|\\+|)(/([ab]|\\+|)){0,4}(/#)?",
            topic in "[ab]?(/[ab]?){0,5}",
        ) {
            prop_assume!(!topic.is_empty() && !pattern.is_empty());
            let filter = TopicFilter::new(&pattern).expect("a well-formed filter");
            let pattern: Vec<&str> = pattern.split('/').collect();
            let levels: Vec<&str> = topic.split('/').collect();
            prop_assert_eq!(filter.matches(&topic), naive(&pattern, &levels));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,20}|[$a-c/+#]{0,20}", topic in "[$a-c/+#]{0,20}") {
            let _ = check_topic(&topic);
            if let Ok(filter) = TopicFilter::new(&text) {
                let _ = (filter.matches(&topic), filter.group().map(str::len), filter.exact_topic());
            }
        }
    }
}
