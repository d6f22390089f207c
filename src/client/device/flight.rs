//! The publishes in flight on one connection: the request of each packet id, and whether there is room for another. Pure.
//!
//! rumqttc queues what it cannot write yet, and a queued request could not be taken back. So it gets one message at a time,
//! and only when it will write it at once: the server's window has room, and the packet id that rumqttc will use is free.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::device::waiting_requests::RequestId;

/// The publishes of one connection that rumqttc has not written, or that wait for their PUBACK.
#[derive(Debug)]
pub(crate) struct Flight {
    /// How many publishes may wait for their PUBACK.
    window: u16,
    last_packet_id: u16,
    /// How long progress may stop while requests wait for their turn.
    patience: Duration,
    /// When a publish was handed over, written or acknowledged last.
    moved_at: Instant,
    handed_over: Option<RequestId>,
    written: BTreeMap<u16, RequestId>,
}

/// Why nothing can be sent any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// The socket does not accept data.
    Unwritten,
    Unacknowledged,
}

impl Flight {
    /// Nothing is in flight; the last packet id that rumqttc used is this one.
    pub(crate) fn new(window: u16, last_packet_id: u16, patience: Duration, now: Instant) -> Self {
        Self {
            window,
            last_packet_id,
            patience,
            moved_at: now,
            handed_over: None,
            written: BTreeMap::new(),
        }
    }

    /// Whether rumqttc would write a publish at once.
    pub(crate) fn has_room(&self) -> bool {
        self.handed_over.is_none()
            && self.written.len() < usize::from(self.window)
            && !self.written.contains_key(&self.next_packet_id())
    }

    /// A publish was handed to rumqttc.
    pub(crate) fn handed_over(&mut self, id: RequestId, now: Instant) {
        self.moved_at = now;
        self.handed_over = Some(id);
    }

    /// rumqttc wrote the publish with this packet id.
    pub(crate) fn written(&mut self, packet_id: u16, now: Instant) {
        self.moved_at = now;
        self.last_packet_id = packet_id;
        if let Some(id) = self.handed_over.take() {
            self.written.insert(packet_id, id);
        }
    }

    /// The PUBACK of this packet id arrived. Returns its request.
    pub(crate) fn acknowledged(&mut self, packet_id: u16, now: Instant) -> Option<RequestId> {
        self.moved_at = now;
        self.written.remove(&packet_id)
    }

    /// Why the next publish cannot be written, and when that has taken too long; `None` if there is room.
    pub(crate) fn stuck(&self) -> Option<(Stuck, Instant)> {
        let stuck = match self.handed_over {
            _ if self.has_room() => return None,
            Some(_) => Stuck::Unwritten,
            None => Stuck::Unacknowledged,
        };
        Some((stuck, self.moved_at + self.patience))
    }

    /// rumqttc counts up to the window, and then starts from one, whether or not the packet id is free.
    fn next_packet_id(&self) -> u16 {
        if self.last_packet_id >= self.window {
            1
        } else {
            self.last_packet_id + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::waiting_requests::WaitingRequests;
    use crate::protocol::Operation;

    const PATIENCE: Duration = Duration::from_mins(1);

    /// A connection with a window of three, and the ids of ten requests.
    fn flight() -> (Flight, Vec<RequestId>, Instant) {
        let now = Instant::now();
        let mut waiting = WaitingRequests::new(10);
        let ids = (0..10).map(|number: u8| {
            let operation = Operation::GetPendingJobExecutions;
            let issued = waiting.issue(now, operation, number.to_string(), number);
            issued.expect("it can wait")
        });
        let ids = ids.collect();
        (Flight::new(3, 1, PATIENCE, now), ids, now)
    }

    #[test]
    fn one_publish_at_a_time_and_no_more_than_the_window() {
        let (mut flight, ids, now) = flight();
        for (id, packet_id) in ids.iter().zip([2, 3, 1]) {
            assert!(flight.has_room(), "{packet_id}");
            flight.handed_over(*id, now);
            assert!(!flight.has_room(), "not yet written: {packet_id}");
            flight.written(packet_id, now);
        }
        assert!(!flight.has_room(), "three wait for their PUBACK");
        assert_eq!(flight.acknowledged(3, now), Some(ids[1]));
        assert!(!flight.has_room(), "the next packet id is in use");
        assert_eq!(flight.acknowledged(2, now), Some(ids[0]));
        assert!(flight.has_room());
        assert_eq!(flight.acknowledged(2, now), None);
        flight.handed_over(ids[3], now);
        flight.written(2, now);
        assert_eq!(flight.acknowledged(1, now), Some(ids[2]));
        assert_eq!(flight.acknowledged(2, now), Some(ids[3]));
    }

    #[test]
    fn what_never_moves_is_noticed() {
        let (mut flight, ids, now) = flight();
        let at = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(flight.stuck(), None);
        flight.handed_over(ids[0], at(0));
        assert_eq!(flight.stuck(), Some((Stuck::Unwritten, at(60))));
        flight.written(2, at(1));
        assert_eq!(flight.stuck(), None);
        for (second, packet_id) in [(2, 3), (3, 1)] {
            flight.handed_over(ids[1], at(second));
            flight.written(packet_id, at(second));
        }
        assert_eq!(flight.stuck(), Some((Stuck::Unacknowledged, at(63))));
        // The next packet id is still in use.
        flight.acknowledged(3, at(9));
        assert_eq!(flight.stuck(), Some((Stuck::Unacknowledged, at(69))));
        flight.acknowledged(2, at(10));
        assert_eq!(flight.stuck(), None);
    }

    #[test]
    fn a_server_without_a_window_gets_nothing() {
        let now = Instant::now();
        let flight = Flight::new(0, 1, PATIENCE, now);
        assert!(!flight.has_room());
        assert_eq!(
            flight.stuck(),
            Some((Stuck::Unacknowledged, now + PATIENCE))
        );
    }
}
