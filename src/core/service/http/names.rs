//! The names in a path.

use crate::protocol::{JobId, ThingName};
use crate::service::constraint::Violations;
use crate::service::http::answer::HttpError;

/// A name that AWS allows for a thing.
pub(crate) fn thing_name(text: &str) -> Result<ThingName, HttpError> {
    let mut violations = Violations::default();
    violations.check_thing_name(text);
    Result::from(violations)?;
    ThingName::new(text).map_err(|error| HttpError::invalid_request(format!("thingName {error}")))
}

/// An id that AWS allows for a job.
pub(crate) fn job_id(text: &str) -> Result<JobId, HttpError> {
    let mut violations = Violations::default();
    violations.check_job_id(text);
    Result::from(violations)?;
    JobId::new(text).map_err(|error| HttpError::invalid_request(format!("jobId {error}")))
}
