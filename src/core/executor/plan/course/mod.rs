//! From a plan to how the work of one job execution goes. Each draw has a name of its own, so that a clause that is added to a plan
//! changes no other draw.

use std::ops::Range;
use std::time::Duration;

use crate::executor::plan::draw::Draw;
use crate::executor::plan::rules::{Chance, Plan, Rules};
use crate::executor::step::{SimulatedEnd, SimulatedStep};
use crate::protocol::{JobId, ThingName};

/// What a draw is for. The same occasion always draws the same, whatever happened before.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub seed: u64,
    pub thing: &'a ThingName,
    pub job: &'a JobId,
    pub execution_number: i64,
}

/// How the work of one job execution goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// All steps of the plan, in order; what follows one that fails or never ends is not reached. Empty: the device rejects the job.
    pub steps: Vec<SimulatedStep>,
    /// The link is cut while the work continues.
    pub offline: Option<Outage>,
    /// The device restarts, once, and the work resumes from the journal. Never if the device rejects the job.
    pub reboot: Option<Outage>,
}

/// A time without a connection, or without the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// After the claim.
    pub begins: Duration,
    pub lasts: Duration,
}

impl Plan {
    /// How the work of this execution goes.
    pub fn course(&self, occasion: Occasion<'_>) -> Course {
        let rules = self.rules(occasion.job);
        let (steps, work_ms) = rules.work(occasion);
        let outage = |chance: Option<Chance>, what: [&str; 3]| {
            let Chance { share, lasts } = chance?;
            let [whether, begins, how_long] = what;
            share.holds(occasion.draw(whether)).then(|| Outage {
                begins: Duration::from_millis(occasion.draw(begins).below(work_ms)),
                lasts: lasts.draw(occasion.draw(how_long)),
            })
        };
        let offline = outage(
            rules.offline,
            ["offline", "offline begins", "offline lasts"],
        );
        let reboot = outage(rules.reboot, ["reboot", "reboot begins", "reboot lasts"]);
        Course {
            reboot: reboot.filter(|_| !steps.is_empty()),
            steps,
            offline,
        }
    }

    /// Whether the work of this job may be disturbed: by a cut of the link, or by a restart.
    pub fn disturbs(&self, job: &JobId) -> bool {
        let rules = self.rules(job);
        rules.offline.is_some() || rules.reboot.is_some()
    }

    /// How long the device stays away after the start (`away P for D`).
    pub fn absence(&self, seed: u64, thing: &ThingName) -> Option<Duration> {
        let chance = self.away?;
        let draw = |what| Draw::new(seed, &[what, thing.as_str()]);
        let is_away = chance.share.holds(draw("away"));
        is_away.then(|| chance.lasts.draw(draw("away lasts")))
    }

    /// What holds for a job.
    fn rules(&self, job: &JobId) -> &Rules {
        let mut sections = self.sections.iter();
        let section = sections.find(|section| section.pattern.fits(job.as_str()));
        section.map_or(&self.rules, |section| &section.rules)
    }
}

impl Occasion<'_> {
    /// The number of this name.
    fn draw(self, what: &str) -> Draw {
        let (thing, job) = (self.thing.as_str(), self.job.as_str());
        let number = self.execution_number.to_string();
        Draw::new(self.seed, &[what, thing, job, &number])
    }
}

impl Rules {
    /// The steps, and how long it takes in milliseconds until the outcome; without an outcome, how long it would have taken.
    fn work(&self, occasion: Occasion<'_>) -> (Vec<SimulatedStep>, u64) {
        let lasts_ms = self.success.lasts.draw_ms(occasion.draw("lasts"));
        let count = u64::from(self.success.steps);
        let end_ms = |steps: u64| lasts_ms * steps / count;
        let step = |from_ms, to_ms, end| SimulatedStep {
            lasts: Duration::from_millis(to_ms - from_ms),
            end,
        };
        let whole = |steps: Range<u64>| {
            let steps = steps.map(|n| step(end_ms(n), end_ms(n + 1), SimulatedEnd::Success));
            steps.collect::<Vec<_>>()
        };
        // The steps behind it are part of the work, although they are never reached.
        let with = |broken: u64, step: SimulatedStep| {
            let mut steps = whole(0..broken);
            steps.push(step);
            steps.extend(whole(broken + 1..count));
            steps
        };
        // One number, so that the ends exclude each other.
        let end = occasion.draw("end");
        // The instant is in the step, for both come from one number.
        let broken = || occasion.draw("break");
        let rejected = self.fail.plus(self.reject);
        if self.fail.holds(end) {
            let broken = broken();
            let (begun, instant_ms) = (broken.below(count), broken.below(lasts_ms));
            let fails = step(end_ms(begun), instant_ms, SimulatedEnd::Failure);
            (with(begun, fails), instant_ms)
        } else if rejected.holds(end) {
            (Vec::new(), 0)
        } else if rejected.plus(self.hang).holds(end) {
            let begun = broken().below(count);
            let never = step(end_ms(begun), end_ms(begun + 1), SimulatedEnd::Never);
            (with(begun, never), lasts_ms)
        } else {
            (whole(0..count), lasts_ms)
        }
    }
}

#[cfg(test)]
mod tests;
