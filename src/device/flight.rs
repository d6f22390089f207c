//! Which packet id carries which request on one connection. Pure.
//!
//! rumqttc does not return the packet id of a publish. It does emit one event for each, in the order in which they were handed
//! over, and that is what this relies on: every publish of the connection must be told here.

use std::collections::{BTreeMap, VecDeque};

use crate::device::pending::RequestId;

/// The publishes of one connection that wait for their PUBACK; bounded by what rumqttc holds.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    handed_over: VecDeque<RequestId>,
    held_back: Option<(u16, RequestId)>,
    sent: BTreeMap<u16, RequestId>,
}

impl Flight {
    /// A publish was handed to rumqttc.
    pub(crate) fn issued(&mut self, id: RequestId) {
        self.handed_over.push_back(id);
    }

    /// rumqttc sent the oldest publish, or the one that it had held back, with this packet id. Which request is that?
    pub(crate) fn sent(&mut self, packet_id: u16) -> Option<RequestId> {
        let id = match self
            .held_back
            .take_if(|(held_back, _)| *held_back == packet_id)
        {
            Some((_, id)) => id,
            None => self.handed_over.pop_front()?,
        };
        self.sent.insert(packet_id, id);
        Some(id)
    }

    /// rumqttc holds the oldest publish back: its packet id is still in use.
    pub(crate) fn held_back(&mut self, packet_id: u16) {
        if let Some(id) = self.handed_over.pop_front() {
            self.held_back = Some((packet_id, id));
        }
    }

    /// The PUBACK of this packet id arrived. Which request was that?
    pub(crate) fn acknowledged(&mut self, packet_id: u16) -> Option<RequestId> {
        self.sent.remove(&packet_id)
    }
}
