//! The operations of the device over MQTT: which topic is which operation, and where the reply goes.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html>

use crate::protocol::{EpochMillis, ErrorCode, JobsTopic, Topic, TopicError, Verdict};
use crate::service::data::operation::perform;
use crate::service::data::reply::{JobsReply, Rejection};
use crate::service::data::request::JobsRequest;
use crate::service::handled::ServiceMessage;
use crate::service::json;
use crate::service::state::Service;
use crate::service::view::{StateView, Transport};

/// The message of a throttled request. GUESS: AWS documents the codes but not the messages; its frameworks use this one.
pub const THROTTLED: &str = "Rate exceeded";

/// Handles a request to a topic; `parsed` is the same topic, parsed. Returns `None` if a device may not publish to the
/// topic; AWS then sends nothing.
pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    topic: &str,
    parsed: Result<JobsTopic, TopicError>,
    payload: &[u8],
) -> Option<ServiceMessage> {
    let parsed = match parsed {
        Ok(JobsTopic {
            thing,
            topic: Topic::Request(operation),
        }) => Ok((thing, operation)),
        Ok(_) | Err(TopicError::NotJobs) => return None,
        // GUESS: the guide defines InvalidTopic but not the topic on which it is sent.
        Err(TopicError::NoSuchApi) => Err(Rejection::new(
            ErrorCode::InvalidTopic,
            "The request was sent to a topic in the AWS IoT Jobs namespace that does not map to any API",
        )),
    };
    let request = JobsRequest::decode(payload);
    let envelope = Envelope::new(topic, now, &request);
    let answered = parsed.and_then(|(thing, operation)| {
        let request = request?;
        let accepted = perform(service, now, &thing, &operation, &request, Transport::Mqtt)?;
        Ok(envelope.reply(Verdict::Accepted, accepted))
    });
    Some(answered.unwrap_or_else(|rejection| envelope.reject(&rejection)))
}

/// Why a request is refused, whatever it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedRequest {
    Throttled,
    /// `InvalidRequest`, with this message.
    Invalid(String),
}

/// Refuses a request, whatever its operation.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-api.html#jobs-mqtt-error-response>
pub(crate) fn refuse(
    now: EpochMillis,
    topic: &str,
    parsed: &Result<JobsTopic, TopicError>,
    payload: &[u8],
    why: RefusedRequest,
) -> Option<ServiceMessage> {
    let Ok(JobsTopic {
        topic: Topic::Request(_),
        ..
    }) = parsed
    else {
        return None;
    };
    let envelope = Envelope::new(topic, now, &JobsRequest::decode(payload));
    let rejection = match why {
        RefusedRequest::Throttled => Rejection::new(ErrorCode::RequestThrottled, THROTTLED),
        RefusedRequest::Invalid(message) => Rejection::new(ErrorCode::InvalidRequest, message),
    };
    Some(envelope.reject(&rejection))
}

/// What turns an answer into the reply to one request.
struct Envelope<'a> {
    topic: &'a str,
    now: EpochMillis,
    token: Option<String>,
}

impl<'a> Envelope<'a> {
    fn new(topic: &'a str, now: EpochMillis, request: &Result<JobsRequest, Rejection>) -> Self {
        let token = request.as_ref().ok().and_then(|it| it.client_token.clone());
        Self { topic, now, token }
    }

    fn reply(&self, verdict: Verdict, reply: JobsReply<'_>) -> ServiceMessage {
        ServiceMessage {
            topic: [self.topic, "/", verdict.as_str()].concat(),
            payload: json::to_vec(&JobsReply {
                client_token: self.token.as_deref(),
                timestamp: Some(self.now.seconds()),
                ..reply
            }),
        }
    }

    fn reject(&self, rejection: &Rejection) -> ServiceMessage {
        let rejected = JobsReply {
            execution_state: rejection.state.as_deref().map(StateView),
            code: Some(rejection.code),
            message: Some(&rejection.message),
            ..JobsReply::default()
        };
        self.reply(Verdict::Rejected, rejected)
    }
}
