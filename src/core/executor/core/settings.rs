//! How a device is to behave, as its user has set it up.

use std::sync::Arc;
use std::time::Duration;

use crate::executor::document::HandlerRules;
use crate::executor::plan::{Pattern, Plan};
use crate::protocol::ThingName;

/// How often a step may be interrupted before its job fails: enough for every restart that a handler wants, and an end to a
/// job that restarts the device for ever.
pub const MOST_INTERRUPTIONS: u32 = 5;

/// Everything that the core does not learn from the service.
#[derive(Debug, Clone)]
pub struct Settings {
    pub thing: ThingName,
    /// Every draw comes from it.
    pub seed: u64,
    pub worker: Worker,
    /// Only jobs with such an id are claimed; any if absent.
    pub only: Option<Pattern>,
    /// Whether jobs with a document of an unknown kind are left alone; they are rejected if not.
    pub leaves_unknown: bool,
    pub interrupted: Interrupted,
    /// Minutes for the service's step timer, 1 to 10080.
    pub step_timeout_minutes: Option<i64>,
    /// From SIGTERM to SIGKILL.
    pub grace: Duration,
    /// Whether each move waits for the user.
    pub by_step: bool,
    /// Whether it says what it decides, and why. Of a hundred thousand devices, that is a lot of text.
    pub says_why: bool,
}

/// What carries out a job document.
#[derive(Debug, Clone)]
pub enum Worker {
    /// Nothing is executed: the plan says how it goes.
    Plan(Arc<Plan>),
    /// One program for every document.
    Program,
    /// Handlers, for documents of the AWS IoT Device Client.
    Handlers(HandlerRules),
}

/// What becomes of a step that a restart has interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupted {
    /// It runs once more.
    Rerun,
    /// The job fails.
    Fail,
}

impl Settings {
    /// A device that simulates, with the usual settings.
    pub fn simulated(thing: ThingName, plan: impl Into<Arc<Plan>>, seed: u64) -> Self {
        Self {
            thing,
            seed,
            worker: Worker::Plan(plan.into()),
            only: None,
            leaves_unknown: false,
            interrupted: Interrupted::Rerun,
            step_timeout_minutes: None,
            grace: Duration::from_secs(10),
            by_step: false,
            says_why: true,
        }
    }
}
