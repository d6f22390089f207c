//! What a client reports unrequested.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::device::error::{ConnectError, LossReason};
use crate::device::reply::Reply;
use crate::protocol::EventMessage;

/// How many events wait for a reader before further ones are only counted.
const CAPACITY: usize = 256;

/// Something that happened on the connection, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An event of the service.
    Message(EventMessage),
    /// A reply that does not end a request.
    UnexpectedReply { kind: Unexpected, reply: Reply },
    /// The connection is lost, and with it every waiting request.
    ConnectionLost {
        /// Why, as far as known.
        reason: LossReason,
        /// Whether the client reconnects; if not, the next request causes one attempt.
        retrying: bool,
    },
    /// An attempt to reconnect failed. Reported once for each cause, not for each attempt.
    ReconnectFailed { error: ConnectError },
    /// The client has reconnected and subscribed. Messages that were published in between were missed: ask the service.
    ConnectedAgain {
        /// How long the client was disconnected.
        after: Duration,
    },
    /// Events were dropped because they were not read.
    Missed { count: u64 },
}

/// Why a reply does not end a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unexpected {
    /// It answers a request that was given up.
    Late,
    /// It answers a request that was already answered.
    Duplicate,
    /// It does not answer any request of this client.
    Unknown,
}

/// The state of the connection; it can be read at any time without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Requests are sent at once.
    Connected,
    /// Lost, and being re-established; a request triggers the next attempt at once, but not before the end of a cut.
    Reconnecting,
    /// Lost to another client with the same client id, twice within a minute; the next request causes another attempt.
    TakenOver,
    Closed,
}

/// The events of one client. Ends when the client is closed.
#[derive(Debug)]
pub struct EventStream(mpsc::Receiver<Event>);

impl EventStream {
    /// Waits for the next event; `None` after the client was closed.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event, if one is waiting.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

/// The sink for events. Never waits: a slow reader must not stop the network.
#[derive(Debug)]
pub(crate) struct EventSink {
    sender: mpsc::Sender<Event>,
    missed: u64,
    reported: u64,
}

impl EventSink {
    /// Reports one event, or only counts it if too many are waiting.
    pub(crate) fn put(&mut self, event: Event) {
        if self.missed > 0 {
            let count = self.missed;
            if self.sender.try_send(Event::Missed { count }).is_ok() {
                self.missed = 0;
                self.reported += 1;
            }
        }
        match self.sender.try_send(event) {
            Ok(()) => self.reported += 1,
            Err(TrySendError::Full(_)) => self.missed += 1,
            // A dropped reader misses nothing.
            Err(TrySendError::Closed(_)) => {}
        }
    }

    /// How many events the reader gets, including those that it has not read yet.
    pub(crate) fn reported(&self) -> u64 {
        self.reported
    }
}

/// Both ends of one client's events.
pub(crate) fn channel() -> (EventSink, EventStream) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let sink = EventSink {
        sender,
        missed: 0,
        reported: 0,
    };
    (sink, EventStream(receiver))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::EventName;

    #[test]
    fn a_slow_reader_learns_how_much_it_missed() {
        let (mut sink, mut stream) = channel();
        let event = |number: usize| {
            Event::Message(EventMessage {
                name: EventName::JobExecutionsChanged,
                payload: number.to_string().into(),
            })
        };
        for number in 0..CAPACITY + 3 {
            sink.put(event(number));
        }
        for number in 0..2 {
            assert_eq!(stream.try_next(), Some(event(number)));
        }
        sink.put(event(9999));
        for number in 2..CAPACITY {
            assert_eq!(stream.try_next(), Some(event(number)));
        }
        assert_eq!(stream.try_next(), Some(Event::Missed { count: 3 }));
        assert_eq!(stream.try_next(), Some(event(9999)));
        assert_eq!(stream.try_next(), None);
        assert_eq!(sink.reported(), CAPACITY as u64 + 2);
    }
}
