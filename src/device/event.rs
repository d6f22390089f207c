//! What a client reports without being asked.

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
    /// A reply that ends no request.
    UnexpectedReply { kind: Unexpected, reply: Reply },
    /// The connection is gone, and with it every request that waited.
    ConnectionLost {
        /// Why, as far as known.
        reason: LossReason,
        /// Whether it is being repaired; if not, the next request tries once.
        retrying: bool,
    },
    /// An attempt to repair the connection failed. Reported once for a cause, not for each attempt.
    ReconnectFailed { error: ConnectError },
    /// The client has reconnected and subscribed. Messages that were published in between were missed: ask the service.
    ConnectedAgain {
        /// How long it was gone.
        after: Duration,
    },
    /// Events were dropped because they were not read.
    Missed { count: u64 },
}

/// Why a reply ends no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unexpected {
    /// It answers a request that was given up before.
    Late,
    /// It answers a request that was answered before.
    Duplicate,
    /// It answers no request of this client.
    Unknown,
}

/// Where the connection is; readable at any time without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// Requests go out at once.
    Connected,
    /// Lost, and being repaired; a request hastens the next attempt, but not before the end of a cut.
    Reconnecting,
    /// Lost to another client with the same client id, twice within a minute; the next request causes another attempt.
    TakenOver,
    Closed,
}

/// The events of one client. Ends when the client is closed.
#[derive(Debug)]
pub struct EventStream(mpsc::Receiver<Event>);

impl EventStream {
    /// The next event, as soon as there is one; `None` after the client was closed.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event if there is one by now.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.try_recv().ok()
    }
}

/// Where events are put. Never waits: a reader that is slow must not stop the network.
#[derive(Debug)]
pub(crate) struct EventSink {
    sender: mpsc::Sender<Event>,
    missed: u64,
    reported: u64,
}

impl EventSink {
    /// Reports one event, or counts it if too many wait already.
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
            // A reader that has gone away misses nothing.
            Err(TrySendError::Closed(_)) => {}
        }
    }

    /// How many events the reader gets, those that it has not read yet included.
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
    fn a_slow_reader_is_told_how_much_it_missed() {
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
