//! How a request over HTTP ends: with an answer, or with one of AWS's exceptions.
//! <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>

use serde_json::{Map, Value, json};

use crate::service::constraint::Violations;
use crate::service::json;
use crate::text;

/// The answer to an operation of the control plane: JSON, or nothing (which goes out as an empty body).
pub(crate) type ControlAnswer = Result<Option<Value>, HttpError>;

/// A refusal of either plane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HttpError {
    status: u16,
    name: &'static str,
    message: String,
    more: Map<String, Value>,
}

impl HttpError {
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

    /// The list has not given this token of a page (recorded session).
    pub(crate) fn invalid_next_token() -> Self {
        Self::invalid_request("Next token is invalid.")
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

    /// The same for a thing or a thing group.
    pub(crate) fn other_version(kind: &str, name: &str) -> Self {
        Self::version_conflict(format!(
            "The version for {kind} {name} does not match the expected version."
        ))
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
        Self::new(501, "NotEmulatedException", text::not_emulated(what))
    }
}

impl From<Violations> for Result<(), HttpError> {
    fn from(violations: Violations) -> Self {
        violations.into_result().map_err(HttpError::invalid_request)
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

impl From<Result<Vec<u8>, HttpError>> for HttpResponse {
    fn from(answer: Result<Vec<u8>, HttpError>) -> Self {
        match answer {
            Ok(body) => Self {
                status: 200,
                error: None,
                body,
            },
            Err(error) => {
                let mut body = Map::from_iter([("message".to_owned(), json!(error.message))]);
                body.extend(error.more);
                Self {
                    status: error.status,
                    error: Some(error.name),
                    body: json::to_vec(&body),
                }
            }
        }
    }
}
