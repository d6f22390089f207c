//! Which part of the local service a topic belongs to.

use crate::broker::{TopicUse, topic_use};
use crate::protocol::{JobsTopic, Topic, TopicError};

/// Who gets what is published to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The job service; subscribers get nothing, not even those of `$aws/things/THING/jobs/#`.
    Jobs,
    /// The broker, which may refuse it.
    Broker(TopicUse),
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
pub(crate) fn destination(topic: &str) -> Destination {
    match topic.parse::<JobsTopic>().map(|topic| topic.topic) {
        Ok(Topic::Request(_)) | Err(TopicError::NoSuchApi) => Destination::Jobs,
        // Only the service publishes there.
        Ok(Topic::Notify | Topic::NotifyNext | Topic::Reply(..)) => {
            Destination::Broker(TopicUse::Refuse)
        }
        Err(TopicError::NotJobs) => Destination::Broker(topic_use(topic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gets_what_is_published() {
        for (topic, expected) in [
            ("$aws/things/t/jobs/get", Destination::Jobs),
            ("$aws/things/t/jobs/$next/get", Destination::Jobs),
            ("$aws/things/t/jobs/j/update", Destination::Jobs),
            ("$aws/things/t/jobs/foo", Destination::Jobs),
            ("$aws/things/t/jobs", Destination::Jobs),
            (
                "$aws/things/t/jobs/notify",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/notify-next",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/get/accepted",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/jobs/j/update/rejected",
                Destination::Broker(TopicUse::Refuse),
            ),
            (
                "$aws/things/t/shadow/update",
                Destination::Broker(TopicUse::Consume),
            ),
            ("$aws/rules/r/a", Destination::Broker(TopicUse::Consume)),
            (
                "$aws/events/job/j/completed",
                Destination::Broker(TopicUse::Refuse),
            ),
            ("$SYS/x", Destination::Broker(TopicUse::Refuse)),
            ("a/b", Destination::Broker(TopicUse::Route)),
        ] {
            assert_eq!(destination(topic), expected, "{topic}");
        }
    }
}
