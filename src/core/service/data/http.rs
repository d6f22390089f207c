//! The operations of the device over HTTP (`iot-jobs-data`): which request is which operation, and how it fails.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-http-device-api.html>

use serde_json::{Map, Value, json};

use std::borrow::Cow;

use crate::protocol::{EpochMillis, ErrorCode, JobRef, Operation};
use crate::service::data::operation::perform;
use crate::service::data::reply::Rejection;
use crate::service::data::request::JobsRequest;
use crate::service::http::answer::{HttpError, HttpResponse};
use crate::service::http::names::{job_id, thing_name};
use crate::service::http::parameters::Parameters;
use crate::service::http::request::HttpRequest;
use crate::service::json;
use crate::service::state::Service;
use crate::service::view::Transport;

/// The response to a wrong `expectedVersion`. The model of the API has no exception for it; recorded sessions differ between
/// this and 409.
const VERSION_MISMATCH: (u16, &str) = (400, "InvalidRequestException");

pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
) -> HttpResponse {
    HttpResponse::from(answer(service, now, request))
}

fn answer(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
) -> Result<Vec<u8>, HttpError> {
    let (thing, operation) = operation(request)?;
    let thing = thing_name(&thing)?;
    let members = members(&Parameters::decode(request)?);
    let request = JobsRequest::new(members);
    let reply = perform(service, now, &thing, &operation, &request, Transport::Http);
    reply.map(|reply| json::to_vec(&reply)).map_err(refused)
}

/// The thing of a request, and the operation by AWS's name; `None` if the request is not one of a device.
pub fn device_operation(request: &HttpRequest) -> Option<(String, &'static str)> {
    let (thing, operation) = operation(request).ok()?;
    Some((thing, operation.name()))
}

/// Which operation a request is, and of which thing.
fn operation(request: &HttpRequest) -> Result<(String, Operation), HttpError> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    let (thing, operation) = match (request.method.as_str(), segments.as_slice()) {
        ("GET", &["things", thing, "jobs"]) => (thing, Operation::GetPendingJobExecutions),
        ("PUT", &["things", thing, "jobs", "$next"]) => {
            (thing, Operation::StartNextPendingJobExecution)
        }
        ("GET", &["things", thing, "jobs", "$next"]) => {
            (thing, Operation::DescribeJobExecution(JobRef::Next))
        }
        ("GET", &["things", thing, "jobs", job]) => {
            let job = JobRef::Id(job_id(job)?);
            (thing, Operation::DescribeJobExecution(job))
        }
        ("POST", &["things", thing, "jobs", job]) => {
            (thing, Operation::UpdateJobExecution(job_id(job)?))
        }
        (method, segments) => {
            let what = absent(segments).map_or_else(
                || format!("`{method} {}` of iot-jobs-data", request.path),
                ToOwned::to_owned,
            );
            return Err(HttpError::not_emulated(&what));
        }
    };
    Ok((thing.to_owned(), operation))
}

/// What else AWS serves on the port of devices, by the path.
fn absent(segments: &[&str]) -> Option<&'static str> {
    match segments {
        // https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Data_Plane.html
        ["topics", ..] => Some("publishing over HTTPS (`iot-data`)"),
        ["retainedMessage", ..] => Some("retained messages over HTTPS (`iot-data`)"),
        ["connections", ..] => Some("connections over HTTPS (`iot-data`)"),
        ["things", _, "shadow"] | ["api", "things", "shadow", ..] => {
            Some("device shadows (`iot-data`)")
        }
        ["command-executions"] => Some("AWS IoT commands"),
        // https://docs.aws.amazon.com/greengrass/v2/developerguide/greengrass-discover-api.html
        ["greengrass", ..] => Some("the discovery of AWS IoT Greengrass"),
        // https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html
        ["mqtt"] => Some("MQTT over WebSockets"),
        _ => None,
    }
}

/// What a request over MQTT has in its payload is here in the body or in the query, where all values are texts.
fn members(parameters: &Parameters) -> Map<String, Value> {
    let mut members = parameters.body().clone();
    members.remove("clientToken");
    for name in ["executionNumber", "includeJobDocument"] {
        if let Some(text) = parameters.query(name) {
            let value = match text {
                "true" => json!(true),
                "false" => json!(false),
                _ => json!(text),
            };
            members.insert(name.to_owned(), value);
        }
    }
    members
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Jobs_Data_Plane.html>
fn refused(rejection: Rejection) -> HttpError {
    let (status, name) = match rejection.code {
        ErrorCode::InvalidRequest => (400, "InvalidRequestException"),
        ErrorCode::VersionMismatch => VERSION_MISMATCH,
        ErrorCode::InvalidStateTransition => (409, "InvalidStateTransitionException"),
        ErrorCode::ResourceNotFound | ErrorCode::InvalidTopic => (404, "ResourceNotFoundException"),
        ErrorCode::TerminalStateReached => (410, "TerminalStateException"),
        ErrorCode::InvalidJson => (400, "SerializationException"),
        ErrorCode::RequestThrottled => (429, "ThrottlingException"),
        ErrorCode::InternalError => (503, "ServiceUnavailableException"),
    };
    HttpError::new(status, name, rejection.message)
}
