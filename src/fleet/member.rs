//! One device of the fleet.

use std::time::Duration;

use crate::agent::core::{Device, Memory, Settings};
use crate::protocol::{EpochMillis, ThingName};

/// A device, and its link.
#[derive(Debug)]
pub struct Member {
    pub(crate) settings: Settings,
    pub(crate) device: Device,
    pub(crate) is_up: bool,
    /// While it is switched off, it hears nothing.
    pub(crate) is_off: bool,
    /// The journal: what a restart finds.
    pub(crate) memory: Memory,
    /// When it is woken next, so that it is queued once.
    pub(crate) wakes: Option<EpochMillis>,
    /// Sets apart the answers from before and after a cut of the link.
    pub(crate) link: u64,
}

impl Member {
    /// A device that has not joined yet.
    pub fn new(settings: Settings) -> Self {
        let memory = Memory::default();
        Self {
            device: Device::new(settings.clone(), memory.clone()),
            settings,
            is_up: false,
            is_off: false,
            memory,
            wakes: None,
            link: 0,
        }
    }

    pub(crate) fn thing(&self) -> &ThingName {
        &self.settings.thing
    }

    /// How long it stays away after the start.
    pub(crate) fn absence(&self) -> Option<Duration> {
        match &self.settings.worker {
            crate::agent::core::Worker::Plan(plan) => {
                plan.absence(self.settings.seed, &self.settings.thing)
            }
            _ => None,
        }
    }

    /// A device that restarts knows its journal alone.
    pub(crate) fn restart(&mut self) {
        self.device = Device::new(self.settings.clone(), self.memory.clone());
        self.is_off = false;
    }
}
