//! Sends replies, notifications and packets: at once, or later if a fault delays them.

use std::sync::Arc;

use crate::broker::{BrokerOutput, ConnectionId, MqttMessage, Outputs, Qos, Refusal};
use crate::faults::{Fate, FaultTarget};
use crate::local::hub::{Delayed, Hub};
use crate::local::onlooker::{MessageKind, Treatment};
use crate::local::outputs::{OUTPUT_BYTES_MAX, Unsent};
use crate::protocol::EpochMillis;
use crate::service::ServiceMessage;

/// The most delayed messages; more are sent at once.
const DELAYED_MAX: usize = 10_000;

impl Hub {
    /// When the next timer is due.
    pub(crate) fn next_due(&self) -> Option<EpochMillis> {
        let delayed = self.delayed.first_key_value();
        let delayed = delayed.map(|((due_ms, _), _)| EpochMillis(*due_ms));
        let broker = self.broker.poll_timeout().map(EpochMillis);
        [self.service.poll_timeout(), delayed, broker]
            .into_iter()
            .flatten()
            .min()
    }

    /// Runs everything that is due, each at its own time: advancing once by n equals advancing n times by one.
    pub(crate) fn handle_timeout(&mut self) {
        let now = self.now();
        let mut outputs = Vec::new();
        let mut since = now;
        while let Some(due) = self.next_due().filter(|due| *due <= now) {
            since = since.min(due);
            self.happen(due, &mut outputs);
            // A timer that stays due must not hold up everything else.
            if self.next_due().is_some_and(|next| next <= due) {
                break;
            }
        }
        // After everything else, and only once however far the clock has moved: a client cannot have answered in between.
        self.broker.handle_sending(now.0, since.0, &mut outputs);
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

    /// Sends the job service's reply to a device.
    pub(crate) fn reply(
        &mut self,
        now: EpochMillis,
        id: ConnectionId,
        reply: ServiceMessage,
        out: &mut Outputs,
    ) {
        let reply = match self.look(MessageKind::Reply, &reply.topic, &reply.payload) {
            Treatment::Lose => return,
            Treatment::Replace(payload) => ServiceMessage { payload, ..reply },
            _ => reply,
        };
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
        for mut notification in notifications {
            let treatment = self.look(
                MessageKind::Event,
                &notification.topic,
                &notification.payload,
            );
            let is_twice = treatment == Treatment::Twice;
            match treatment {
                Treatment::Lose => continue,
                Treatment::Replace(payload) => notification.payload = payload,
                _ => {}
            }
            let message = carried(notification);
            if is_twice {
                self.broker.route(now.0, &message, Qos::AtLeastOnce, out);
            }
            match self.faults.fate(FaultTarget::Notifications) {
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

    /// Passes on outputs. A client that is too slow is disconnected, which may cause further outputs (its will).
    pub(crate) fn deliver(&mut self, outputs: Outputs) {
        let mut pending = outputs;
        while !pending.is_empty() {
            let mut caused = Vec::new();
            for (id, output) in pending {
                let is_last = matches!(output, BrokerOutput::Close(_) | BrokerOutput::Refuse(_));
                let Some(link) = self.links.get(&id) else {
                    continue;
                };
                let sent = link.send(output);
                if sent.is_err() || is_last {
                    self.links.remove(&id);
                }
                if let Err(unsent) = sent {
                    self.cut_off(id, unsent, &mut caused);
                }
            }
            pending = caused;
        }
        for note in self.broker.take_notes() {
            self.log.add(&note.to_string());
        }
    }

    fn cut_off(&mut self, id: ConnectionId, reason: Unsent, out: &mut Outputs) {
        if reason == Unsent::Full
            && let Some(identity) = self.broker.identity(id)
        {
            self.log.add(&format!(
                "client `{}` is disconnected because it does not keep up: {} MiB are already waiting for it",
                identity.client_id,
                OUTPUT_BYTES_MAX >> 20
            ));
        }
        let now_ms = self.now().0;
        self.broker.handle_gone(now_ms, id, true, None, out);
    }
}

/// A message of the job service as the broker carries it: not retained, without properties.
fn carried(message: ServiceMessage) -> Arc<MqttMessage> {
    Arc::new(MqttMessage {
        topic: message.topic,
        payload: message.payload.into(),
        ..MqttMessage::default()
    })
}
