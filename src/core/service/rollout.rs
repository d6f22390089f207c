//! How fast a job reaches its things: the configured rates, and the things that still wait.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html#job-rollout-configuration>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::json;
use crate::service::limits::ROLLOUT_PER_MINUTE;
use crate::service::noted::Noted;

/// `jobExecutionsRolloutConfig`. The default is the highest rate.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_JobExecutionsRolloutConfig.html>
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RolloutConfig {
    /// The maximum number of things per minute; the highest rate if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_per_minute: Option<u64>,
    /// How the rate grows; the highest rate from the start if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exponential_rate: Option<ExponentialRate>,
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ExponentialRolloutRate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExponentialRate {
    /// Things per minute at the beginning, at least 1.
    pub(crate) base_rate_per_minute: u64,
    /// The factor by which the rate grows at each increase, 1.1 to 5.
    pub(crate) increment_factor: f64,
    /// After how many things the rate increases.
    pub(crate) rate_increase: RateIncrease,
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RateIncreaseCriteria.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RateIncrease {
    /// After each this many things that got an execution, at least 1.
    NotifiedThings(u64),
    /// After each this many executions that succeeded, at least 1.
    SucceededThings(u64),
}

impl RolloutConfig {
    /// Things per minute, at least 1, after this many got an execution and this many succeeded.
    fn rate(&self, notified: u64, succeeded: u64) -> u64 {
        let maximum = self
            .maximum_per_minute
            .unwrap_or(ROLLOUT_PER_MINUTE.unsigned_abs());
        let Some(exponential) = &self.exponential_rate else {
            return maximum;
        };
        let increases = match exponential.rate_increase {
            RateIncrease::NotifiedThings(step) => notified / step.max(1),
            RateIncrease::SucceededThings(step) => succeeded / step.max(1),
        };
        let mut rate = exponential.base_rate_per_minute;
        let mut exact = precise(rate);
        for _ in 0..increases {
            if rate >= maximum {
                break;
            }
            exact *= exponential.increment_factor;
            rate = whole(exact);
        }
        rate.clamp(1, maximum)
    }

    /// As DescribeJob shows it.
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({});
        json::add(&mut view, "maximumPerMinute", self.maximum_per_minute);
        if let Some(exponential) = &self.exponential_rate {
            let criteria = match exponential.rate_increase {
                RateIncrease::NotifiedThings(step) => json!({ "numberOfNotifiedThings": step }),
                RateIncrease::SucceededThings(step) => json!({ "numberOfSucceededThings": step }),
            };
            view["exponentialRate"] = json!({
                "baseRatePerMinute": exponential.base_rate_per_minute,
                "incrementFactor": exponential.increment_factor,
                "rateIncreaseCriteria": criteria,
            });
        }
        view
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is at most 1000")]
fn precise(rate: u64) -> f64 {
    rate as f64
}

/// Rounded down, but 10.999999999999998 is 11: the factor has one decimal, which binary fractions only approximate.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is positive, and casting saturates"
)]
fn whole(rate: f64) -> u64 {
    (rate + 1e-9) as u64
}

/// A minute, and how many things may still get an execution in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    opened_at: EpochMillis,
    rate: u64,
    left: u64,
}

/// A minute that begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opened {
    /// How many things may get an execution in it.
    pub(crate) rate: u64,
    /// The rate of the last minute in which things got theirs.
    pub(crate) before: Option<u64>,
    /// What the rate grows with, if it does, and how many of that there are.
    pub(crate) increase: Option<RateIncrease>,
    pub(crate) count: u64,
}

/// The rollout of one job: which things still wait, in order, and how many have got their execution.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rollout {
    pub(crate) config: RolloutConfig,
    /// By their places in the queue.
    #[serde(skip)]
    pub(crate) waiting: Noted<u64, ThingName>,
    #[serde(skip)]
    places: BTreeMap<ThingName, u64>,
    next_place: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<Batch>,
    /// The minute that has begun, until it is noted.
    #[serde(skip)]
    opened: Option<Opened>,
    notified: u64,
}

impl Rollout {
    /// A rollout without waiting things.
    pub(crate) fn new(config: RolloutConfig) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// Puts back a thing that waited at this place.
    pub(crate) fn restore(&mut self, place: u64, thing: ThingName) {
        self.places.insert(thing.clone(), place);
        self.waiting.insert(place, thing);
    }

    /// Adds a thing to the end of the queue; one that waits already keeps its place.
    pub(crate) fn add(&mut self, thing: ThingName) {
        if !self.places.contains_key(&thing) {
            self.places.insert(thing.clone(), self.next_place);
            self.waiting.insert(self.next_place, thing);
            self.next_place += 1;
        }
    }

    /// Removes a thing from the queue.
    pub(crate) fn remove(&mut self, thing: &ThingName) {
        if let Some(place) = self.places.remove(thing) {
            self.waiting.remove(&place);
        }
    }

    /// Removes all things from the queue.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.places.clear();
    }

    /// Whether no thing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the next things get their turn; `None` if no thing waits.
    pub(crate) fn next_batch(&self) -> Option<EpochMillis> {
        let batch = self.batch.filter(|_| !self.is_empty())?;
        Some(batch.opened_at.plus_minutes(1))
    }

    fn open(&mut self, now: EpochMillis, succeeded: u64) -> Batch {
        let rate = self.config.rate(self.notified, succeeded);
        let exponential = self.config.exponential_rate.as_ref();
        let increase = exponential.map(|it| it.rate_increase);
        self.opened = Some(Opened {
            rate,
            before: self.batch.map(|batch| batch.rate),
            increase,
            count: match increase {
                Some(RateIncrease::SucceededThings(_)) => succeeded,
                _ => self.notified,
            },
        });
        Batch {
            opened_at: now,
            rate,
            left: rate,
        }
    }

    /// The minute that has begun since the last call.
    pub(crate) fn take_opened(&mut self) -> Option<Opened> {
        self.opened.take()
    }

    /// The things whose turn it is, at most as many as the rate of the current minute still allows.
    pub(crate) fn take(&mut self, now: EpochMillis, succeeded: u64) -> Vec<ThingName> {
        if self.is_empty() {
            return Vec::new();
        }
        let batch = self
            .batch
            .filter(|batch| now < batch.opened_at.plus_minutes(1));
        let mut batch = batch.unwrap_or_else(|| self.open(now, succeeded));
        let mut things = Vec::new();
        while batch.left > 0
            && let Some((_, thing)) = self.waiting.pop_first()
        {
            self.places.remove(&thing);
            batch.left -= 1;
            self.notified += 1;
            things.push(thing);
        }
        self.batch = Some(batch);
        things
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(base: u64, factor: f64, rate_increase: RateIncrease) -> RolloutConfig {
        RolloutConfig {
            maximum_per_minute: Some(50),
            exponential_rate: Some(ExponentialRate {
                base_rate_per_minute: base,
                increment_factor: factor,
                rate_increase,
            }),
        }
    }

    #[test]
    fn the_rate_grows_up_to_its_maximum() {
        let notified = exponential(10, 1.1, RateIncrease::NotifiedThings(10));
        let succeeded = exponential(2, 2.0, RateIncrease::SucceededThings(3));
        for (config, counts, rate) in [
            (RolloutConfig::default(), (0, 0), 1000),
            (notified.clone(), (0, 99), 10),
            (notified.clone(), (9, 0), 10),
            (notified.clone(), (10, 0), 11),
            (notified.clone(), (20, 0), 12),
            (notified, (u64::MAX, 0), 50),
            (succeeded.clone(), (99, 2), 2),
            (succeeded.clone(), (99, 6), 8),
            (succeeded, (99, 100), 50),
        ] {
            assert_eq!(
                config.rate(counts.0, counts.1),
                rate,
                "{config:?} {counts:?}"
            );
        }
    }

    #[test]
    fn a_minute_lets_no_more_things_through_than_its_rate() {
        let mut rollout = Rollout::new(RolloutConfig {
            maximum_per_minute: Some(2),
            exponential_rate: None,
        });
        let thing = |name: &str| ThingName::new(name).expect("a thing name");
        let taken = |rollout: &mut Rollout, at| -> Vec<String> {
            let things = rollout.take(EpochMillis(at), 0);
            things.iter().map(ToString::to_string).collect()
        };
        for name in ["c", "a", "b", "c", "d"] {
            rollout.add(thing(name));
        }
        assert_eq!(taken(&mut rollout, 1000), ["c", "a"]);
        assert_eq!(rollout.next_batch(), Some(EpochMillis(61_000)));
        assert_eq!(taken(&mut rollout, 60_999), [""; 0]);
        rollout.remove(&thing("b"));
        assert_eq!(taken(&mut rollout, 61_000), ["d"]);
        assert_eq!(rollout.next_batch(), None);
        // What is left of the minute's rate is for things that come later in that minute.
        rollout.add(thing("e"));
        rollout.add(thing("f"));
        assert_eq!(taken(&mut rollout, 62_000), ["e"]);
        assert_eq!(rollout.next_batch(), Some(EpochMillis(121_000)));
        rollout.clear();
        assert_eq!(taken(&mut rollout, 200_000), [""; 0]);
    }
}
