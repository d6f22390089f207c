//! The status words of a job execution.

use std::fmt;
use std::str::FromStr;

/// The status of a job execution, one of the eight of `JobExecutionStatus`.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobExecutionStatus {
    /// Waits for the device.
    Queued,
    /// The device works on it.
    InProgress,
    /// The device reported success.
    Succeeded,
    /// The device reported a failure.
    Failed,
    /// A timer of the execution ran out.
    TimedOut,
    /// The device refused it.
    Rejected,
    /// The thing left the group that the job targets.
    Removed,
    /// It was cancelled on the control plane.
    Canceled,
}

impl JobExecutionStatus {
    /// All of them, in the order of the life cycle page.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::InProgress,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Rejected,
        Self::Removed,
        Self::Canceled,
    ];

    /// Those that a device may report.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html>
    pub const REPORTED: [Self; 4] = [
        Self::InProgress,
        Self::Succeeded,
        Self::Failed,
        Self::Rejected,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Rejected => "REJECTED",
            Self::Removed => "REMOVED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Whether the execution is over: neither QUEUED nor `IN_PROGRESS`.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Queued | Self::InProgress)
    }
}

impl serde::Serialize for JobExecutionStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for JobExecutionStatus {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for JobExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not one of the eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a status of a job execution")]
pub struct UnknownStatus;

impl FromStr for JobExecutionStatus {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for status in JobExecutionStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert_eq!(
            "succeeded".parse::<JobExecutionStatus>(),
            Err(UnknownStatus)
        );
    }
}
