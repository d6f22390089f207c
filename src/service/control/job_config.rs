//! What the configurations of a job must look like, for CreateJob and UpdateJob alike.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
//!
//! Two steps, as AWS takes them: [`JobConfig::read`] finds what the model of the API does not allow, all of it for one
//! message; [`JobConfig::check`] finds what makes no sense, one by one. Messages follow recorded sessions where there are
//! any.

use crate::protocol::EpochMillis;
use crate::service::abort::AbortCriteria;
use crate::service::constraint::{Pattern, Violations};
use crate::service::http::answer::HttpError;
use crate::service::http::member::BodyMember;
use crate::service::http::parameters::Parameters;
use crate::service::job::RetryCriteria;
use crate::service::limits::{
    DESCRIPTION_CHARACTERS, END_MINUTES_MAX, ROLLOUT_PER_MINUTE, SCHEDULE_MINUTES_MIN,
    START_MINUTES_MAX, TIMER_MINUTES,
};
use crate::service::rollout::{ExponentialRate, RateIncrease, RolloutConfig};
use crate::service::schedule::{EndBehavior, Moment, Schedule};

/// The members that CreateJob and UpdateJob share, each absent unless given.
#[derive(Debug, Default)]
pub(crate) struct JobConfig {
    pub(crate) description: Option<String>,
    /// How fast the job reaches its things.
    pub(crate) rollout: Option<RolloutConfig>,
    /// Which executions are tried again.
    pub(crate) retry: Option<Vec<RetryCriteria>>,
    /// When the job is given up.
    pub(crate) abort: Option<Vec<AbortCriteria>>,
    /// Minutes of the in-progress timer.
    pub(crate) in_progress_timeout_minutes: Option<u64>,
    draft: Draft,
}

/// What [`JobConfig::check`] still has to look at.
#[derive(Debug, Default)]
struct Draft {
    timeout: Option<serde_json::Value>,
    /// Of the rate increase: whether each of the two numbers is there.
    criteria: [bool; 2],
}

impl JobConfig {
    /// Reads the members; what violates the model goes to `violations`.
    pub(crate) fn read(
        parameters: &Parameters,
        violations: &mut Violations,
    ) -> Result<Self, HttpError> {
        let mut config = Self::default();
        if let Some(rollout) = parameters.member("jobExecutionsRolloutConfig").object()? {
            config.read_rollout(&rollout, violations)?;
        }
        config.description = parameters
            .member("description")
            .checked_text(DESCRIPTION_CHARACTERS, Pattern::NO_CONTROL, violations)?
            .map(ToOwned::to_owned);
        if let Some(retry) = parameters.member("jobExecutionsRetryConfig").object()? {
            config.retry = Some(read_retry(&retry, violations)?);
        }
        if let Some(abort) = parameters.member("abortConfig").object()? {
            config.abort = Some(read_abort(&abort, violations)?);
        }
        if parameters.member("timeoutConfig").object()?.is_some() {
            let timeout = parameters.get("timeoutConfig");
            config.draft.timeout = timeout.map(|it| it["inProgressTimeoutInMinutes"].clone());
        }
        Ok(config)
    }

    /// Whether nothing was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.description.is_none()
            && self.rollout.is_none()
            && self.retry.is_none()
            && self.abort.is_none()
            && self.draft.timeout.is_none()
    }

    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_JobExecutionsRolloutConfig.html>
    fn read_rollout(
        &mut self,
        rollout: &BodyMember<'_>,
        violations: &mut Violations,
    ) -> Result<(), HttpError> {
        let rates = 1..=ROLLOUT_PER_MINUTE;
        let maximum = rollout.member("maximumPerMinute");
        let mut config = RolloutConfig {
            maximum_per_minute: maximum.integer(&rates, violations)?,
            exponential_rate: None,
        };
        if let Some(exponential) = rollout.member("exponentialRate").object()? {
            let base = exponential.member("baseRatePerMinute");
            let factor = exponential.member("incrementFactor");
            let (base, factor) = (
                base.required_integer(&rates, violations)?,
                factor.required_number(&(1.1..=5.0), violations)?,
            );
            let criteria = exponential.member("rateIncreaseCriteria");
            if !criteria.is_given() {
                violations.add_null(criteria.path());
            }
            let counts = 1..=i64::MAX;
            let notified = criteria.member("numberOfNotifiedThings");
            let notified = notified.integer(&counts, violations)?;
            let succeeded = criteria.member("numberOfSucceededThings");
            let succeeded = succeeded.integer(&counts, violations)?;
            self.draft.criteria = [notified.is_some(), succeeded.is_some()];
            let notified = notified.map(RateIncrease::NotifiedThings);
            let rate_increase = notified.or(succeeded.map(RateIncrease::SucceededThings));
            config.exponential_rate = Some(ExponentialRate {
                base_rate_per_minute: base,
                increment_factor: factor,
                rate_increase: rate_increase.unwrap_or(RateIncrease::NotifiedThings(1)),
            });
        }
        self.rollout = Some(config);
        Ok(())
    }

    /// Refuses what makes no sense. `is_update`: in an UpdateJob, where an empty rollout configuration says nothing.
    /// Order: timeout, abort, rollout, retry (recorded session).
    pub(crate) fn check(&mut self, is_update: bool) -> Result<(), HttpError> {
        self.check_timeout()?;
        self.check_abort()?;
        self.check_rollout(is_update)?;
        let retry = self.retry.as_deref().unwrap_or_default();
        if retry.len() > 1 && retry.iter().any(|it| it.failure_type == "ALL") {
            return Err(HttpError::invalid_request(
                "A retryCriteria with failure type ALL must be used by itself.",
            ));
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
            // Recorded session: also if there is no value, which is then `null`.
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
                // GUESS: only how the sentence begins is recorded.
                [true, true] => {
                    "Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria \
                     is defined"
                }
                _ if exponential.base_rate_per_minute >= maximum => {
                    "Exponential rollout baseRatePerMinute should be less than maximumPerMinute."
                }
                // GUESS: the rule is documented, its words are those of the threshold.
                _ if !has_decimals(exponential.increment_factor, 1) => {
                    "Exponential rollout incrementFactor must have one or less decimal digits"
                }
                _ => return Ok(()),
            },
        };
        Err(HttpError::invalid_request(message))
    }
}

/// Whether a number from a request has at most so many decimals.
fn has_decimals(number: f64, decimals: i32) -> bool {
    let scaled = number * 10_f64.powi(decimals);
    (scaled - scaled.round()).abs() < 1e-6
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
fn read_retry(
    retry: &BodyMember<'_>,
    violations: &mut Violations,
) -> Result<Vec<RetryCriteria>, HttpError> {
    let mut criteria = Vec::new();
    let list = retry.member("criteriaList");
    for entry in list.required_list(1, 2, violations)? {
        let failure_type = entry.member("failureType");
        let retries = entry.member("numberOfRetries");
        criteria.push(RetryCriteria {
            failure_type: failure_type
                .required_word(&["FAILED", "TIMED_OUT", "ALL"], violations)?
                .to_owned(),
            number_of_retries: retries
                .required_integer(&(0..=10), violations)?
                .try_into()
                .unwrap_or(u32::MAX),
        });
    }
    Ok(criteria)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AbortCriteria.html>
fn read_abort(
    abort: &BodyMember<'_>,
    violations: &mut Violations,
) -> Result<Vec<AbortCriteria>, HttpError> {
    let mut criteria = Vec::new();
    let list = abort.member("criteriaList");
    for entry in list.required_list(1, usize::MAX, violations)? {
        let failure_type = entry.member("failureType");
        let failure_types = ["FAILED", "REJECTED", "TIMED_OUT", "ALL"];
        let failure_type = failure_type.required_word(&failure_types, violations)?;
        let action = entry.member("action");
        action.required_word(&["CANCEL"], violations)?;
        let threshold = entry.member("thresholdPercentage");
        let minimum = entry.member("minNumberOfExecutedThings");
        criteria.push(AbortCriteria {
            failure_type: failure_type.to_owned(),
            // The model has no least value: 0 is refused in words of its own.
            threshold_percentage: threshold
                .required_number(&(f64::NEG_INFINITY..=100.0), violations)?,
            min_number_of_executed_things: minimum.required_integer(&(1..=i64::MAX), violations)?,
        });
    }
    Ok(criteria)
}

/// `schedulingConfig`. Its times are minutes in UTC.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_SchedulingConfig.html>
pub(crate) fn schedule(parameters: &Parameters, now: EpochMillis) -> Result<Schedule, HttpError> {
    let Some(config) = parameters.member("schedulingConfig").object()? else {
        return Ok(Schedule::default());
    };
    if config.member("maintenanceWindows").is_given() {
        return Err(HttpError::not_emulated("maintenanceWindows of CreateJob"));
    }
    let start = moment(&config.member("startTime"))?;
    let end = moment(&config.member("endTime"))?;
    if let Some(start) = &start {
        let rule = "startTime must be at least 30 minutes and at most one year from now";
        let latest = now.plus_minutes(START_MINUTES_MAX);
        check_moment(start, now, latest, rule)?;
    }
    if let Some(end) = &end {
        let from = start.as_ref().map_or(now, |start| start.at);
        let rule =
            "endTime must be at least 30 minutes after the start and at most two years from now";
        check_moment(end, from, now.plus_minutes(END_MINUTES_MAX), rule)?;
    }
    let behavior = config.member("endBehavior");
    if behavior.is_given() {
        let mut violations = Violations::default();
        behavior.required_word(&EndBehavior::WORDS, &mut violations)?;
        Result::from(violations)?;
    }
    let behavior = EndBehavior::named(behavior.text()?);
    Ok(Schedule {
        start,
        end: end.map(|end| (end, behavior)),
    })
}

fn moment(member: &BodyMember<'_>) -> Result<Option<Moment>, HttpError> {
    let Some(text) = member.text()? else {
        return Ok(None);
    };
    // Recorded session.
    let moment = Moment::parse(text).ok_or_else(|| {
        HttpError::invalid_request(format!(
            "1 validation error detected: Provided time {text} must follow the format YYYY-MM-DDThh:mm."
        ))
    })?;
    Ok(Some(moment))
}

/// Refuses a time that is too soon after `from`, or after the latest.
fn check_moment(
    moment: &Moment,
    from: EpochMillis,
    latest: EpochMillis,
    rule: &str,
) -> Result<(), HttpError> {
    let earliest = from.plus_minutes(SCHEDULE_MINUTES_MIN);
    // A time has no seconds, so the minute of the earliest one counts as a whole.
    let is_late_enough = moment.at.0 / 60_000 >= earliest.0 / 60_000;
    if is_late_enough && moment.at <= latest {
        Ok(())
    } else {
        // GUESS: the limits are documented, how a violation is said is not.
        Err(HttpError::invalid_request(rule))
    }
}
