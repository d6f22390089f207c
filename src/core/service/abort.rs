//! Abort criteria: after how many failed executions a job is cancelled.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html#job-abort-configuration>

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::JobExecutionStatus;

/// The reason code of a job that its own abort criteria cancelled (recorded session).
pub(crate) const ABORT_REASON_CODE: &str = "ABORT_CANCEL";

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AbortCriteria {
    /// `FAILED`, `REJECTED`, `TIMED_OUT` or `ALL`.
    pub(crate) failure_type: String,
    /// The share of failures at which the job is aborted, in percent, above 0 and up to 100, with at most two decimals.
    pub(crate) threshold_percentage: f64,
    /// How many executions must have ended before the share counts, at least 1.
    pub(crate) min_number_of_executed_things: u64,
}

/// The executions that met abort criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    /// Those that failed in the way that counts.
    pub(crate) failures: u64,
    /// Those that have ended.
    pub(crate) completed: u64,
}

impl AbortCriteria {
    /// The executions that count, if these numbers of executions meet the criteria.
    ///
    /// Every execution that has ended counts as completed, whatever its final status (recorded session). GUESS: the minimum
    /// also counts completed executions, the number that the recorded comment shows. The reference says "things which must
    /// receive job execution notifications before the job can be aborted".
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html>
    pub(crate) fn met(&self, count: impl Fn(JobExecutionStatus) -> u64) -> Option<Met> {
        let sum = |is: &dyn Fn(JobExecutionStatus) -> bool| -> u64 {
            let statuses = JobExecutionStatus::ALL.into_iter();
            statuses.filter(|status| is(*status)).map(&count).sum()
        };
        let completed = sum(&JobExecutionStatus::is_terminal);
        let failures = sum(&|status| match status {
            JobExecutionStatus::Failed
            | JobExecutionStatus::Rejected
            | JobExecutionStatus::TimedOut => {
                self.failure_type == "ALL" || self.failure_type == status.as_str()
            }
            _ => false,
        });
        #[expect(clippy::cast_precision_loss, reason = "counts of executions in memory")]
        let reached = failures as f64 * 100.0 >= self.threshold_percentage * completed as f64;
        (completed >= self.min_number_of_executed_things.max(1) && reached).then_some(Met {
            failures,
            completed,
        })
    }

    /// The comment on the cancellation (recorded session).
    pub(crate) fn comment(&self, met: Met) -> String {
        let Met {
            failures,
            completed,
        } = met;
        format!(
            "Abort criteria for failure type {0} with threshold {1:.2}% met. Total completed executions: \
             {completed}, total {0} executions: {failures}",
            self.failure_type, self.threshold_percentage
        )
    }

    /// As DescribeJob shows it.
    pub(crate) fn view(&self) -> Value {
        json!({
            "failureType": self.failure_type,
            "action": "CANCEL",
            "thresholdPercentage": self.threshold_percentage,
            "minNumberOfExecutedThings": self.min_number_of_executed_things,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_failures_decides() {
        use JobExecutionStatus::{Failed, Queued, Rejected, Succeeded, TimedOut};
        let all = [
            (Succeeded, 1),
            (Failed, 1),
            (Rejected, 1),
            (TimedOut, 1),
            (Queued, 9),
        ];
        for (failure_type, threshold, min, expected) in [
            ("FAILED", 25.0, 4, true),
            ("FAILED", 25.01, 4, false),
            ("FAILED", 25.0, 5, false),
            ("REJECTED", 20.0, 1, true),
            ("TIMED_OUT", 25.0, 1, true),
            ("ALL", 75.0, 1, true),
            ("ALL", 75.1, 1, false),
        ] {
            let criteria = AbortCriteria {
                failure_type: failure_type.to_owned(),
                threshold_percentage: threshold,
                min_number_of_executed_things: min,
            };
            let count = |status| {
                let found = all.iter().find(|(other, _)| *other == status);
                found.map_or(0, |(_, count)| *count)
            };
            let met = criteria.met(count);
            assert_eq!(met.is_some(), expected, "{criteria:?}");
            assert_eq!(criteria.met(|_| 0), None, "{criteria:?}");
        }
    }
}
