//! What the hub does for the owner of the service: it sets up devices, shows and resets the state, moves the clock, and adds
//! faults.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::local::clock::ClockMode;
use crate::local::hub::Hub;
use crate::local::hub::input::{AdminAnswer, AdminRequest};
use crate::service::Registration;

impl Hub {
    /// Handles a request; all its effects have been sent when it returns.
    pub(crate) fn handle_admin(&mut self, request: AdminRequest) -> AdminAnswer {
        match request {
            AdminRequest::State => return Ok(self.state()),
            AdminRequest::Reset => self.reset(),
            AdminRequest::Advance(by) => self.advance(by),
            AdminRequest::AddFault(fault) => self.faults.add(fault)?,
            AdminRequest::ClearFaults => self.faults.clear(),
        }
        Ok(json!({ "now": self.now() }))
    }

    /// Registers a device, and remembers it for a reset.
    pub(crate) fn register(&mut self, registration: Arc<Registration>) -> Result<(), String> {
        self.service.register_device(self.now(), &registration)?;
        self.registrations.push(registration);
        Ok(())
    }

    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.note_clock();
        self.handle_timeout();
    }

    /// Restores the state that the program itself set up, and the time of the start. All connections are closed, without
    /// wills.
    fn reset(&mut self) {
        let mut outputs = Vec::new();
        self.broker.shut_down(&mut outputs);
        self.deliver(outputs);
        self.broker = Broker::with_stored_rate(self.stored_per_second);
        self.faults.clear();
        self.delayed.clear();
        // Nothing is left that an earlier time could confuse.
        self.clock.reset();
        self.note_clock();
        self.service.reset();
        self.without_ca.replace(std::iter::empty());
        let now = self.now();
        for thing in &self.things {
            self.service.register_thing(now, thing);
        }
        for registration in &self.registrations {
            // The same registrations succeeded before, in the same order.
            let _ = self.service.register_device(now, registration);
        }
    }

    fn state(&self) -> Value {
        let mut state = self.service.state();
        let mode = match self.clock.mode() {
            ClockMode::System => "system",
            ClockMode::Manual => "manual",
        };
        state["clock"] = json!({ "mode": mode, "now": self.now() });
        let connections: Vec<Value> = self
            .broker
            .connections()
            .map(|(identity, subscriptions)| {
                json!({
                    "clientId": identity.client_id,
                    "certificateId": identity.certificate_id,
                    "subscriptions": subscriptions,
                })
            })
            .collect();
        state["connections"] = Value::Array(connections);
        state["faults"] = json!(self.faults.active().collect::<Vec<_>>());
        state
    }
}
