//! The job service: the one authority on things, jobs and job executions, as AWS documents it and as recorded sessions show
//! it. Pure: it takes the time and returns what is to be sent; no sockets, files, clock, randomness or printing.
//!
//! | where | what it holds |
//! |---|---|
//! | [`data`] | the operations of a device, over MQTT and over HTTP |
//! | [`control`] | the operations of the control plane |
//! | [`lifecycle`] | what becomes of a job and its executions, whoever caused it |
//! | [`execution`] | a job execution, and its state machine |
//! | [`executions`] | all of them, with the pending lists and the timers |
//! | [`job`], [`rollout`], [`abort`], [`schedule`] | jobs, and their configurations |
//! | [`registry`] | things and thing groups |
//! | [`principals`], [`grant`] | certificates and policies; what they bring to a connection |
//! | [`notify`] | the two event streams, derived from what changed |
//! | [`document`], [`json`], [`constraint`], [`limits`] | job documents, output, validation messages, documented limits |
//! | [`state`] | everything, for tests to look at |

mod abort;
mod constraint;
mod control;
mod data;
mod document;
mod execution;
mod executions;
mod grant;
mod job;
mod json;
mod lifecycle;
mod limits;
mod notify;
mod principals;
mod registry;
mod rollout;
mod schedule;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::protocol::{EpochMillis, JobId, JobsTopic, TopicError};
use crate::service::control::event_api::Events;
use crate::service::execution::ExecutionEvent;
use crate::service::executions::Executions;
use crate::service::job::Job;
use crate::service::principals::Principals;
use crate::service::registry::Registry;

pub use control::principal_api::{Extras, wants_certificate};
pub use execution::transition_matrix;
pub use grant::{Grant, GrantedPolicy, Registration};
pub use principals::{NewCertificate, PolicyCheck};

/// What is said about a request that is refused as too many.
/// GUESS: AWS documents the codes and no words; these are what its frameworks say.
pub const THROTTLED: &str = "Rate exceeded";

/// A message for every subscriber of its topic that may receive it (QoS 1, not retained).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMessage {
    /// Where it is published.
    pub topic: String,
    pub payload: Vec<u8>,
}

/// What one input brings about. The reply always goes out before the notifications that it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled<R> {
    /// For the requester alone.
    pub reply: R,
    /// For the subscribers, in this order.
    pub notifications: Vec<ServiceMessage>,
}

/// A request of the control plane or of the data plane as HTTP carried it; authenticated, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `PUT`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// What stands behind the `?`, still percent-encoded; empty if nothing does.
    pub query: String,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A request to a path, which may have a query behind `?`, with a body of JSON; with none if it is null.
    pub fn new(method: &str, target: &str, body: &Value) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        }
    }
}

/// The answer of either plane, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    /// Of an error: the exception's name, for the `x-amzn-ErrorType` header.
    pub error: Option<&'static str>,
    pub body: Vec<u8>,
}

/// Who the service pretends to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceIdentity {
    /// Such as `us-east-1`; part of every ARN.
    pub region: String,
    /// Twelve digits; part of every ARN.
    pub account: String,
    /// What `DescribeEndpoint` answers.
    pub endpoint: String,
    /// Sets apart the ids (of things, of groups) of one run from those of another.
    pub seed: u128,
}

impl ServiceIdentity {
    /// `arn:aws:iot:REGION:ACCOUNT:RESOURCE`
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:aws:iot:{}:{}:{resource}", self.region, self.account)
    }
}

/// The service and all its state.
#[derive(Debug)]
pub struct Service {
    identity: ServiceIdentity,
    registry: Registry,
    jobs: BTreeMap<JobId, Job>,
    executions: Executions,
    /// When something is due for a job: its start, its end or its next batch.
    job_timers: BTreeSet<(EpochMillis, JobId)>,
    principals: Principals,
    events: Events,
    /// Grows with everything created, so that things of one millisecond keep their order.
    sequence: u64,
}

impl Service {
    /// A service that knows nothing yet.
    pub fn new(identity: ServiceIdentity) -> Self {
        Self {
            identity,
            registry: Registry::default(),
            jobs: BTreeMap::new(),
            executions: Executions::default(),
            job_timers: BTreeSet::new(),
            principals: Principals::new(|_| Ok(())),
            events: Events::default(),
            sequence: 0,
        }
    }

    /// A PUBLISH of a device to any topic below `$aws/things/THING/jobs`; `parsed` is that topic, which the caller has parsed
    /// to see that it belongs here. The reply is for the publisher alone, whether it subscribed or not; `None` where AWS
    /// stays silent.
    pub fn handle_device(
        &mut self,
        now: EpochMillis,
        topic: &str,
        parsed: Result<JobsTopic, TopicError>,
        payload: &[u8],
    ) -> Handled<Option<ServiceMessage>> {
        let reply = data::mqtt::handle(self, now, topic, parsed, payload);
        Handled {
            reply,
            notifications: self.take_notifications(now),
        }
    }

    /// A request of a device that is refused as too many, as [`Service::handle_device`] would answer it. Nothing changes.
    pub fn throttle_device(
        &self,
        now: EpochMillis,
        topic: &str,
        parsed: &Result<JobsTopic, TopicError>,
        payload: &[u8],
    ) -> Option<ServiceMessage> {
        data::mqtt::throttle(now, topic, parsed, payload)
    }

    /// A request of the control plane, with what a few operations need besides.
    pub fn handle_control_plane(
        &mut self,
        now: EpochMillis,
        request: &HttpRequest,
        extras: &Extras,
    ) -> Handled<HttpResponse> {
        let reply = control::routes::handle(self, now, request, extras);
        Handled {
            reply,
            notifications: self.take_notifications(now),
        }
    }

    /// A request of a device over HTTP (`iot-jobs-data`).
    pub fn handle_data_plane(
        &mut self,
        now: EpochMillis,
        request: &HttpRequest,
    ) -> Handled<HttpResponse> {
        let reply = data::http::handle(self, now, request);
        Handled {
            reply,
            notifications: self.take_notifications(now),
        }
    }

    /// When [`Service::handle_timeout`] wants to be called next. What is due comes before any other input: call it first.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        let jobs = self.job_timers.first().map(|(due, _)| *due);
        self.executions.next_timer().into_iter().chain(jobs).min()
    }

    /// Lets everything happen that is due by `now`, each at its own time: advancing once by n is advancing n times by one.
    pub fn handle_timeout(&mut self, now: EpochMillis) -> Vec<ServiceMessage> {
        let mut messages = Vec::new();
        while let Some(at) = self.poll_timeout().filter(|due| *due <= now) {
            if let Some((_, key, number)) = self.executions.due(at) {
                // A timer runs only while the execution is in progress, so this cannot be refused.
                if self
                    .apply(&key, number, ExecutionEvent::TimeOut, at)
                    .is_err()
                {
                    break;
                }
            } else if let Some((_, job)) = self.job_timers.first().cloned() {
                self.job_is_due(&job, at);
            }
            messages.extend(self.take_notifications(at));
        }
        messages
    }

    fn take_notifications(&mut self, now: EpochMillis) -> Vec<ServiceMessage> {
        let touched = self.executions.take_touched();
        let mut messages = notify::notifications(&touched, &self.executions, &self.jobs, now);
        // GUESS: after those of the things; nothing is said about the order of the two.
        messages.extend(self.take_events(now));
        messages
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}
