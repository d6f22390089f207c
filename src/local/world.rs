//! What the hub does at the request of whoever runs the service: looks at everything, starts over, moves the clock, and lets
//! messages of the job service go wrong on their way out.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::{Broker, ConnectionId, MqttMessage, Outputs, Qos, Refusal};
use crate::local::admin::{AdminAnswer, AdminRequest};
use crate::local::clock::ClockMode;
use crate::local::faults::{Fate, FaultTarget};
use crate::local::hub::Hub;
use crate::protocol::EpochMillis;
use crate::service::{Registration, ServiceMessage};

/// How many messages are delayed at most; more come at once.
const DELAYED_MAX: usize = 10_000;

/// A message of the job service that comes later.
#[derive(Debug)]
pub(crate) enum Delayed {
    /// For one connection.
    Reply(ConnectionId, Arc<MqttMessage>),
    /// For its subscribers.
    Notification(Arc<MqttMessage>),
}

impl Hub {
    /// Does what was asked; all its effects are on their way when it returns.
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

    /// When something is due next.
    pub(crate) fn next_due(&self) -> Option<EpochMillis> {
        let delayed = self.delayed.first_key_value();
        let delayed = delayed.map(|((due_ms, _), _)| EpochMillis(*due_ms));
        let broker = self.broker.poll_timeout().map(EpochMillis);
        [self.service.poll_timeout(), delayed, broker]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets everything that is due happen, each at its own time: advancing once by n is advancing n times by one.
    pub(crate) fn handle_timeout(&mut self) {
        let now = self.now();
        let mut outputs = Vec::new();
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            self.happen(due, &mut outputs);
            // What does not go away must not hold everything else up.
            if self.next_due().is_some_and(|next| next <= due) {
                break;
            }
        }
        self.deliver(outputs);
    }

    fn happen(&mut self, due: EpochMillis, out: &mut Outputs) {
        if self.service.poll_timeout().is_some_and(|at| at <= due) {
            let notifications = self.service.handle_timeout(due);
            self.notify(due, notifications, out);
        }
        while let Some(entry) = self.delayed.first_entry()
            && entry.key().0 <= due.0
        {
            match entry.remove() {
                Delayed::Reply(id, message) => self.broker.reply(due.0, id, &message, out),
                Delayed::Notification(message) => {
                    self.broker.route(due.0, &message, Qos::AtLeastOnce, out);
                }
            }
        }
        self.broker.handle_timeout(due.0, out);
    }

    /// Sends the job service's answer to a device.
    pub(crate) fn reply(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        reply: ServiceMessage,
        out: &mut Outputs,
    ) {
        let message = carried(reply);
        match self.faults.fate(FaultTarget::Replies) {
            Fate::Drop => {}
            Fate::Delay(ms) if self.delayed.len() < DELAYED_MAX => {
                self.delay(now, ms, Delayed::Reply(id, message));
            }
            Fate::Disconnect => self.broker.close(now.0, id, Refusal::Silent, out),
            Fate::Duplicate => {
                self.broker.reply(now.0, id, &message, out);
                self.broker.reply(now.0, id, &message, out);
            }
            Fate::Deliver | Fate::Delay(_) => self.broker.reply(now.0, id, &message, out),
        }
    }

    /// Sends the events of the job service.
    pub(crate) fn notify(
        &mut self,
        now: EpochMillis,
        notifications: Vec<ServiceMessage>,
        out: &mut Outputs,
    ) {
        for notification in notifications {
            let message = carried(notification);
            let fate = self.faults.fate(FaultTarget::Notifications);
            match fate {
                Fate::Drop => continue,
                Fate::Delay(ms) if self.delayed.len() < DELAYED_MAX => {
                    self.delay(now, ms, Delayed::Notification(message));
                    continue;
                }
                Fate::Disconnect => {
                    self.broker
                        .close_receivers(now.0, &message.topic, Refusal::Silent, out);
                }
                Fate::Duplicate => self.broker.route(now.0, &message, Qos::AtLeastOnce, out),
                Fate::Deliver | Fate::Delay(_) => {}
            }
            self.broker.route(now.0, &message, Qos::AtLeastOnce, out);
        }
    }

    fn delay(&mut self, now: EpochMillis, ms: u64, delayed: Delayed) {
        self.delayed_count += 1;
        self.delayed
            .insert((now.0.saturating_add(ms), self.delayed_count), delayed);
    }

    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.handle_timeout();
    }

    /// Back to what the program itself set up. Every connection is closed, without wills.
    fn reset(&mut self) {
        let mut outputs = Vec::new();
        self.broker.shut_down(&mut outputs);
        self.deliver(outputs);
        self.broker = Broker::default();
        self.faults.clear();
        self.delayed.clear();
        self.service.reset();
        for thing in &self.things {
            self.service.register_thing(thing);
        }
        let now = self.now();
        for registration in &self.registrations {
            // It went well before, in the same order.
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

/// What the job service publishes, as the broker carries it: never retained, without properties.
fn carried(message: ServiceMessage) -> Arc<MqttMessage> {
    Arc::new(MqttMessage {
        topic: message.topic,
        payload: message.payload.into(),
        ..MqttMessage::default()
    })
}
