//! The control plane: which request is which operation, what it is answered, and how it fails.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html>

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::protocol::EpochMillis;
use crate::service::constraint::Violations;
use crate::service::member::Member;
use crate::service::{
    ControlRequest, ControlResponse, Extras, Service, create_job, execution_api, group_api,
    job_api, json, membership_api, principal_api, tag_api, thing_api, update_job,
};

/// An operation's answer: JSON, or nothing (which goes out as an empty body).
pub(crate) type Answer = Result<Option<Value>, ControlError>;

/// A refusal of the control plane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ControlError {
    status: u16,
    name: &'static str,
    message: String,
    more: Map<String, Value>,
}

impl ControlError {
    /// A refusal in the words of one of AWS's exceptions.
    pub(crate) fn new(status: u16, name: &'static str, message: String) -> Self {
        Self {
            status,
            name,
            message,
            more: Map::new(),
        }
    }

    /// The request is not valid.
    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidRequestException", message.into())
    }

    /// What the request names does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message.into())
    }

    /// What the request creates exists. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
    pub(crate) fn already_exists(
        message: impl Into<String>,
        resource_id: &str,
        resource_arn: &str,
    ) -> Self {
        let mut error = Self::new(409, "ResourceAlreadyExistsException", message.into());
        error
            .more
            .insert("resourceId".to_owned(), json!(resource_id));
        error
            .more
            .insert("resourceArn".to_owned(), json!(resource_arn));
        error
    }

    /// The status does not allow it.
    pub(crate) fn invalid_state(message: impl Into<String>) -> Self {
        Self::new(409, "InvalidStateTransitionException", message.into())
    }

    /// The version is another one than the request expects.
    pub(crate) fn version_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "VersionConflictException", message.into())
    }

    /// Something has as many as it may have.
    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(410, "LimitExceededException", message.into())
    }

    /// A member has a type that cannot be read.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", message.into())
    }

    /// The status of a certificate does not allow it.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html>
    pub(crate) fn certificate_state(message: impl Into<String>) -> Self {
        Self::new(406, "CertificateStateException", message.into())
    }

    /// Something is attached to what should be deleted.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html>
    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "DeleteConflictException", message.into())
    }

    /// The text is no policy. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedPolicyException", message.into())
    }

    /// The service itself is at fault.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailureException", message.into())
    }

    /// AWS has it, the local service does not. Its own word, so that nobody takes it for AWS's.
    pub(crate) fn not_emulated(what: &str) -> Self {
        let message = format!(
            "The local service does not emulate {what}; its README lists this under Limitations"
        );
        Self::new(501, "NotEmulatedException", message)
    }
}

impl From<Violations> for Result<(), ControlError> {
    fn from(violations: Violations) -> Self {
        violations
            .into_result()
            .map_err(ControlError::invalid_request)
    }
}

/// The parameters of a request: query and body, each read by name.
#[derive(Debug)]
pub(crate) struct Parameters {
    query: BTreeMap<String, String>,
    body: Map<String, Value>,
}

impl Parameters {
    /// Reads query and body; an empty body counts as `{}`.
    pub(crate) fn decode(request: &ControlRequest) -> Result<Self, ControlError> {
        let query = form_urlencoded::parse(request.query.as_bytes())
            .into_owned()
            .collect();
        let body = if request.body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(&request.body) {
                Ok(Value::Object(body)) => body,
                _ => {
                    return Err(ControlError::serialization(
                        "The body of the request is not a JSON object",
                    ));
                }
            }
        };
        Ok(Self { query, body })
    }

    /// All members of the body.
    pub(crate) fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A flag of the query: `true`, or absent.
    pub(crate) fn query_flag(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    /// A member of the body; null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A member of the body with its path.
    pub(crate) fn member(&self, name: &str) -> Member<'_> {
        Member::new(self.get(name), name)
    }

    /// A member of the body that is a text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ControlError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ControlError::serialization(format!(
                "{name} must be a string"
            ))),
        }
    }

    /// A member of the body that is a whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ControlError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| {
                ControlError::serialization(format!("{name} must be a whole number"))
            }),
        }
    }

    /// A member of the body that is a map of texts, such as attributes or status details.
    pub(crate) fn texts(
        &self,
        name: &str,
    ) -> Result<Option<BTreeMap<String, String>>, ControlError> {
        let error =
            || ControlError::serialization(format!("{name} must be a map of strings to strings"));
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => texts(map).ok_or_else(error).map(Some),
            Some(_) => Err(error()),
        }
    }
}

/// The map, if its values are texts.
pub(crate) fn texts(map: &Map<String, Value>) -> Option<BTreeMap<String, String>> {
    map.iter()
        .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// Handles a request.
pub(crate) fn handle(
    service: &mut Service,
    now: EpochMillis,
    request: &ControlRequest,
    extras: &Extras,
) -> ControlResponse {
    let answer = answer(service, now, request, extras);
    respond(answer.map(|body| body.map(|body| json::to_vec(&body)).unwrap_or_default()))
}

/// The answer as HTTP carries it.
pub(crate) fn respond(answer: Result<Vec<u8>, ControlError>) -> ControlResponse {
    match answer {
        Ok(body) => ControlResponse {
            status: 200,
            error: None,
            body,
        },
        Err(error) => {
            let mut body = Map::from_iter([("message".to_owned(), json!(error.message))]);
            body.extend(error.more);
            ControlResponse {
                status: error.status,
                error: Some(error.name),
                body: json::to_vec(&body),
            }
        }
    }
}

/// The parts of a path, each decoded.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

fn answer(
    service: &mut Service,
    now: EpochMillis,
    request: &ControlRequest,
    extras: &Extras,
) -> Answer {
    let segments = segments(&request.path);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let parameters = &Parameters::decode(request)?;
    match (request.method.as_str(), segments.as_slice()) {
        ("PUT", &["jobs", job]) => create_job::create_job(service, now, job, parameters),
        ("PATCH", &["jobs", job]) => update_job::update_job(service, now, job, parameters),
        ("POST", &["jobs", job, "targets"]) => {
            update_job::associate_targets_with_job(service, now, job, parameters)
        }
        ("GET", &["jobs", job]) => job_api::describe_job(service, job),
        ("GET", ["jobs"]) => job_api::list_jobs(service, parameters),
        ("PUT", &["jobs", job, "cancel"]) => job_api::cancel_job(service, now, job, parameters),
        ("DELETE", &["jobs", job]) => job_api::delete_job(service, job, parameters),
        ("GET", &["jobs", job, "job-document"]) => job_api::get_job_document(service, job),
        ("GET", &["jobs", job, "things"]) => {
            execution_api::list_job_executions_for_job(service, job, parameters)
        }
        ("GET", &["things", thing, "jobs"]) => {
            execution_api::list_job_executions_for_thing(service, thing, parameters)
        }
        ("GET", &["things", thing, "jobs", job]) => {
            execution_api::describe_job_execution(service, now, thing, job, parameters)
        }
        ("PUT", &["things", thing, "jobs", job, "cancel"]) => {
            execution_api::cancel_job_execution(service, now, thing, job, parameters)
        }
        ("DELETE", &["things", thing, "jobs", job, "executionNumber", number]) => {
            execution_api::delete_job_execution(service, now, (thing, job, number), parameters)
        }
        ("POST", &["things", thing]) => thing_api::create_thing(service, thing, parameters),
        ("GET", &["things", thing]) => thing_api::describe_thing(service, thing),
        ("PATCH", &["things", thing]) => thing_api::update_thing(service, thing, parameters),
        ("GET", ["things"]) => thing_api::list_things(service, parameters),
        ("DELETE", &["things", thing]) => thing_api::delete_thing(service, thing, parameters),
        ("GET", &["things", thing, "thing-groups"]) => {
            membership_api::list_thing_groups_for_thing(service, thing, parameters)
        }
        ("PUT", ["thing-groups", "updateThingGroupsForThing"]) => {
            membership_api::update_thing_groups_for_thing(service, now, parameters)
        }
        ("PUT", ["thing-groups", "addThingToThingGroup"]) => {
            membership_api::add_thing_to_thing_group(service, now, parameters)
        }
        ("PUT", ["thing-groups", "removeThingFromThingGroup"]) => {
            membership_api::remove_thing_from_thing_group(service, now, parameters)
        }
        ("POST", &["thing-groups", group]) => {
            group_api::create_thing_group(service, now, group, parameters)
        }
        ("PATCH", &["thing-groups", group]) => {
            group_api::update_thing_group(service, group, parameters)
        }
        ("GET", &["thing-groups", group]) => group_api::describe_thing_group(service, group),
        ("GET", ["thing-groups"]) => group_api::list_thing_groups(service, parameters),
        ("DELETE", &["thing-groups", group]) => {
            group_api::delete_thing_group(service, group, parameters)
        }
        ("GET", &["thing-groups", group, "things"]) => {
            membership_api::list_things_in_thing_group(service, group, parameters)
        }
        ("POST", ["tags"]) => tag_api::tag_resource(service, parameters),
        ("POST", ["untag"]) => tag_api::untag_resource(service, parameters),
        ("GET", ["tags"]) => tag_api::list_tags_for_resource(service, parameters),
        ("GET", ["endpoint"]) => thing_api::describe_endpoint(service, parameters),
        (method, segments) => {
            principal_api::answer(service, now, (method, segments), parameters, extras)
                .unwrap_or_else(|| {
                    Err(ControlError::not_emulated(&format!(
                        "`{method} {}`",
                        request.path
                    )))
                })
        }
    }
}
