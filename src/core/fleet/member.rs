//! One device of the fleet.

use std::time::Duration;

use crate::executor::core::{Device, Memory, Settings, Worker};
use crate::protocol::{EpochMillis, ThingName};

/// A device, and its link.
#[derive(Debug)]
pub struct Member {
    pub device: Device,
    /// How long after the start it is created and joins its groups; at the start if absent.
    pub joins_after: Option<Duration>,
    /// The groups that it belongs to.
    pub groups: Vec<usize>,
    /// Whether the job is for it.
    pub is_target: bool,
    pub contact: Contact,
    /// While it is switched off, it hears nothing.
    pub is_off: bool,
    /// The journal: what a restart finds.
    pub memory: Memory,
    /// When it is woken next, so that it is queued once.
    pub wakes: Option<EpochMillis>,
    /// Sets apart the answers from before and after a cut of the link.
    pub link: u64,
}

/// Whether a device is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// It has joined, and is about to connect.
    Soon,
    Up,
    /// The service knows that it is not.
    Away,
}

impl Member {
    /// A device that has not connected yet.
    pub fn new(settings: Settings, groups: Vec<usize>) -> Self {
        Self {
            device: Device::new(settings, Memory::default()),
            joins_after: None,
            groups,
            is_target: false,
            contact: Contact::Soon,
            is_off: false,
            memory: Memory::default(),
            wakes: None,
            link: 0,
        }
    }

    pub fn is_up(&self) -> bool {
        self.contact == Contact::Up
    }

    pub fn thing(&self) -> &ThingName {
        &self.device.settings().thing
    }

    /// How long it stays away after it has joined.
    pub fn absence(&self) -> Option<Duration> {
        let settings = self.device.settings();
        match &settings.worker {
            Worker::Plan(plan) => plan.absence(settings.seed, &settings.thing),
            Worker::Program | Worker::Handlers(_) => None,
        }
    }

    /// A device that restarts knows its journal alone.
    pub fn restart(&mut self) {
        let settings = self.device.settings().clone();
        self.device = Device::new(settings, self.memory.clone());
        self.is_off = false;
    }
}
