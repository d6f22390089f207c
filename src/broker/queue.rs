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
    pub(crate) fn delivery(&self, now_ms: u64, packet_id: Option<u16>, dup: bool) -> Delivery {
        Delivery {
            message: Arc::clone(&self.message),
            packet_id,
            dup,
            retain: self.origin == Origin::Retained,
            expiry_s: self.message.expires_ms.map(|expires| {
                let left_s = expires.saturating_sub(now_ms).div_ceil(1000);
                u32::try_from(left_s).unwrap_or(u32::MAX)
            }),
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
    /// Appends a message; false if there is no room for it.
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
