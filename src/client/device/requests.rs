//! The requests of a link: those that wait for their turn, and those that wait for their reply.

use std::collections::VecDeque;
use std::time::Instant;

use crate::device::error::{LossReason, RequestError};
use crate::device::event::Unexpected;
use crate::device::flight::{Flight, Stuck};
use crate::device::outgoing::{MAX_WAITING, OutgoingRequest, Uplink, Waiter, too_long, too_many};
use crate::device::reason::Reason;
use crate::device::reply::Reply;
use crate::device::waiting_requests::{
    IssueError, Received, RequestId, RequestProgress, WaitingRequests,
};
use crate::protocol::{Operation, ThingName};

/// A request that waits for a connection with room. A caller that gives up takes it back.
#[derive(Debug)]
struct QueuedRequest {
    id: RequestId,
    topic: String,
    payload: String,
}

/// Every request of a client that has not ended.
#[derive(Debug)]
pub(crate) struct Requests {
    waiting: WaitingRequests<Waiter>,
    queued: VecDeque<QueuedRequest>,
}

impl Requests {
    pub(crate) fn new() -> Self {
        Self {
            waiting: WaitingRequests::new(MAX_WAITING),
            queued: VecDeque::new(),
        }
    }

    /// Whether a request waits for its turn.
    pub(crate) fn has_queued(&self) -> bool {
        !self.queued.is_empty()
    }

    /// When [`Requests::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.poll_timeout()
    }

    /// Why the next request cannot be written, and when that has taken too long.
    pub(crate) fn stuck(&self, flight: &Flight) -> Option<(Stuck, Instant)> {
        flight.stuck().filter(|_| self.has_queued())
    }

    /// Queues a request, unless it could never be sent.
    pub(crate) fn issue(&mut self, thing: &ThingName, request: OutgoingRequest) {
        self.forget_given_up();
        let topic = request.topic(thing);
        let impossible = too_long(&topic, &request.payload);
        let OutgoingRequest {
            operation,
            token,
            payload,
            waiter,
        } = request;
        let deadline = Instant::now() + waiter.timeout;
        let issued = match impossible {
            Some(error) => Err((waiter, error)),
            None => self
                .waiting
                .issue(deadline, operation, token.clone(), waiter)
                .map_err(|(waiter, error)| match error {
                    IssueError::Full => (waiter, too_many()),
                    IssueError::TokenInUse => (waiter, RequestError::TokenInUse { token }),
                }),
        };
        match issued {
            Ok(id) => self.queued.push_back(QueuedRequest { id, topic, payload }),
            Err((waiter, error)) => {
                // If the caller has given up, the result is dropped; the same applies below.
                let _ = waiter.sender.send(Err(error));
            }
        }
    }

    /// Requests that their callers have given up are no longer sent, and make room for others.
    fn forget_given_up(&mut self) {
        self.waiting.abandon_where(Waiter::has_given_up);
        let waiting = &self.waiting;
        self.queued.retain(|queued| waiting.contains(queued.id));
    }

    /// Passes requests to the connection in order, as long as they are written at once.
    pub(crate) fn hand_over(&mut self, uplink: &Uplink<'_>, flight: &mut Flight) {
        while flight.has_room()
            && let Some(QueuedRequest { id, topic, payload }) = self.queued.pop_front()
        {
            let Some(waiter) = self.waiting.waiter(id) else {
                continue;
            };
            waiter.underway.begin();
            if waiter.has_given_up() {
                self.waiting.abandon(id);
                continue;
            }
            // Payloads are not logged: a job document may contain presigned URLs.
            tracing::debug!(%topic, bytes = payload.len(), "publish");
            match uplink.publish(topic, payload) {
                Ok(()) => {
                    flight.handed_over(id, Instant::now());
                    self.waiting.sent(id);
                }
                Err(error) => self.fail(id, |_| error),
            }
        }
    }

    /// The server has acknowledged the message of a request of the thing, or refused it.
    pub(crate) fn acknowledged(
        &mut self,
        thing: &ThingName,
        id: RequestId,
        refusal: Option<Reason>,
    ) {
        match refusal {
            None => self.waiting.acknowledged(id),
            Some(reason) => self.fail(id, |operation| RequestError::Refused {
                thing: thing.clone(),
                operation,
                reason,
            }),
        }
    }

    /// Passes a reply to the request that it answers, or returns it.
    pub(crate) fn replied(&mut self, reply: Reply) -> Option<(Unexpected, Reply)> {
        let token = reply.head.client_token.as_deref();
        match self
            .waiting
            .received(&reply.operation, reply.verdict, token)
        {
            Received::Answer(waiter) => match waiter.sender.send(Ok(reply)) {
                // The caller has given up, so for a user the reply is late.
                Err(Ok(reply)) => Some((Unexpected::Late, reply)),
                _ => None,
            },
            Received::Late => Some((Unexpected::Late, reply)),
            Received::Duplicate => Some((Unexpected::Duplicate, reply)),
            Received::Unknown => Some((Unexpected::Unknown, reply)),
        }
    }

    /// Ends the requests that have timed out.
    pub(crate) fn handle_timeout(&mut self) {
        for unanswered in self.waiting.handle_timeout(Instant::now()) {
            let error = RequestError::Timeout {
                operation: unanswered.operation,
                after: unanswered.waiter.timeout,
                sent: unanswered.progress >= RequestProgress::Sent,
                acknowledged: unanswered.progress >= RequestProgress::Acknowledged,
            };
            let _ = unanswered.waiter.sender.send(Err(error));
        }
    }

    /// Ends the queued requests with an error.
    pub(crate) fn fail_queued(&mut self, error: impl Fn(Operation) -> RequestError) {
        for QueuedRequest { id, .. } in std::mem::take(&mut self.queued) {
            self.fail(id, &error);
        }
    }

    /// Ends all requests of a lost connection.
    pub(crate) fn fail_all(&mut self, reason: &LossReason) {
        self.queued.clear();
        for unanswered in self.waiting.link_lost() {
            let error = RequestError::ConnectionLost {
                operation: unanswered.operation,
                reason: reason.clone(),
                sent: unanswered.progress >= RequestProgress::Sent,
            };
            let _ = unanswered.waiter.sender.send(Err(error));
        }
    }

    fn fail(&mut self, id: RequestId, error: impl FnOnce(Operation) -> RequestError) {
        if let Some(unanswered) = self.waiting.abandon(id) {
            let _ = unanswered
                .waiter
                .sender
                .send(Err(error(unanswered.operation)));
        }
    }
}
