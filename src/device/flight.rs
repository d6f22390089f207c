//! Which packet id carries which request on one connection. Pure.
//!
//! rumqttc does not return the packet id of a publish. It does emit one event for each, in the order in which they were handed
//! over, and that is what this relies on: every publish of the connection must be told here.

use std::collections::{BTreeMap, VecDeque};

use crate::device::waiting_requests::RequestId;

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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::device::waiting_requests::WaitingRequests;
    use crate::protocol::Operation;

    #[test]
    fn packet_ids_follow_the_order_of_issue() {
        let mut waiting = WaitingRequests::new(9);
        let mut ids = (0..4).map(|number: u8| {
            let operation = Operation::GetPendingJobExecutions;
            waiting
                .issue(Instant::now(), operation, number.to_string(), number)
                .expect("it can wait")
        });
        let (a, b, c, d) = (ids.next(), ids.next(), ids.next(), ids.next());
        let mut flight = Flight::default();
        for id in [a, b, c, d].into_iter().flatten() {
            flight.issued(id);
        }
        assert_eq!(flight.sent(1), a);
        assert_eq!(flight.sent(2), b);
        assert_eq!(flight.acknowledged(2), b);
        flight.held_back(1);
        assert_eq!(flight.acknowledged(1), a);
        assert_eq!(flight.sent(1), c, "the one that was held back");
        assert_eq!(flight.sent(2), d);
        assert_eq!(flight.acknowledged(1), c);
        assert_eq!(flight.acknowledged(1), None);
        assert_eq!(flight.sent(3), None, "nothing is left");
    }
}
