//! The messages that wait for one client, limited by their size in bytes, so that ten thousand small events fit.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::broker::limits::WAITING_BYTES_MAX;
use crate::broker::packet::{Delivery, MqttMessage};

/// The origin of a message for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Published to a topic that the client is subscribed to.
    Published,
    /// From the store of retained messages.
    Retained,
    /// The response of a service to a request of this client.
    Reply,
}

/// A message on its way to a client.
#[derive(Debug, Clone)]
pub(crate) struct WaitingMessage {
    pub(crate) message: Arc<MqttMessage>,
    pub(crate) origin: Origin,
}

impl WaitingMessage {
    pub(crate) fn delivery(&self, now_ms: u64, packet_id: Option<u16>) -> Delivery {
        Delivery {
            message: Arc::clone(&self.message),
            packet_id,
            dup: false,
            is_repeat: false,
            retain: self.origin == Origin::Retained,
            expiry_s: self.message.expires_ms.map(|expires| {
                let left_s = expires.saturating_sub(now_ms).div_ceil(1000);
                u32::try_from(left_s).unwrap_or(u32::MAX)
            }),
        }
    }
}

/// A QoS 1 message that is not acknowledged yet.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) packet_id: u16,
    pub(crate) waiting: WaitingMessage,
    /// When it was sent first, in milliseconds since the epoch.
    pub(crate) first_ms: u64,
    /// When it was last sent on this connection, in milliseconds since the epoch; `None` if it was not.
    pub(crate) sent_ms: Option<u64>,
}

/// The messages in flight to one client, and those that wait for it.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// The most messages in flight. It is set when a connection is attached, which every session begins with.
    pub(crate) window: usize,
    pub(crate) last_packet_id: u16,
    pub(crate) in_flight: VecDeque<InFlight>,
    /// Messages that were stored while the client was away; they may be sent at a limited rate.
    pub(crate) stored: MessageQueue,
    pub(crate) queue: MessageQueue,
    /// The time between two stored messages, in milliseconds; `None` sends them at once.
    pub(crate) pace_ms: Option<u64>,
    /// When the next stored message may go out, in milliseconds since the epoch.
    pub(crate) next_stored_ms: u64,
    /// When the broker looks at this session next to send messages, in milliseconds since the epoch.
    pub(crate) wake_ms: Option<u64>,
}

impl Lane {
    /// Drops replies to requests of another certificate.
    pub(crate) fn forget_replies(&mut self) {
        self.in_flight
            .retain(|in_flight| in_flight.waiting.origin != Origin::Reply);
        self.stored.forget_replies();
        self.queue.forget_replies();
    }

    /// A free packet id. The window is far smaller than 65,535, so there always is one.
    pub(crate) fn free_packet_id(&mut self) -> u16 {
        loop {
            self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
            let id = self.last_packet_id;
            if self.in_flight.iter().all(|used| used.packet_id != id) {
                return id;
            }
        }
    }
}

/// Messages in the order in which they are sent.
#[derive(Debug, Default)]
pub(crate) struct MessageQueue {
    messages: VecDeque<WaitingMessage>,
    bytes: usize,
}

impl MessageQueue {
    /// Appends a message; returns false if it does not fit.
    pub(crate) fn push(&mut self, waiting: WaitingMessage) -> bool {
        let bytes = self.bytes + waiting.message.bytes();
        let has_room = bytes <= WAITING_BYTES_MAX;
        if has_room {
            self.bytes = bytes;
            self.messages.push_back(waiting);
        }
        has_room
    }

    /// Puts a message back at the front, even beyond the limit.
    pub(crate) fn put_back(&mut self, waiting: WaitingMessage) {
        self.bytes += waiting.message.bytes();
        self.messages.push_front(waiting);
    }

    pub(crate) fn pop(&mut self) -> Option<WaitingMessage> {
        let waiting = self.messages.pop_front()?;
        self.bytes -= waiting.message.bytes();
        Some(waiting)
    }

    /// Appends another queue; returns the messages that do not fit.
    pub(crate) fn append(&mut self, other: &mut Self) -> Vec<WaitingMessage> {
        let mut left = Vec::new();
        while let Some(waiting) = other.pop() {
            if self.bytes + waiting.message.bytes() > WAITING_BYTES_MAX {
                left.push(waiting);
            } else {
                self.push(waiting);
            }
        }
        left
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Drops all replies.
    pub(crate) fn forget_replies(&mut self) {
        let messages = std::mem::take(self).messages;
        for waiting in messages.into_iter().rev() {
            if waiting.origin != Origin::Reply {
                self.put_back(waiting);
            }
        }
    }
}
