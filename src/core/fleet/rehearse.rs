//! A whole rehearsal.

use crate::executor::plan::Plan;
use crate::fleet::report::Report;
use crate::fleet::setup::{JobCall, Names, Setup, SetupError};
use crate::fleet::world::World;

impl Setup {
    /// A fleet of one kind of device, with the usual settings.
    pub fn new(devices: usize, names: Names, job: JobCall) -> Self {
        Self {
            devices,
            names,
            seed: 0,
            plan: Plan::default(),
            cohorts: Vec::new(),
            groups: Vec::new(),
            joins: None,
            faults: Vec::new(),
            begins: job.usual_begin(),
            job,
            step_timeout_minutes: None,
        }
    }
}

/// Runs a rehearsal to its end.
pub fn rehearse(setup: Setup) -> Result<Report, SetupError> {
    let mut world = World::new(setup)?;
    while !world.is_over() {
        world.step();
    }
    Ok(world.report())
}
