//! Which part of the local service handles a topic.

use crate::broker::{TopicUse, topic_use};
use crate::protocol::{JobsTopic, Topic, TopicError};

/// The handler of messages that are published to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// The job service. Subscribers do not receive the message, not even those of `$aws/things/THING/jobs/#`. An error means
    /// that the topic does not map to any of its operations.
    Jobs(Result<JobsTopic, TopicError>),
    /// The broker, which may refuse it.
    Broker(TopicUse),
}

/// <https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html#reserved-topics-job>
pub(crate) fn destination(topic: &str) -> Destination {
    let parsed = topic.parse::<JobsTopic>();
    match parsed.as_ref().map(|parsed| &parsed.topic) {
        Ok(Topic::Request(_)) | Err(TopicError::NoSuchApi) => Destination::Jobs(parsed),
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

    fn jobs(topic: &str) -> (&str, Destination) {
        (topic, Destination::Jobs(topic.parse()))
    }

    #[test]
    fn who_gets_what_is_published() {
        for (topic, expected) in [
            jobs("$aws/things/t/jobs/get"),
            jobs("$aws/things/t/jobs/$next/get"),
            jobs("$aws/things/t/jobs/j/update"),
            jobs("$aws/things/t/jobs/foo"),
            jobs("$aws/things/t/jobs"),
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
                "$aws/things/t/other",
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
