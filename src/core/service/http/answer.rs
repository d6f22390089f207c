//! How a request over HTTP ends: with an answer, or with one of AWS's exceptions.
//! <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>

use serde_json::{Map, Value, json};

use crate::service::constraint::Violations;
use crate::service::json;
use crate::text;

/// The response of an operation of the control plane: JSON, or `None`, which is sent as an empty body.
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

    /// The list has not issued this page token (recorded session).
    pub(crate) fn invalid_next_token() -> Self {
        Self::invalid_request("Next token is invalid.")
    }

    /// What the request names does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message.into())
    }

    /// What the request is to create exists already.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
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

    /// What the request is to create exists already, where the model of the operation has only this exception.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJobTemplate.html>
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        let mut error = Self::new(409, "ConflictException", message.into());
        // Recorded session: the member is there without a value.
        error.more.insert("resourceId".to_owned(), Value::Null);
        error
    }

    /// The status does not allow the request.
    pub(crate) fn invalid_state(message: impl Into<String>) -> Self {
        Self::new(409, "InvalidStateTransitionException", message.into())
    }

    /// The text is not a query over things.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateDynamicThingGroup.html>
    pub(crate) fn invalid_query(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidQueryException", message.into())
    }

    /// The version differs from the one that the request expects.
    pub(crate) fn version_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "VersionConflictException", message.into())
    }

    /// The same for a thing or a thing group.
    pub(crate) fn other_version(kind: &str, name: &str) -> Self {
        Self::version_conflict(format!(
            "The version for {kind} {name} does not match the expected version."
        ))
    }

    /// A quota is exceeded.
    pub(crate) fn limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(410, "LimitExceededException", message.into())
    }

    /// A member has the wrong type.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new(400, "SerializationException", message.into())
    }

    /// The status of a certificate does not allow it.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html>
    pub(crate) fn certificate_state(message: impl Into<String>) -> Self {
        Self::new(406, "CertificateStateException", message.into())
    }

    /// The certificate is not valid.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html>
    pub(crate) fn certificate_validation(message: impl Into<String>) -> Self {
        Self::new(400, "CertificateValidationException", message.into())
    }

    /// What should be deleted still has something attached.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeletePolicy.html>
    pub(crate) fn delete_conflict(message: impl Into<String>) -> Self {
        Self::new(409, "DeleteConflictException", message.into())
    }

    /// A policy has as many versions as it can have.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html>
    pub(crate) fn versions_limit_exceeded(message: impl Into<String>) -> Self {
        Self::new(409, "VersionsLimitExceededException", message.into())
    }

    /// The text is not a policy. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html>
    pub(crate) fn malformed_policy(message: impl Into<String>) -> Self {
        Self::new(400, "MalformedPolicyException", message.into())
    }

    /// The service itself is at fault.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailureException", message.into())
    }

    /// AWS has this operation, the local service does not. The name differs from all of AWS's exceptions.
    pub(crate) fn not_emulated(what: &str) -> Self {
        Self::new(501, "NotEmulatedException", text::not_emulated(what))
    }
}

impl From<Violations> for Result<(), HttpError> {
    fn from(violations: Violations) -> Self {
        violations.into_result().map_err(HttpError::invalid_request)
    }
}

/// The response of either plane, ready for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    /// Only for errors: the name of the exception, for the `x-amzn-ErrorType` header.
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
