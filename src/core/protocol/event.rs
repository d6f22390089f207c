//! The events that the service sends to a thing.

use std::fmt;
use std::str::FromStr;

use crate::protocol::payload::Payload;
use crate::protocol::topic::Topic;

/// AWS's name for an event.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-comm-notifications.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventName {
    /// Which executions are pending.
    JobExecutionsChanged,
    /// Which execution is next.
    NextJobExecutionChanged,
}

impl EventName {
    pub const ALL: [Self; 2] = [Self::JobExecutionsChanged, Self::NextJobExecutionChanged];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobExecutionsChanged => "JobExecutionsChanged",
            Self::NextJobExecutionChanged => "NextJobExecutionChanged",
        }
    }

    /// The topic of the event.
    pub const fn topic(self) -> Topic {
        match self {
            Self::JobExecutionsChanged => Topic::Notify,
            Self::NextJobExecutionChanged => Topic::NotifyNext,
        }
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is not the name of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of an event")]
pub struct UnknownEvent;

/// Upper and lower case are the same.
impl FromStr for EventName {
    type Err = UnknownEvent;

    fn from_str(word: &str) -> Result<Self, UnknownEvent> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(word))
            .ok_or(UnknownEvent)
    }
}

/// An event as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMessage {
    pub name: EventName,
    pub payload: Payload,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for name in EventName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            assert_eq!(name.as_str().to_lowercase().parse(), Ok(name));
        }
        assert_eq!("Changed".parse::<EventName>(), Err(UnknownEvent));
    }
}
