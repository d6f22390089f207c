//! How simulated work ends, as the user writes it. Pure: every draw is a function of the seed and of what is drawn for.

use std::time::Duration;

use crate::agent::step::SimulatedStep;
use crate::protocol::{JobId, ThingName};

/// A plan, as `help plans` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {}

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
    /// In order; the last one may fail or never end. Empty: the device rejects the job.
    pub steps: Vec<SimulatedStep>,
    /// The link is cut while the work continues.
    pub offline: Option<Outage>,
    /// How long after the claim the device restarts.
    pub reboot: Option<Duration>,
}

/// A time without a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// After the claim.
    pub begins: Duration,
    pub lasts: Duration,
}

impl Plan {
    /// How the work of this execution goes.
    pub fn course(&self, occasion: Occasion<'_>) -> Course {
        let _ = occasion;
        Course {
            steps: Vec::new(),
            offline: None,
            reboot: None,
        }
    }

    /// How long the device stays away after the start (`away P for D`).
    pub fn absence(&self, seed: u64, thing: &ThingName) -> Option<Duration> {
        let _ = (seed, thing);
        None
    }
}
