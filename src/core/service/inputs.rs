//! The inputs: requests of devices and of the control plane, and the time.

use crate::protocol::{EpochMillis, JobsTopic, ThingName, TopicError};
use crate::service::control::call::Extras;
use crate::service::control::routes;
use crate::service::diary::Entry;
use crate::service::execution::ExecutionEvent;
use crate::service::handled::{Handled, ServiceMessage};
use crate::service::http::answer::HttpResponse;
use crate::service::http::request::HttpRequest;
use crate::service::state::Service;
use crate::service::{RefusedRequest, data, notify};

impl Service {
    /// A PUBLISH of a device to any topic below `$aws/things/THING/jobs`; `parsed` is that topic, which the caller has
    /// parsed already. The reply is only for the publisher, subscribed or not; `None` if AWS sends no reply.
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

    /// The response to a device's request that is refused whatever it asks; otherwise as [`Service::handle_device`]. Nothing
    /// changes.
    pub fn refuse_device(
        &self,
        now: EpochMillis,
        topic: &str,
        parsed: &Result<JobsTopic, TopicError>,
        (payload, why): (&[u8], RefusedRequest),
    ) -> Option<ServiceMessage> {
        data::mqtt::refuse(now, topic, parsed, payload, why)
    }

    /// A request of the control plane, with what a few operations also need.
    pub fn handle_control_plane(
        &mut self,
        now: EpochMillis,
        request: &HttpRequest,
        extras: &Extras,
    ) -> Handled<HttpResponse> {
        let reply = routes::handle(self, now, request, extras);
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

    /// When [`Service::handle_timeout`] must be called next. Due timers come before any other input: call it first.
    pub fn poll_timeout(&self) -> Option<EpochMillis> {
        let jobs = self.job_timers.first().map(|(due, _)| *due);
        self.executions.next_timer().into_iter().chain(jobs).min()
    }

    /// Whether anything is due that can change an execution by itself: more than maintenance windows that open and close.
    pub fn is_change_due(&self) -> bool {
        let jobs = self.job_timers.iter();
        let mut jobs = jobs.filter_map(|(_, id)| self.jobs.get(id));
        self.executions.next_timer().is_some() || jobs.any(|job| !job.only_turns())
    }

    /// Runs everything that is due by `now`, each at its own time: advancing once by n equals advancing n times by one.
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

    /// From now on, what happens is noted.
    pub fn keep_diary(&mut self) {
        self.diary.is_kept = true;
    }

    /// What happened since the last call, in order.
    pub fn take_diary(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.diary.entries)
    }

    /// From now on, a thing is away, or is not. While it is, no messages are made for it, and it must not send requests.
    /// That makes no difference to the thing, which asks for its pending list when it is back.
    pub fn set_away(&mut self, thing: &ThingName, is_away: bool) {
        self.executions.set_away(thing, is_away);
    }

    fn take_notifications(&mut self, now: EpochMillis) -> Vec<ServiceMessage> {
        let touched = self.executions.take_touched();
        let mut messages = notify::notifications(
            &touched,
            (&self.executions, &self.jobs),
            &self.identity,
            now,
        );
        // GUESS: after the notifications of the things; the order of the two is not documented.
        let waiting = self
            .events
            .take(&self.executions, &self.identity, &mut self.ids, now);
        messages.extend(waiting);
        messages
    }
}
