//! The targets of a request.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html#iot-CreateJob-request-targets>

use crate::protocol::ThingName;
use crate::service::http::answer::HttpError;
use crate::service::http::parameters::Parameters;
use crate::service::job::JobTarget;
use crate::service::limits::TARGETS;
use crate::service::state::Service;

/// The targets in the order given, each once, with its ARN. The first invalid target decides the error. A target of another
/// account or region is looked up by its name and not found (recorded session).
pub(crate) fn targets(
    service: &Service,
    parameters: &Parameters,
) -> Result<Vec<(JobTarget, String)>, HttpError> {
    let list = parameters.texts("targets");
    if list.len() > TARGETS {
        return Err(HttpError::invalid_request(format!(
            "targets must not be more than {TARGETS}"
        )));
    }
    let mut targets: Vec<(JobTarget, String)> = Vec::new();
    for arn in list {
        let target = target(service, arn)?;
        if !targets.iter().any(|(other, _)| *other == target) {
            targets.push((target, arn.to_owned()));
        }
    }
    Ok(targets)
}

fn target(service: &Service, arn: &str) -> Result<JobTarget, HttpError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _, _, _, _, resource] = parts.as_slice() else {
        return Err(HttpError::invalid_request(format!(
            "Invalid target arn: {arn}"
        )));
    };
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let ours = arn == service.identity.arn(resource);
    if kind == "thinggroup" {
        if ours && service.registry.groups.contains_key(name) {
            return Ok(JobTarget::Group(name.to_owned()));
        }
        return Err(HttpError::not_found(format!(
            "Thing Group {name} cannot be found."
        )));
    }
    ThingName::new(name)
        .ok()
        .filter(|thing| ours && kind == "thing" && service.registry.things.contains_key(thing))
        .map(JobTarget::Thing)
        .ok_or_else(|| HttpError::not_found(format!("Thing {name} cannot be found.")))
}
