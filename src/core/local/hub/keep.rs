//! How the state is kept between two runs: what each input has changed is handed over, all of it together.

use crate::local::hub::Hub;
use crate::local::kept::{CLOCK, written};

impl Hub {
    /// Hands over what has changed since the last call.
    pub(crate) fn keep(&mut self) {
        let Some(keeper) = &mut self.keeper else {
            return;
        };
        let changes = self.service.take_changes().records;
        if !changes.is_empty() || keeper.has_noted() {
            // With each change, so that no later run has an earlier time.
            keeper.note(CLOCK, written(&self.clock.position()));
            keeper.keep(changes);
        }
    }

    /// Notes that the clock was moved.
    pub(crate) fn note_clock(&mut self) {
        self.note_record(Some((CLOCK, written(&self.clock.position()))));
    }

    /// Notes another record, by its key.
    pub(crate) fn note_record(&mut self, record: Option<(&'static str, Box<str>)>) {
        if let (Some(keeper), Some((key, record))) = (&mut self.keeper, record) {
            keeper.note(key, record);
        }
    }
}
