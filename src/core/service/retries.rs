//! Which executions are retried, and how often.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::JobExecutionStatus;

/// How many retries came before an execution, by the kind of failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Retries {
    failed: u32,
    timed_out: u32,
}

impl Retries {
    /// One more retry, after an execution that ended with this status.
    pub(crate) const fn and(self, status: JobExecutionStatus) -> Self {
        match status {
            JobExecutionStatus::TimedOut => Self {
                timed_out: self.timed_out + 1,
                ..self
            },
            _ => Self {
                failed: self.failed + 1,
                ..self
            },
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(crate) const fn is_none(&self) -> bool {
        self.all() == 0
    }

    /// `retryAttempt`: the total.
    pub(crate) const fn all(self) -> u32 {
        self.failed + self.timed_out
    }
}

/// Which executions are retried, and the maximum number of retries.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RetryCriteria {
    /// `FAILED`, `TIMED_OUT` or `ALL`.
    pub(crate) failure_type: String,
    /// 0 to 10.
    pub(crate) number_of_retries: u32,
}

impl RetryCriteria {
    /// Whether an execution that ended with this status is retried after this many retries. A rejected one never is.
    pub(crate) fn allows(&self, status: JobExecutionStatus, retries: Retries) -> bool {
        let used = match (status, self.failure_type.as_str()) {
            (JobExecutionStatus::Failed | JobExecutionStatus::TimedOut, "ALL") => retries.all(),
            (JobExecutionStatus::Failed, "FAILED") => retries.failed,
            (JobExecutionStatus::TimedOut, "TIMED_OUT") => retries.timed_out,
            _ => return false,
        };
        used < self.number_of_retries
    }

    /// As DescribeJob shows it.
    pub(crate) fn view(&self) -> Value {
        json!({ "failureType": self.failure_type, "numberOfRetries": self.number_of_retries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_count_by_the_type_of_failure() {
        use JobExecutionStatus::{Failed, Rejected, TimedOut};
        // How the earlier executions ended, the criteria, how this one ended, and whether it is retried.
        for (before, failure_type, number, end, expected) in [
            (&[][..], "FAILED", 1, Failed, true),
            (&[Failed], "FAILED", 1, Failed, false),
            (&[Failed], "TIMED_OUT", 2, TimedOut, true),
            (&[Failed, TimedOut], "TIMED_OUT", 2, TimedOut, true),
            (
                &[Failed, TimedOut, TimedOut],
                "TIMED_OUT",
                2,
                TimedOut,
                false,
            ),
            (&[TimedOut, TimedOut], "FAILED", 1, Failed, true),
            (&[Failed], "ALL", 2, TimedOut, true),
            (&[Failed, TimedOut], "ALL", 2, Failed, false),
            (&[], "ALL", 10, Rejected, false),
            (&[], "FAILED", 0, Failed, false),
        ] {
            let criteria = RetryCriteria {
                failure_type: failure_type.to_owned(),
                number_of_retries: number,
            };
            let retries = before
                .iter()
                .fold(Retries::default(), |retries, end| retries.and(*end));
            assert_eq!(
                criteria.allows(end, retries),
                expected,
                "{before:?} {criteria:?} {end}"
            );
            assert_eq!(retries.all() as usize, before.len());
        }
    }
}
