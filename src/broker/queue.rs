//! What waits for one client: bounded by the bytes that it takes, so that ten thousand small events fit.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::broker::limits::WAITING_BYTES_MAX;
use crate::broker::packet::{Delivery, MqttMessage};

/// Where a message for a client comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Published to a topic that the client is subscribed to.
    Published,
    /// From the store of retained messages.
    Retained,
    /// The answer of a service to a request of this client.
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
    /// When it was last sent on this connection, in milliseconds since the epoch, if it was.
    pub(crate) sent_ms: Option<u64>,
}

/// What is on its way to one client, and what waits for it.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// The most messages in flight; no session is without a connection before it has one.
    pub(crate) window: usize,
    pub(crate) last_packet_id: u16,
    pub(crate) in_flight: VecDeque<InFlight>,
    /// What was stored while the client was away, and goes out at a limited rate if there is one.
    pub(crate) stored: MessageQueue,
    pub(crate) queue: MessageQueue,
    /// The time between two stored messages, in milliseconds; without it they go out at once.
    pub(crate) pace_ms: Option<u64>,
    /// When the next stored message may go out, in milliseconds since the epoch.
    pub(crate) next_stored_ms: u64,
    /// When the broker looks after this session next because of all this, in milliseconds since the epoch.
    pub(crate) wake_ms: Option<u64>,
}

impl Lane {
    /// Drops what was asked for by another.
    pub(crate) fn forget_replies(&mut self) {
        self.in_flight
            .retain(|in_flight| in_flight.waiting.origin != Origin::Reply);
        self.stored.forget_replies();
        self.queue.forget_replies();
    }

    /// The window is far smaller than 65,535, so there always is one.
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
    /// Appends a message; false if it does not fit.
    pub(crate) fn push(&mut self, waiting: WaitingMessage) -> bool {
        let bytes = self.bytes + waiting.message.bytes();
        let has_room = bytes <= WAITING_BYTES_MAX;
        if has_room {
            self.bytes = bytes;
            self.messages.push_back(waiting);
        }
        has_room
    }

    /// Puts a message back before all others, whether there is room or not.
    pub(crate) fn put_back(&mut self, waiting: WaitingMessage) {
        self.bytes += waiting.message.bytes();
        self.messages.push_front(waiting);
    }

    pub(crate) fn pop(&mut self) -> Option<WaitingMessage> {
        let waiting = self.messages.pop_front()?;
        self.bytes -= waiting.message.bytes();
        Some(waiting)
    }

    /// Appends all of another queue; what finds no room comes back.
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
