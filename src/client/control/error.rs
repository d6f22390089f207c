//! Why an operation of the control plane failed.

use std::time::Duration;

use crate::cause::Cause;
use crate::control::missing::MissingCredentials;

/// Why an operation of the control plane failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    #[error("{code}: {message}")]
    Refused {
        /// AWS's name of the exception, verbatim.
        code: String,
        /// The service's message, verbatim except for secrets.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    #[error("no AWS credentials: {0}")]
    NoCredentials(MissingCredentials),
    /// The SDK panicked.
    #[error("{fault}")]
    Broken {
        fault: String,
        /// Whether the request may have reached the service, which may have carried it out.
        sent: bool,
    },
    #[error("no answer from the control plane within {after:?}")]
    Late {
        /// How long the client waited, to a hundredth of a second.
        after: Duration,
        /// Whether the request may have reached the service, which may have carried it out.
        sent: bool,
    },
    #[error("no answer from the control plane: {cause}")]
    Unreachable {
        cause: String,
        /// Whether the request may have reached the service, which may have carried it out.
        sent: bool,
    },
}

impl ControlError {
    /// The class of the failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Refused { .. } if self.is_service_failure() => Cause::Connection,
            Self::Refused { .. } => Cause::Refused,
            Self::NoCredentials(_) | Self::Broken { .. } => Cause::Setup,
            Self::Late { .. } => Cause::Timeout,
            Self::Unreachable { .. } => Cause::Connection,
        }
    }

    /// Whether the service may have carried out the request.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Refused { .. } => self.is_service_failure(),
            Self::NoCredentials(_) => false,
            Self::Late { sent, .. }
            | Self::Unreachable { sent, .. }
            | Self::Broken { sent, .. } => *sent,
        }
    }

    /// Whether the service itself failed, rather than refusing the request: it may have failed after it had carried out the
    /// request. Requests that are not supported (501) or are throttled are not carried out.
    pub fn is_service_failure(&self) -> bool {
        let Self::Refused { code, status, .. } = self else {
            return false;
        };
        let is_by_status = (500..600).contains(status) && *status != 501;
        (is_by_status || is_service_failure(code)) && !self.is_throttled()
    }

    /// Whether the subject of the request does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "ResourceNotFoundException")
    }

    /// Whether the service throttled the request: ThrottlingException has the status 400 on the control plane, and 429
    /// elsewhere.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
    pub fn is_throttled(&self) -> bool {
        matches!(self, Self::Refused { code, status, .. }
            if *status == 429 || matches!(code.as_str(), "ThrottlingException" | "Throttling" | "TooManyRequestsException"))
    }
}

/// Whether an exception means that the service failed, or that it gave up on the request.
/// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
pub fn is_service_failure(exception: &str) -> bool {
    matches!(
        exception,
        "InternalException"
            | "InternalFailure"
            | "InternalFailureException"
            | "InternalServerError"
            | "InternalServerException"
            | "RequestAbortedException"
            | "RequestTimeout"
            | "RequestTimeoutException"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_service_is_not_a_refusal() {
        for (code, status, is_failure) in [
            ("InternalFailureException", 500, true),
            ("ServiceUnavailableException", 503, true),
            ("Unknown", 502, true),
            ("GatewayTimeout", 504, true),
            ("RequestTimeoutException", 408, true),
            ("RequestAbortedException", 400, true),
            ("NotEmulatedException", 501, false),
            ("ThrottlingException", 503, false),
            ("ThrottlingException", 400, false),
            ("LimitExceededException", 409, false),
            ("AccessDeniedException", 403, false),
        ] {
            let error = ControlError::Refused {
                code: code.to_owned(),
                message: String::new(),
                status,
            };
            assert_eq!(error.is_service_failure(), is_failure, "{code} {status}");
            assert_eq!(error.may_be_done(), is_failure, "{code} {status}");
        }
    }
}
