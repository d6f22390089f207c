//! The operations of the device over HTTP (`iot-jobs-data`): which request is which operation, and how it fails.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-http-device-api.html>

use serde_json::{Map, Value, json};

use crate::protocol::{EpochMillis, ErrorCode, JobId, JobRef, Operation, ThingName};
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::error::{HttpError, respond};
use crate::service::control::parameters::Parameters;
use crate::service::control::routes::segments;
use crate::service::data::operation::{Transport, perform};
use crate::service::data::request::{JobsRequest, Rejection};
use crate::service::limits::{JOB_ID_CHARACTERS, THING_NAME_CHARACTERS};
use crate::service::{HttpRequest, HttpResponse, Service, json};

/// How a wrong `expectedVersion` is answered. The model of the API has no exception for it; recorded sessions differ
/// between this and 409.
const VERSION_MISMATCH: (u16, &str) = (400, "InvalidRequestException");

pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
) -> HttpResponse {
    respond(answer(service, now, request))
}

fn answer(
    service: &mut Service,
    now: EpochMillis,
    request: &HttpRequest,
) -> Result<Vec<u8>, HttpError> {
    let segments = segments(&request.path);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
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
        (method, _) => {
            return Err(HttpError::not_emulated(&format!(
                "`{method} {}` of iot-jobs-data",
                request.path
            )));
        }
    };
    let thing = name(
        thing,
        "thingName",
        THING_NAME_CHARACTERS,
        Pattern::NAME,
        ThingName::new,
    )?;
    let members = members(&Parameters::decode(request)?);
    let request = JobsRequest::new(members);
    let reply = perform(service, now, &thing, &operation, &request, Transport::Http);
    reply.map(|reply| json::to_vec(&reply)).map_err(refused)
}

fn job_id(text: &str) -> Result<JobId, HttpError> {
    name(
        text,
        "jobId",
        JOB_ID_CHARACTERS,
        Pattern::JOB_ID,
        JobId::new,
    )
}

fn name<T, E: std::fmt::Display>(
    text: &str,
    path: &str,
    max: usize,
    pattern: Pattern,
    new: impl Fn(&str) -> Result<T, E>,
) -> Result<T, HttpError> {
    let mut violations = Violations::default();
    violations.check_text(text, path, max, pattern);
    Result::from(violations)?;
    new(text).map_err(|error| HttpError::invalid_request(format!("{path} {error}")))
}

/// What a request has over MQTT in its payload, it has here in its body or in its query, where all are texts.
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
