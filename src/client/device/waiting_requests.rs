//! Requests that wait for their reply: which reply ends which request, exactly once. Pure: it is told the time.
//!
//! The service echoes the `clientToken` of a request in its reply
//! (<https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html>), and the reply's topic names the operation:
//! both together are the key. What is waited with (`W`) is the caller's business; it comes back with the end of the request.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use crate::protocol::{Operation, Verdict};

/// How many ended requests are remembered, to distinguish a late reply from an unexpected one.
const REMEMBERED: usize = 256;

/// Names one request of this client for as long as the client lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RequestId(u64);

/// How far a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RequestProgress {
    /// It has not left this client.
    Issued,
    /// It was handed to the connection, and may have arrived.
    Sent,
    /// The service has it (PUBACK).
    Acknowledged,
}

/// A request that ended without a reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unanswered<W> {
    pub(crate) waiter: W,
    pub(crate) operation: Operation,
    /// How far it got.
    pub(crate) progress: RequestProgress,
}

/// Why a request cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IssueError {
    /// As many requests as allowed are waiting.
    Full,
    /// A request of the same operation with the same token is waiting: their replies could not be told apart.
    TokenInUse,
}

/// What a reply turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<W> {
    /// The answer to this request, which has ended by it.
    Answer(W),
    /// The answer to a request that had ended without one.
    Late,
    Duplicate,
    /// No request of this client carried that token.
    Unknown,
}

#[derive(Debug)]
struct WaitingRequest<W> {
    operation: Operation,
    token: String,
    deadline: Instant,
    progress: RequestProgress,
    waiter: W,
}

#[derive(Debug)]
struct Ended {
    operation: Operation,
    token: String,
    answered: bool,
}

/// The requests of one client that wait, at most `limit`, and a short memory of those that ended.
#[derive(Debug)]
pub(crate) struct WaitingRequests<W> {
    limit: usize,
    next_id: u64,
    waiting: BTreeMap<RequestId, WaitingRequest<W>>,
    ended: VecDeque<Ended>,
}

impl<W> WaitingRequests<W> {
    /// Nothing waits yet; at most `limit` requests will at a time.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            next_id: 0,
            waiting: BTreeMap::new(),
            ended: VecDeque::new(),
        }
    }

    /// A request begins to wait, until `deadline`. On failure the waiter comes back.
    pub(crate) fn issue(
        &mut self,
        deadline: Instant,
        operation: Operation,
        token: String,
        waiter: W,
    ) -> Result<RequestId, (W, IssueError)> {
        if self.waiting.len() >= self.limit {
            return Err((waiter, IssueError::Full));
        }
        if self.find(&operation, &token).is_some() {
            return Err((waiter, IssueError::TokenInUse));
        }
        let id = RequestId(self.next_id);
        self.next_id += 1;
        self.waiting.insert(
            id,
            WaitingRequest {
                operation,
                token,
                deadline,
                progress: RequestProgress::Issued,
                waiter,
            },
        );
        Ok(id)
    }

    /// Whether the request still waits.
    pub(crate) fn contains(&self, id: RequestId) -> bool {
        self.waiting.contains_key(&id)
    }

    /// What is waited with, if the request still waits.
    pub(crate) fn waiter(&self, id: RequestId) -> Option<&W> {
        self.waiting.get(&id).map(|waiting| &waiting.waiter)
    }

    /// The request was handed to the connection.
    pub(crate) fn sent(&mut self, id: RequestId) {
        self.advance(id, RequestProgress::Sent);
    }

    /// The service acknowledged the request, which is not yet a reply.
    pub(crate) fn acknowledged(&mut self, id: RequestId) {
        self.advance(id, RequestProgress::Acknowledged);
    }

    /// The request ends without a reply, for a reason of the caller's; `None` if it had ended.
    pub(crate) fn abandon(&mut self, id: RequestId) -> Option<Unanswered<W>> {
        let waiting = self.waiting.remove(&id)?;
        Some(self.end_unanswered(waiting))
    }

    /// Every request ends whose caller has given it up.
    pub(crate) fn abandon_where(&mut self, has_given_up: impl Fn(&W) -> bool) {
        let given_up: Vec<_> = self
            .waiting
            .extract_if(.., |_, waiting| has_given_up(&waiting.waiter))
            .collect();
        for (_, waiting) in given_up {
            self.end_unanswered(waiting);
        }
    }

    /// A reply arrived on the reply topic of `operation`.
    pub(crate) fn received(
        &mut self,
        operation: &Operation,
        verdict: Verdict,
        token: Option<&str>,
    ) -> Received<W> {
        let id = match token {
            Some(token) => self.find(operation, token),
            None => self.only_candidate(operation, verdict),
        };
        if let Some(waiting) = id.and_then(|id| self.waiting.remove(&id)) {
            self.remember(waiting.operation, waiting.token, true);
            return Received::Answer(waiting.waiter);
        }
        let ended = self
            .ended
            .iter_mut()
            .rev()
            .find(|ended| Some(ended.token.as_str()) == token && ended.operation == *operation);
        match ended {
            None => Received::Unknown,
            Some(ended) if ended.answered => Received::Duplicate,
            Some(ended) => {
                ended.answered = true;
                Received::Late
            }
        }
    }

    /// The connection is gone: every request ends, in the order of issue.
    pub(crate) fn link_lost(&mut self) -> Vec<Unanswered<W>> {
        std::mem::take(&mut self.waiting)
            .into_values()
            .map(|waiting| self.end_unanswered(waiting))
            .collect()
    }

    /// When [`WaitingRequests::handle_timeout`] wants to be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.values().map(|waiting| waiting.deadline).min()
    }

    /// Ends every request whose deadline is at or before `now`, in the order of issue.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Unanswered<W>> {
        self.waiting
            .extract_if(.., |_, waiting| waiting.deadline <= now)
            .map(|(_, waiting)| waiting)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|waiting| self.end_unanswered(waiting))
            .collect()
    }

    fn find(&self, operation: &Operation, token: &str) -> Option<RequestId> {
        self.waiting
            .iter()
            .find(|(_, waiting)| waiting.token == token && waiting.operation == *operation)
            .map(|(id, _)| *id)
    }

    /// GUESS: AWS does not document whether a rejection always echoes the token, for example if the token itself was
    /// rejected. Replies go only to the requester, so if only one request of that operation waits, it is the rejected one.
    fn only_candidate(&self, operation: &Operation, verdict: Verdict) -> Option<RequestId> {
        let mut candidates = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.operation == *operation);
        match (verdict, candidates.next(), candidates.next()) {
            (Verdict::Rejected, Some((id, _)), None) => Some(*id),
            _ => None,
        }
    }

    fn advance(&mut self, id: RequestId, progress: RequestProgress) {
        if let Some(waiting) = self.waiting.get_mut(&id) {
            waiting.progress = waiting.progress.max(progress);
        }
    }

    fn end_unanswered(&mut self, waiting: WaitingRequest<W>) -> Unanswered<W> {
        self.remember(waiting.operation.clone(), waiting.token, false);
        Unanswered {
            waiter: waiting.waiter,
            operation: waiting.operation,
            progress: waiting.progress,
        }
    }

    fn remember(&mut self, operation: Operation, token: String, answered: bool) {
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended {
            operation,
            token,
            answered,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::{JobId, JobRef};

    const LIMIT: usize = 3;

    enum Step {
        /// Operation, token, deadline in seconds; the waiter is the number of the request, from 0.
        Issue(&'static str, &'static str, u64),
        IssueFails(&'static str, &'static str, IssueError),
        Sent(usize),
        Acknowledged(usize),
        Abandon(usize, Option<RequestProgress>),
        /// A reply, and what it is.
        Received(&'static str, Verdict, Option<&'static str>, Received<usize>),
        /// The time in seconds, and which requests end by it.
        Timeout(u64, &'static [(usize, RequestProgress)]),
        LinkLost(&'static [(usize, RequestProgress)]),
        PollTimeout(Option<u64>),
    }

    fn operation(text: &str) -> Operation {
        match text {
            "get" => Operation::GetPendingJobExecutions,
            "start-next" => Operation::StartNextPendingJobExecution,
            "$next/get" => Operation::DescribeJobExecution(JobRef::Next),
            job => Operation::UpdateJobExecution(JobId::new(job).expect("a job id")),
        }
    }

    fn check(name: &str, steps: &[Step]) {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut waiting = WaitingRequests::new(LIMIT);
        let mut ids = Vec::new();
        let ends = |ended: Vec<Unanswered<usize>>| {
            ended
                .into_iter()
                .map(|unanswered| (unanswered.waiter, unanswered.progress))
                .collect::<Vec<_>>()
        };
        for (number, step) in steps.iter().enumerate() {
            let place = format!("{name}, step {number}");
            match step {
                Step::Issue(what, token, deadline) => {
                    let issued = waiting.issue(
                        at(*deadline),
                        operation(what),
                        (*token).to_owned(),
                        ids.len(),
                    );
                    ids.push(issued.expect("it can wait"));
                }
                Step::IssueFails(what, token, error) => assert_eq!(
                    waiting.issue(at(0), operation(what), (*token).to_owned(), 99),
                    Err((99, *error)),
                    "{place}"
                ),
                Step::Sent(request) => waiting.sent(ids[*request]),
                Step::Acknowledged(request) => waiting.acknowledged(ids[*request]),
                Step::Abandon(request, progress) => {
                    assert_eq!(
                        waiting.contains(ids[*request]),
                        progress.is_some(),
                        "{place}"
                    );
                    let ended = waiting.abandon(ids[*request]);
                    assert_eq!(ended.map(|ended| ended.progress), *progress, "{place}");
                }
                Step::Received(what, verdict, token, expected) => assert_eq!(
                    waiting.received(&operation(what), *verdict, *token),
                    *expected,
                    "{place}"
                ),
                Step::Timeout(now, expected) => {
                    assert_eq!(ends(waiting.handle_timeout(at(*now))), *expected, "{place}");
                }
                Step::LinkLost(expected) => {
                    assert_eq!(ends(waiting.link_lost()), *expected, "{place}");
                }
                Step::PollTimeout(expected) => {
                    assert_eq!(waiting.poll_timeout(), expected.map(at), "{place}");
                }
            }
        }
    }

    #[test]
    fn a_request_ends_exactly_once() {
        use RequestProgress::{Acknowledged, Issued, Sent};
        use Verdict::{Accepted, Rejected};
        for (name, steps) in [
            (
                "answered, then again",
                vec![
                    Step::Issue("get", "a", 30),
                    Step::Received("get", Accepted, Some("a"), Received::Answer(0)),
                    Step::Received("get", Accepted, Some("a"), Received::Duplicate),
                    Step::Timeout(30, &[]),
                    Step::LinkLost(&[]),
                    Step::Abandon(0, None),
                ],
            ),
            (
                "answered in another order",
                vec![
                    Step::Issue("get", "a", 30),
                    Step::Issue("get", "b", 30),
                    Step::Received("get", Rejected, Some("b"), Received::Answer(1)),
                    Step::Received("get", Accepted, Some("a"), Received::Answer(0)),
                ],
            ),
            (
                "the token alone is not enough",
                vec![
                    Step::Issue("J", "a", 30),
                    Step::Received("K", Accepted, Some("a"), Received::Unknown),
                    Step::Received("get", Accepted, Some("a"), Received::Unknown),
                    Step::Received("J", Accepted, Some("b"), Received::Unknown),
                    Step::Received("J", Accepted, Some("a"), Received::Answer(0)),
                ],
            ),
            (
                "late once, duplicate from then on",
                vec![
                    Step::Issue("$next/get", "a", 30),
                    Step::Sent(0),
                    Step::Timeout(29, &[]),
                    Step::Timeout(30, &[(0, Sent)]),
                    Step::Timeout(31, &[]),
                    Step::Received("$next/get", Accepted, Some("a"), Received::Late),
                    Step::Received("$next/get", Accepted, Some("a"), Received::Duplicate),
                ],
            ),
            (
                "the same token again after the end",
                vec![
                    Step::Issue("get", "a", 30),
                    Step::Timeout(30, &[(0, Issued)]),
                    Step::Issue("get", "a", 60),
                    Step::Received("get", Accepted, Some("a"), Received::Answer(1)),
                    Step::Received("get", Accepted, Some("a"), Received::Duplicate),
                ],
            ),
            (
                "a lost link ends all, each with how far it got",
                vec![
                    Step::Issue("get", "a", 30),
                    Step::Issue("J", "b", 30),
                    Step::Issue("start-next", "c", 30),
                    Step::Sent(1),
                    Step::Sent(2),
                    Step::Acknowledged(2),
                    Step::Sent(2),
                    Step::LinkLost(&[(0, Issued), (1, Sent), (2, Acknowledged)]),
                    Step::Received("J", Accepted, Some("b"), Received::Late),
                    Step::PollTimeout(None),
                ],
            ),
            (
                "refused by PUBACK",
                vec![
                    Step::Issue("get", "a", 30),
                    Step::Sent(0),
                    Step::Abandon(0, Some(Sent)),
                    Step::Abandon(0, None),
                    Step::Received("get", Accepted, Some("a"), Received::Late),
                ],
            ),
            (
                "no more than the limit",
                vec![
                    Step::Issue("get", "a", 10),
                    Step::Issue("get", "b", 20),
                    Step::Issue("get", "c", 30),
                    Step::IssueFails("get", "d", IssueError::Full),
                    Step::PollTimeout(Some(10)),
                    Step::Timeout(20, &[(0, Issued), (1, Issued)]),
                    Step::PollTimeout(Some(30)),
                    Step::Issue("get", "d", 40),
                ],
            ),
            (
                "a token in use, though not by the same operation",
                vec![
                    Step::Issue("J", "a", 30),
                    Step::IssueFails("J", "a", IssueError::TokenInUse),
                    Step::Issue("K", "a", 30),
                ],
            ),
            (
                "a rejection without a token, if one request can be meant",
                vec![
                    Step::Issue("J", "a", 30),
                    Step::Issue("K", "b", 30),
                    Step::Received("J", Accepted, None, Received::Unknown),
                    Step::Received("J", Rejected, None, Received::Answer(0)),
                    Step::Issue("K", "c", 30),
                    Step::Received("K", Rejected, None, Received::Unknown),
                ],
            ),
        ] {
            check(name, &steps);
        }
    }

    #[test]
    fn the_memory_of_ended_requests_is_bounded() {
        let mut waiting = WaitingRequests::new(LIMIT);
        let deadline = Instant::now();
        for number in 0..=REMEMBERED {
            let token = number.to_string();
            let issued = waiting.issue(deadline, operation("get"), token, ());
            assert!(issued.is_ok());
            assert_eq!(waiting.handle_timeout(deadline).len(), 1);
        }
        for (number, expected) in [(0, Received::Unknown), (1, Received::Late)] {
            let token = Some(number.to_string());
            let received = waiting.received(&operation("get"), Verdict::Accepted, token.as_deref());
            assert_eq!(received, expected);
        }
    }
}
