//! CreateJob: what it must look like, whom it reaches.
//! <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
//!
//! Messages and the order of checks follow recorded sessions where there are any.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::Service;
use crate::service::constraint::{Pattern, Violations};
use crate::service::control_api::{Answer, ControlError, Parameters};
use crate::service::document;
use crate::service::executions::ExecutionKey;
use crate::service::job::{Job, JobStatus, RetryCriteria, Target};
use crate::service::job_api::job_named;
use crate::service::limits::{
    DESCRIPTION_CHARACTERS, DOCUMENT_CHARACTERS, JOB_ID_CHARACTERS, TARGETS, TIMER_MINUTES,
};

/// Members of CreateJob that AWS knows and this service does not act on: refused rather than ignored.
const NOT_EMULATED: [&str; 9] = [
    "documentSource",
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "schedulingConfig",
    "jobTemplateArn",
    "documentParameters",
    "destinationPackageVersions",
    "tags",
];

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html>
pub(crate) fn create_job(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> Answer {
    let mut violations = Violations::default();
    let description = parameters.text("description")?;
    let selection = parameters.text("targetSelection")?;
    violations.check_text(id, "jobId", JOB_ID_CHARACTERS, Pattern::JOB_ID);
    if let Some(description) = description {
        violations.check_text(
            description,
            "description",
            DESCRIPTION_CHARACTERS,
            Pattern::NO_CONTROL,
        );
    }
    if let Some(selection) = selection {
        violations.check_enum(selection, "targetSelection", &["CONTINUOUS", "SNAPSHOT"]);
    }
    if parameters.get("targets").is_none() {
        violations.add_null("targets");
    }
    Result::from(violations)?;
    let timeout = in_progress_timeout(parameters)?;
    let retry = retry_criteria(parameters)?;
    let job =
        JobId::new(id).map_err(|error| ControlError::invalid_request(format!("jobId {error}")))?;
    let arn = service.identity.arn(&format!("job/{id}"));
    if service.jobs.contains_key(&job) {
        return Err(ControlError::already_exists(
            format!("Job {id} already exists"),
            id,
            &arn,
        ));
    }
    if let Some(member) = NOT_EMULATED
        .iter()
        .find(|member| parameters.get(member).is_some())
    {
        return Err(ControlError::not_emulated(&format!(
            "{member} of CreateJob"
        )));
    }
    let continuous = selection == Some("CONTINUOUS");
    let targets = targets(service, parameters)?;
    let document = parameters.text("document")?;
    let Some(document) = document else {
        return Err(ControlError::invalid_request(
            "Neither job document nor job document source is specified.",
        ));
    };
    if document.chars().count() > DOCUMENT_CHARACTERS {
        return Err(ControlError::invalid_request(format!(
            "1 validation error detected: Value at 'document' failed to satisfy constraint: Member must have length \
             less than or equal to {DOCUMENT_CHARACTERS}"
        )));
    }
    let device_document = document::for_device(document).map_err(|_| {
        ControlError::invalid_request(
            "Job document located at request input is an invalid JSON document.",
        )
    })?;
    let things = reached(service, &targets);
    let sequence = service.next_sequence();
    if continuous {
        for (target, _) in &targets {
            if let Target::Group(group) = target
                && let Some(group) = service.registry.groups.get_mut(group)
            {
                group.continuous_jobs.insert(job.clone());
            }
        }
    }
    service.jobs.insert(
        job.clone(),
        Job {
            document: document.to_owned(),
            device_document,
            targets,
            continuous,
            description: description.map(ToOwned::to_owned),
            in_progress_timeout_minutes: timeout,
            retry,
            status: JobStatus::InProgress,
            created_at: now,
            last_updated_at: now,
            completed_at: None,
            reason_code: None,
            comment: None,
            force_canceled: None,
            sequence,
            things: BTreeSet::new(),
            counts: BTreeMap::new(),
        },
    );
    for thing in things {
        service.queue(
            &ExecutionKey {
                thing,
                job: job.clone(),
            },
            0,
            now,
        );
    }
    // GUESS: a SNAPSHOT job that reaches no thing has nothing to wait for.
    service.roll_up(&job, now);
    Ok(Some(job_named(&arn, id, description)))
}

fn in_progress_timeout(parameters: &Parameters) -> Result<Option<u64>, ControlError> {
    let Some(config) = parameters.get("timeoutConfig") else {
        return Ok(None);
    };
    match &config["inProgressTimeoutInMinutes"] {
        Value::Null => Ok(None),
        value => value
            .as_i64()
            .filter(|minutes| TIMER_MINUTES.contains(minutes))
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map(Some)
            .ok_or_else(|| {
                ControlError::invalid_request(format!(
                    "Provide valid timeout value, inProgressTimeoutInMinutes cannot be {value}."
                ))
            }),
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RetryCriteria.html>
fn retry_criteria(parameters: &Parameters) -> Result<Vec<RetryCriteria>, ControlError> {
    let Some(config) = parameters.get("jobExecutionsRetryConfig") else {
        return Ok(Vec::new());
    };
    let list = config["criteriaList"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    let path = "jobExecutionsRetryConfig.criteriaList";
    let mut violations = Violations::default();
    if list.is_empty() {
        violations.add_unquoted(path, "Member must have length greater than or equal to 1");
    } else if list.len() > 2 {
        violations.add_unquoted(path, "Member must have length less than or equal to 2");
    }
    let mut criteria = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let path = format!("{path}.{}.member", index + 1);
        let failure_type = entry["failureType"].as_str().unwrap_or_default();
        violations.check_enum(
            failure_type,
            &format!("{path}.failureType"),
            &["FAILED", "TIMED_OUT", "ALL"],
        );
        let retries = entry["numberOfRetries"].as_i64().unwrap_or(-1);
        violations.check_range(retries, &format!("{path}.numberOfRetries"), &(0..=10));
        criteria.push(RetryCriteria {
            failure_type: failure_type.to_owned(),
            number_of_retries: u32::try_from(retries).unwrap_or(0),
        });
    }
    Result::from(violations)?;
    if criteria.len() > 1
        && criteria
            .iter()
            .any(|criteria| criteria.failure_type == "ALL")
    {
        return Err(ControlError::invalid_request(
            "A retryCriteria with failure type ALL must be used by itself.",
        ));
    }
    Ok(criteria)
}

/// The targets in the order given. The first bad one wins, and nothing is created. A target of another account or region
/// is looked up by its name and not found (recorded session).
fn targets(
    service: &Service,
    parameters: &Parameters,
) -> Result<Vec<(Target, String)>, ControlError> {
    let list = parameters.get("targets").and_then(Value::as_array);
    let list =
        list.ok_or_else(|| ControlError::serialization("targets must be a list of strings"))?;
    if list.is_empty() {
        return Err(ControlError::invalid_request("targets must not be empty"));
    }
    if list.len() > TARGETS {
        return Err(ControlError::invalid_request(format!(
            "targets must not be more than {TARGETS}"
        )));
    }
    let mut targets: Vec<(Target, String)> = Vec::new();
    for arn in list {
        let arn = arn
            .as_str()
            .ok_or_else(|| ControlError::serialization("targets must be a list of strings"))?;
        let target = target(service, arn)?;
        if !targets.iter().any(|(other, _)| *other == target) {
            targets.push((target, arn.to_owned()));
        }
    }
    Ok(targets)
}

fn target(service: &Service, arn: &str) -> Result<Target, ControlError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _, _, _, _, resource] = parts.as_slice() else {
        return Err(ControlError::invalid_request(format!(
            "Invalid target arn: {arn}"
        )));
    };
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let ours = arn == service.identity.arn(resource);
    if kind == "thinggroup" {
        if ours && service.registry.groups.contains_key(name) {
            return Ok(Target::Group(name.to_owned()));
        }
        return Err(ControlError::not_found(format!(
            "Thing Group {name} cannot be found."
        )));
    }
    ThingName::new(name)
        .ok()
        .filter(|thing| ours && kind == "thing" && service.registry.things.contains_key(thing))
        .map(Target::Thing)
        .ok_or_else(|| ControlError::not_found(format!("Thing {name} cannot be found.")))
}

/// Every thing that the targets reach, each once, in the order of the targets.
fn reached(service: &Service, targets: &[(Target, String)]) -> Vec<ThingName> {
    let mut seen = BTreeSet::new();
    let mut things = Vec::new();
    for (target, _) in targets {
        let reached = match target {
            Target::Thing(thing) => BTreeSet::from([thing.clone()]),
            Target::Group(group) => service.registry.members(group),
        };
        things.extend(
            reached
                .into_iter()
                .filter(|thing| seen.insert(thing.clone())),
        );
    }
    things
}
