//! What the configurations of a job must look like, for both CreateJob and UpdateJob.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
//!
//! What the model of the API does not allow has been refused before; [`JobConfig::check`] finds the other mistakes, one at a
//! time. Messages follow recorded sessions where they exist.

use serde_json::Value;

use crate::service::abort::AbortCriteria;
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::limits::{RETRIES, TIMER_MINUTES};
use crate::service::objects::placeholder::PresignedUrlConfig;
use crate::service::retries::RetryCriteria;
use crate::service::rollout::{ExponentialRate, RateIncrease, RolloutConfig};

/// The members that CreateJob and UpdateJob share, each absent unless given.
#[derive(Debug, Default)]
pub(crate) struct JobConfig {
    pub(crate) description: Option<String>,
    /// How fast the job reaches its things.
    pub(crate) rollout: Option<RolloutConfig>,
    /// Which executions are retried.
    pub(crate) retry: Option<Vec<RetryCriteria>>,
    /// When the job is aborted.
    pub(crate) abort: Option<Vec<AbortCriteria>>,
    /// The in-progress timeout in minutes.
    pub(crate) in_progress_timeout_minutes: Option<u64>,
    /// How URLs in the document are signed.
    pub(crate) presigned_url: Option<PresignedUrlConfig>,
    draft: Draft,
}

/// What [`JobConfig::check`] still has to check.
#[derive(Debug, Default)]
struct Draft {
    timeout: Option<Value>,
    /// Which of the two numbers of the rate increase are given.
    criteria: [bool; 2],
}

impl JobConfig {
    /// Reads the members.
    pub(crate) fn read(parameters: &Parameters) -> Self {
        let mut config = Self::default();
        if let Some(rollout) = parameters.get("jobExecutionsRolloutConfig") {
            config.read_rollout(rollout);
        }
        config.description = parameters.text("description").map(ToOwned::to_owned);
        config.retry = parameters.get("jobExecutionsRetryConfig").map(read_retry);
        config.abort = parameters.get("abortConfig").map(read_abort);
        config.presigned_url = parameters.get("presignedUrlConfig").map(read_presigned_url);
        let timeout = parameters.get("timeoutConfig");
        config.draft.timeout = timeout.map(|it| it["inProgressTimeoutInMinutes"].clone());
        config
    }

    /// Whether all members are absent.
    pub(crate) fn is_empty(&self) -> bool {
        self.description.is_none()
            && self.rollout.is_none()
            && self.retry.is_none()
            && self.abort.is_none()
            && self.presigned_url.is_none()
            && self.draft.timeout.is_none()
    }

    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_JobExecutionsRolloutConfig.html>
    fn read_rollout(&mut self, rollout: &Value) {
        let exponential = &rollout["exponentialRate"];
        let criteria = &exponential["rateIncreaseCriteria"];
        let notified = criteria["numberOfNotifiedThings"].as_u64();
        let succeeded = criteria["numberOfSucceededThings"].as_u64();
        self.draft.criteria = [notified.is_some(), succeeded.is_some()];
        let rate_increase = notified
            .map(RateIncrease::NotifiedThings)
            .or(succeeded.map(RateIncrease::SucceededThings))
            .unwrap_or(RateIncrease::NotifiedThings(1));
        let base = exponential["baseRatePerMinute"].as_u64();
        let factor = exponential["incrementFactor"].as_f64();
        self.rollout = Some(RolloutConfig {
            maximum_per_minute: rollout["maximumPerMinute"].as_u64(),
            exponential_rate: base.zip(factor).map(|(base, factor)| ExponentialRate {
                base_rate_per_minute: base,
                increment_factor: factor,
                rate_increase,
            }),
        });
    }

    /// Refuses what AWS does not accept. `is_update`: in an UpdateJob, where an empty rollout configuration changes nothing.
    /// Order: timeout, abort, rollout, role, retry (recorded session).
    pub(crate) fn check(&mut self, is_update: bool) -> Result<(), HttpError> {
        self.check_timeout()?;
        self.check_abort()?;
        self.check_rollout(is_update)?;
        if let Some(presigned_url) = &self.presigned_url {
            presigned_url.check()?;
        }
        let retry = self.retry.as_deref().unwrap_or_default();
        if retry.len() > 1 && retry.iter().any(|it| it.failure_type == "ALL") {
            return Err(HttpError::invalid_request(
                "A retryCriteria with failure type ALL must be used by itself.",
            ));
        }
        // GUESS: of two numbers for one type only one can count; the message is the one about abort criteria.
        if let [first, second] = retry
            && first.failure_type == second.failure_type
        {
            return Err(HttpError::invalid_request(
                "Multiple RetryCriteria cannot have the same failure type",
            ));
        }
        // "For a single device, you can specify up to 10 retries for both failure types combined." GUESS: the rule is
        // documented, the message is not.
        if retry.iter().map(|it| it.number_of_retries).sum::<u32>() > RETRIES {
            return Err(HttpError::invalid_request(format!(
                "The number of retries of all failure types together cannot be more than {RETRIES}."
            )));
        }
        Ok(())
    }

    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_TimeoutConfig.html>
    fn check_timeout(&mut self) -> Result<(), HttpError> {
        let Some(value) = &self.draft.timeout else {
            return Ok(());
        };
        let minutes = value.as_i64().filter(|it| TIMER_MINUTES.contains(it));
        if minutes.is_none() {
            // Recorded session: also if the value is absent, which prints as `null`.
            return Err(HttpError::invalid_request(format!(
                "Provide valid timeout value, inProgressTimeoutInMinutes cannot be {value}."
            )));
        }
        self.in_progress_timeout_minutes = minutes.map(i64::unsigned_abs);
        Ok(())
    }

    fn check_abort(&self) -> Result<(), HttpError> {
        let criteria = self.abort.as_deref().unwrap_or_default();
        for (index, one) in criteria.iter().enumerate() {
            let threshold = one.threshold_percentage;
            let before = &criteria[..index];
            let message = if before.iter().any(|it| it.failure_type == one.failure_type) {
                "Multiple AbortCriteria cannot have the same failure type".to_owned()
            } else if threshold <= 0.0 {
                format!(
                    "ThresholdPercentage value {threshold:?} for AbortCriteria must have value greater than 0"
                )
            } else if !has_decimals(threshold, 2) {
                "Abort thresholdPercentage must have two or less decimal digits".to_owned()
            } else {
                continue;
            };
            return Err(HttpError::invalid_request(message));
        }
        Ok(())
    }

    fn check_rollout(&self, is_update: bool) -> Result<(), HttpError> {
        let Some(rollout) = &self.rollout else {
            return Ok(());
        };
        let message = match (&rollout.exponential_rate, rollout.maximum_per_minute) {
            (None, None) if is_update => {
                "Provide MaximumPerMinute value or provide ExponentialRate and MaximumPerMinute"
            }
            (None, _) => return Ok(()),
            (Some(_), None) => "Provide MaximumPerMinute value when ExponentialRate is defined",
            (Some(exponential), Some(maximum)) => match self.draft.criteria {
                [false, false] => {
                    "Provide either NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is \
                     defined"
                }
                // GUESS: only the start of the sentence is recorded.
                [true, true] => {
                    "Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria \
                     is defined"
                }
                _ if exponential.base_rate_per_minute >= maximum => {
                    "Exponential rollout baseRatePerMinute should be less than maximumPerMinute."
                }
                // GUESS: the rule is documented; the message is the one about the threshold.
                _ if !has_decimals(exponential.increment_factor, 1) => {
                    "Exponential rollout incrementFactor must have one or less decimal digits"
                }
                _ => return Ok(()),
            },
        };
        Err(HttpError::invalid_request(message))
    }
}

/// Whether a number from a request has at most this many decimals.
fn has_decimals(number: f64, decimals: i32) -> bool {
    let scaled = number * 10_f64.powi(decimals);
    (scaled - scaled.round()).abs() < 1e-6
}

fn criteria_list(config: &Value) -> impl Iterator<Item = &Value> {
    config["criteriaList"].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_PresignedUrlConfig.html>
fn read_presigned_url(config: &Value) -> PresignedUrlConfig {
    PresignedUrlConfig {
        role_arn: config["roleArn"].as_str().map(ToOwned::to_owned),
        expires_in_sec: config["expiresInSec"].as_u64(),
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
fn read_retry(retry: &Value) -> Vec<RetryCriteria> {
    let criterion = |criterion: &Value| RetryCriteria {
        failure_type: text(&criterion["failureType"]),
        number_of_retries: criterion["numberOfRetries"]
            .as_u64()
            .and_then(|number| number.try_into().ok())
            .unwrap_or_default(),
    };
    criteria_list(retry).map(criterion).collect()
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html>
fn read_abort(abort: &Value) -> Vec<AbortCriteria> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let criterion = |criterion: &Value| AbortCriteria {
        failure_type: text(&criterion["failureType"]),
        threshold_percentage: criterion["thresholdPercentage"]
            .as_f64()
            .unwrap_or_default(),
        min_number_of_executed_things: number(&criterion["minNumberOfExecutedThings"]),
    };
    criteria_list(abort).map(criterion).collect()
}
