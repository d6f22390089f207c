//! The job service: the one authority on things, jobs and job executions, as AWS documents it and as recorded sessions show
//! it. Pure: it takes the time and returns what is to be sent; no sockets, files, clock, randomness or printing.
//!
//! | file | what it holds |
//! |---|---|
//! | [`device_api`], [`device_request`] | the device's operations over MQTT, and what their requests must look like |
//! | [`control_api`] | the control plane: which request is which operation, and its errors |
//! | [`create_job`], [`job_api`], [`execution_api`], [`thing_api`], [`group_api`] | the operations of the control plane |
//! | [`execution`] | a job execution, and its state machine |
//! | [`executions`] | all of them, with the pending lists and the timers |
//! | [`job`], [`registry`] | jobs; things and thing groups |
//! | [`notify`] | the two event streams, derived from what changed |
//! | [`document`], [`json`], [`constraint`], [`paging`], [`limits`] | job documents, output, validation messages, lists in pages, documented limits |

mod constraint;
mod control_api;
mod create_job;
mod device_api;
mod device_request;
mod document;
mod execution;
mod execution_api;
mod executions;
mod group_api;
mod job;
mod job_api;
mod json;
mod limits;
mod notify;
mod paging;
mod registry;
mod thing_api;

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::protocol::{EpochMillis, JobExecutionStatus, JobId, ThingName};
use crate::service::execution::{Event, Execution, Refusal};
use crate::service::executions::{CountChange, ExecutionKey, Executions};
use crate::service::job::{Job, JobStatus};
use crate::service::registry::Registry;

pub use execution::transition_matrix;

/// A message for every subscriber of its topic that may receive it (QoS 1, not retained).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub topic: String,
    /// Compact JSON.
    pub payload: Vec<u8>,
}

/// What one input brings about. The reply always goes out before the notifications that it causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<R> {
    /// For the requester alone.
    pub reply: R,
    /// For the subscribers, in this order.
    pub notifications: Vec<Message>,
}

/// A request of the control plane as HTTP carried it; authenticated, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRequest {
    /// `GET`, `PUT`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// What stands behind the `?`, still percent-encoded; empty if nothing does.
    pub query: String,
    /// The body as sent.
    pub body: Vec<u8>,
}

/// The answer of the control plane, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlResponse {
    /// The HTTP status.
    pub status: u16,
    /// Of an error: the exception's name, for the `x-amzn-ErrorType` header.
    pub error: Option<&'static str>,
    /// JSON, or empty.
    pub body: Vec<u8>,
}

/// Who the service pretends to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Such as `us-east-1`; part of every ARN.
    pub region: String,
    /// Twelve digits; part of every ARN.
    pub account: String,
    /// What `DescribeEndpoint` answers.
    pub endpoint: String,
    /// Sets apart the ids (of things, of groups) of one run from those of another.
    pub seed: u128,
}

impl Identity {
    /// `arn:aws:iot:REGION:ACCOUNT:RESOURCE`
    pub fn arn(&self, resource: &str) -> String {
        format!("arn:aws:iot:{}:{}:{resource}", self.region, self.account)
    }
}

/// The service and all its state.
#[derive(Debug)]
pub struct Service {
    identity: Identity,
    registry: Registry,
    jobs: BTreeMap<JobId, Job>,
    executions: Executions,
    /// Grows with everything created, so that things of one millisecond keep their order.
    sequence: u64,
}

impl Service {
    /// A service that knows nothing yet.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            registry: Registry::default(),
            jobs: BTreeMap::new(),
            executions: Executions::default(),
            sequence: 0,
        }
    }

    /// A PUBLISH of a device to any topic below `$aws/things/THING/jobs`. The reply is for the publisher alone, whether it
    /// subscribed or not; `None` where AWS stays silent.
    pub fn handle_device(
        &mut self,
        now: EpochMillis,
        topic: &str,
        payload: &[u8],
    ) -> Outcome<Option<Message>> {
        let reply = device_api::handle(self, now, topic, payload);
        Outcome {
            reply,
            notifications: self.take_notifications(now),
        }
    }

    /// A request of the control plane.
    pub fn handle_control(
        &mut self,
        now: EpochMillis,
        request: &ControlRequest,
    ) -> Outcome<ControlResponse> {
        let reply = control_api::handle(self, now, request);
        Outcome {
            reply,
            notifications: self.take_notifications(now),
        }
    }

    /// When [`Service::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        self.executions.next_timer()
    }

    /// Lets every timer that is due by `now` run out, each at its own time: advancing once by n is advancing n times by one.
    pub fn handle_timeout(&mut self, now: EpochMillis) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some((at, key, number)) = self.executions.due(now) {
            // A timer runs only while the execution is in progress, so this cannot be refused.
            if self.apply(&key, number, Event::TimeOut, at).is_err() {
                break;
            }
            messages.extend(self.take_notifications(at));
        }
        messages
    }

    fn take_notifications(&mut self, now: EpochMillis) -> Vec<Message> {
        let touched = self.executions.take_touched();
        notify::notifications(&touched, &self.executions, &self.jobs, now)
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn device_document(&self, job: &JobId) -> Option<&RawValue> {
        self.jobs.get(job).map(|job| &*job.device_document)
    }

    /// Queues the next execution of a job for a thing: the first, or the next attempt.
    fn queue(&mut self, key: &ExecutionKey, retry_attempt: u32, now: EpochMillis) {
        let number = self
            .executions
            .get(key, None)
            .map_or(1, |newest| newest.number + 1);
        let mut execution = Execution::queued(number, self.next_sequence(), now);
        execution.retry_attempt = retry_attempt;
        let change = self.executions.insert(key, execution);
        self.count(&key.job, change);
        if let Some(job) = self.jobs.get_mut(&key.job) {
            job.things.insert(key.thing.clone());
        }
    }

    /// Lets an event happen to an execution, with all that follows for its job.
    fn apply(
        &mut self,
        key: &ExecutionKey,
        number: u64,
        event: Event,
        now: EpochMillis,
    ) -> Result<(), Refusal> {
        let Some(execution) = self.executions.get(key, Some(number)) else {
            return Err(Refusal::NoOp);
        };
        let status = execution::next(execution.status, event)?;
        let starts = execution.status == JobExecutionStatus::Queued
            && status == JobExecutionStatus::InProgress;
        let retry_attempt = execution.retry_attempt;
        let timeout = self
            .jobs
            .get(&key.job)
            .and_then(|job| job.in_progress_timeout_minutes);
        let change = self.executions.change(key, number, |execution| {
            execution.enter(status, now);
            if starts {
                execution.in_progress_deadline = timeout.map(|minutes| now.plus_minutes(minutes));
            }
            if let Event::Cancel { force } = event {
                execution.force_canceled = Some(force);
            }
        });
        if let Some(change) = change {
            self.count(&key.job, change);
        }
        if self.is_retried(&key.job, status, retry_attempt) {
            self.queue(key, retry_attempt + 1, now);
        }
        self.roll_up(&key.job, now);
        Ok(())
    }

    /// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-configurations-details.html>
    fn is_retried(&self, job: &JobId, status: JobExecutionStatus, retry_attempt: u32) -> bool {
        self.jobs.get(job).is_some_and(|job| {
            job.status == JobStatus::InProgress
                && job.retry.iter().any(|criteria| {
                    criteria.covers(status) && retry_attempt < criteria.number_of_retries
                })
        })
    }

    fn count(&mut self, job: &JobId, change: CountChange) {
        if let Some(job) = self.jobs.get_mut(job) {
            if let Some(from) = change.from {
                let count = job.counts.entry(from).or_default();
                *count = count.saturating_sub(1);
            }
            if let Some(to) = change.to {
                *job.counts.entry(to).or_default() += 1;
            }
        }
    }

    /// A SNAPSHOT job is completed once every execution is over, however it ended; a CONTINUOUS one never is.
    /// <https://docs.aws.amazon.com/iot/latest/developerguide/iot-jobs-lifecycle.html>
    fn roll_up(&mut self, job: &JobId, now: EpochMillis) {
        if let Some(job) = self.jobs.get_mut(job)
            && job.status == JobStatus::InProgress
            && !job.continuous
            && job.is_finished()
        {
            job.status = JobStatus::Completed;
            job.completed_at = Some(now);
            job.last_updated_at = now;
        }
    }

    /// Queues a job for a thing unless the newest attempt is not over yet.
    fn queue_if_over(&mut self, thing: &ThingName, job: &JobId, now: EpochMillis) {
        let key = ExecutionKey {
            thing: thing.clone(),
            job: job.clone(),
        };
        if self
            .executions
            .get(&key, None)
            .is_none_or(|newest| newest.status.is_terminal())
        {
            self.queue(&key, 0, now);
        }
    }
}
