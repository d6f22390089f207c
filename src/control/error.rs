//! Why an operation of the control plane did not do what it should.

use std::time::Duration;

use crate::cause::Cause;

/// Why an operation of the control plane did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    #[error("{code}: {message}")]
    Refused {
        /// AWS's name of the exception, verbatim.
        code: String,
        /// The service's words, verbatim but for secrets.
        message: String,
        /// The status of HTTP.
        status: u16,
    },
    #[error("no AWS credentials were found; the last place asked: {0}")]
    NoCredentials(String),
    #[error("no answer from the control plane within {after:?}")]
    Late {
        /// How long it waited, to a hundredth of a second.
        after: Duration,
        /// It may have reached the service, which may have carried it out.
        sent: bool,
    },
    #[error("no answer from the control plane: {cause}")]
    Unreachable {
        cause: String,
        /// It may have reached the service, which may have carried it out.
        sent: bool,
    },
}

impl ControlError {
    /// The class of the failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Refused { .. } => Cause::Refused,
            Self::NoCredentials(_) => Cause::Setup,
            Self::Late { .. } => Cause::Timeout,
            Self::Unreachable { .. } => Cause::Connection,
        }
    }

    /// Whether what the request is about does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "ResourceNotFoundException")
    }

    /// Whether the service asks to come again later: ThrottlingException has the status 400 on the control plane, and 429
    /// elsewhere.
    /// <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
    pub fn is_throttled(&self) -> bool {
        matches!(self, Self::Refused { code, status, .. }
            if *status == 429 || matches!(code.as_str(), "ThrottlingException" | "Throttling" | "TooManyRequestsException"))
    }
}
