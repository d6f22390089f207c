//! The service, and what an operator does there.

use std::collections::VecDeque;

use jobs_sandbox::executor::core::{Answer, ExecutionId};
use jobs_sandbox::protocol::{
    DeviceRequest, EpochMillis, EventMessage, EventName, JobId, JobsTopic, Payload, ThingName,
};
use jobs_sandbox::service::{Extras, HttpRequest, Service, ServiceMessage};
use serde_json::{Value, json};

use crate::service::identity;

/// The only thing.
pub(crate) const THING: &str = "T";

/// What happens to a request on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    Pass,
    /// It does not arrive.
    LoseRequest,
    /// It is carried out, and its reply does not arrive.
    LoseReply,
    /// It is refused with this payload, and not carried out.
    Refuse(Value),
    /// It is answered with this payload, and not carried out.
    Accept(Value),
}

/// A refusal with a code.
pub(crate) fn refusal(code: &str) -> Fault {
    Fault::Refuse(json!({ "code": code, "message": "no" }))
}

pub(crate) struct Cloud {
    service: Service,
    /// What the next requests of the device meet.
    pub(crate) faults: VecDeque<Fault>,
    /// The last reply that was lost.
    pub(crate) lost: Option<Answer>,
}

/// An execution as the control plane shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: ExecutionId,
    pub(crate) status: String,
}

impl Cloud {
    pub(crate) fn new() -> Self {
        let mut service = Service::new(identity());
        service.register_thing(
            EpochMillis(0),
            &ThingName::new(THING).expect("a thing name"),
        );
        let mut cloud = Self {
            service,
            faults: VecDeque::new(),
            lost: None,
        };
        let _ = cloud.control(EpochMillis(0), "POST", "/thing-groups/G", &json!({}));
        cloud
    }

    pub(crate) fn poll_timeout(&self) -> Option<EpochMillis> {
        self.service.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, now: EpochMillis) -> Vec<EventMessage> {
        events(self.service.handle_timeout(now))
    }

    /// A request of the device: the reply, unless none comes, and the events. A reply that is lost is in [`Cloud::lost`].
    pub(crate) fn request(
        &mut self,
        now: EpochMillis,
        request: &DeviceRequest,
    ) -> (Option<Answer>, Vec<EventMessage>) {
        let fault = self.faults.pop_front();
        match fault {
            Some(Fault::LoseRequest) => return (None, Vec::new()),
            Some(Fault::Refuse(payload)) => {
                let payload = Payload::from(payload.to_string());
                return (Some(Answer::Rejected(payload)), Vec::new());
            }
            Some(Fault::Accept(payload)) => {
                let payload = Payload::from(payload.to_string());
                return (Some(Answer::Accepted(payload)), Vec::new());
            }
            Some(Fault::LoseReply | Fault::Pass) | None => {}
        }
        let topic = format!("$aws/things/{THING}/jobs/{}", request.operation());
        let payload = request.payload();
        let (parsed, payload) = (topic.parse(), payload.as_bytes());
        let handled = self.service.handle_device(now, &topic, parsed, payload);
        let reply = handled.reply.map(|reply| {
            let payload = Payload::from(&reply.payload[..]);
            if reply.topic.ends_with("/accepted") {
                Answer::Accepted(payload)
            } else {
                Answer::Rejected(payload)
            }
        });
        let events = events(handled.notifications);
        if fault == Some(Fault::LoseReply) {
            self.lost = reply;
            return (None, events);
        }
        (reply, events)
    }

    /// A request of the operator: the HTTP status, the answer and the events.
    pub(crate) fn control(
        &mut self,
        now: EpochMillis,
        method: &str,
        target: &str,
        body: &Value,
    ) -> (u16, Value, Vec<EventMessage>) {
        let request = HttpRequest::new(method, target, body);
        let outcome = self
            .service
            .handle_control_plane(now, &request, &Extras::default());
        let answer = serde_json::from_slice(&outcome.reply.body).unwrap_or_default();
        (outcome.reply.status, answer, events(outcome.notifications))
    }

    /// Every execution of the thing.
    pub(crate) fn executions(&mut self, now: EpochMillis) -> Vec<Seen> {
        let list = format!("/things/{THING}/jobs");
        let (_, list, _) = self.control(now, "GET", &list, &Value::Null);
        let entries = list["executionSummaries"].as_array().expect("executions");
        let seen = entries.iter().map(|entry| {
            let job = entry["jobId"].as_str().expect("a job id");
            let summary = &entry["jobExecutionSummary"];
            let seconds = summary["queuedAt"].as_f64().expect("a time");
            #[expect(clippy::cast_possible_truncation, reason = "a small number")]
            let queued_at = seconds as i64;
            Seen {
                id: ExecutionId {
                    job_id: JobId::new(job).expect("a job id"),
                    execution_number: summary["executionNumber"].as_i64().expect("a number"),
                    queued_at,
                },
                status: summary["status"].as_str().expect("a status").to_owned(),
            }
        });
        seen.collect()
    }
}

/// The events of the thing among the messages.
fn events(messages: Vec<ServiceMessage>) -> Vec<EventMessage> {
    let events = messages.into_iter().filter_map(|message| {
        let topic: JobsTopic = message.topic.parse().ok()?;
        let mut names = EventName::ALL.into_iter();
        Some(EventMessage {
            name: names.find(|name| name.topic() == topic.topic)?,
            payload: Payload::from(&message.payload[..]),
        })
    });
    events.collect()
}
