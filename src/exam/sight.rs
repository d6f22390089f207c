//! What is seen of a device in a room: claims, outcomes, and how often its work ran.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exam::effects::Effect;
use crate::exam::limits::{DELAY, LONG};
use crate::exam::room::{Room, Work};
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::wire::is_over;
use crate::protocol::{Topic, Verdict};

impl Room<'_> {
    /// Work in the middle of which something can happen.
    pub(crate) fn long_work(&self) -> Result<Work, Stop> {
        if self.setting.template.has_duration() {
            Ok(Work {
                duration: LONG,
                ..Work::default()
            })
        } else {
            let reason = "the document has no {duration}, so its work cannot be made to last";
            Err(Stop::NotApplicable(reason.to_owned()))
        }
    }

    /// The status of an execution; empty without one.
    pub(crate) fn status(&self, job: &str, number: i64) -> String {
        let state = self.service.state();
        let executions = state["executions"].as_array();
        let found = executions
            .into_iter()
            .flatten()
            .find(|it| it["jobId"] == job && it["executionNumber"] == number);
        let status = found.and_then(|it| it["status"].as_str());
        status.unwrap_or_default().to_owned()
    }

    /// Waits until work has begun, and returns when that was seen. Something can happen to it then.
    pub(crate) fn begun(&mut self, job: &str) -> Result<Instant, Stop> {
        let otherwise = format!("{job} was never begun");
        let a_while = Duration::from_secs(1);
        self.until(self.first(), &otherwise, |room| {
            // Without effects the claim is what counts.
            let claimed = room.claims(job).last().copied();
            !room.effects.of(job).is_empty()
                || claimed.is_some_and(|at| at.elapsed() >= a_while)
                || is_over(&room.status(job, 1))
        })?;
        match self.status(job, 1).as_str() {
            "SUCCEEDED" => Err(ended_early(job)),
            status if is_over(status) => {
                let reason = self.reason(job);
                Err(Stop::Fail(format!("{job} came to {status}{reason}")))
            }
            _ => {
                self.note(&format!("{job} has begun"));
                Ok(Instant::now())
            }
        }
    }

    /// Waits until work has come to its end, as far as that can be seen.
    pub(crate) fn over(&mut self, job: &str, begun: Instant, duration: u64) -> Result<(), Stop> {
        let end = begun + Duration::from_secs(duration) + DELAY;
        let limit = Duration::from_secs(duration) + 2 * DELAY;
        self.until(limit, "its work did not end", |room| {
            room.effects.of(job).contains(&Effect::Ended) || Instant::now() >= end
        })
    }

    /// Waits for the outcome of the first execution of a job, and says how long after something it came.
    pub(crate) fn outcome(
        &mut self,
        job: &str,
        limit: Duration,
        (since, event): (Instant, &str),
    ) -> Result<String, Stop> {
        let otherwise = format!("the outcome of {job} never came");
        self.until(limit, &otherwise, |room| is_over(&room.status(job, 1)))?;
        let status = self.status(job, 1);
        let after = seconds(since.elapsed());
        self.fact(format!("{job}: {status} {after} after {event}"));
        Ok(status)
    }

    /// The same for a job that is to succeed.
    pub(crate) fn success(
        &mut self,
        job: &str,
        limit: Duration,
        since: (Instant, &str),
    ) -> Result<(), Stop> {
        let status = self.outcome(job, limit, since)?;
        ensure(status == "SUCCEEDED", || {
            let reason = self.reason(job);
            format!("{job} came to {status}{reason}")
        })
    }

    /// Counts how often the work of a job ran, once it is quiet.
    pub(crate) fn ran(
        &mut self,
        job: &str,
        allowed: std::ops::RangeInclusive<usize>,
    ) -> Result<(), Stop> {
        self.settle()?;
        let (runs, ran) = self.runs(job);
        let count = times(runs);
        self.fact(format!("{job} {ran} {count}"));
        ensure(allowed.contains(&runs), || {
            let most = *allowed.end();
            if runs > most {
                format!("{job} {ran} {count}, but at most {most} is right")
            } else {
                format!("{job} was reported without having run")
            }
        })
    }

    /// How often work ran, by its effects if it has some, else by the claims. Also says which of the two.
    pub(crate) fn runs(&self, job: &str) -> (usize, &'static str) {
        if self.effects.is_used() {
            let effects = self.effects.of(job);
            let runs = effects.iter().filter(|it| **it == Effect::Begun);
            (runs.count(), "ran")
        } else {
            (self.claims(job).len(), "left no effects, and was claimed")
        }
    }

    /// When the device was given a job to work on: by start-next, or, for one that it had described, by its own first update.
    pub(crate) fn claims(&self, job: &str) -> Vec<Instant> {
        self.wire.look(|messages| {
            let by_start = messages.iter();
            let by_start: Vec<Instant> = by_start
                .filter(|it| it.started().is_some_and(|(started, _)| started == job))
                .map(|it| it.at)
                .collect();
            if !by_start.is_empty() {
                return by_start;
            }
            let accepted = messages.iter().find(|it| {
                matches!(&it.topic, Topic::Reply(crate::protocol::Operation::UpdateJobExecution(updated), Verdict::Accepted) if updated.as_str() == job)
            });
            accepted.map(|it| it.at).into_iter().collect()
        })
    }

    /// How often the device has sent an outcome of a job after some time.
    pub(crate) fn reports(&self, job: &str, since: Instant) -> Vec<String> {
        self.wire.look(|messages| {
            let later = messages.iter().filter(|it| it.at >= since);
            let updates = later.filter_map(crate::exam::wire::Message::update);
            let of_job = updates.filter(|(updated, status)| *updated == job && is_over(status));
            of_job.map(|(_, status)| status.to_owned()).collect()
        })
    }

    /// What the device gave as the reason of its last report.
    fn reason(&self, job: &str) -> String {
        let reason = self.wire.look(|messages| {
            let mut updates = messages.iter().rev();
            let last = updates.find(|it| it.update().is_some_and(|(updated, _)| updated == job));
            let details = last.map_or(&Value::Null, |it| &it.payload["statusDetails"]);
            details["reason"].as_str().map(str::to_owned)
        });
        reason.map_or_else(String::new, |reason| {
            format!(
                ": {}",
                crate::text::shorten(&crate::text::sanitize(&reason), 200)
            )
        })
    }
}

/// Work that does not last as long as its document says.
pub(crate) fn ended_early(job: &str) -> Stop {
    Stop::NotApplicable(format!(
        "the work of {job} ended before anything could happen to it"
    ))
}
