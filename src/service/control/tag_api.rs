//! Tags of jobs and thing groups, and the control plane's operations on them.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html>
//!
//! Messages follow recorded sessions.

use serde_json::{Value, json};

use crate::service::Service;
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::error::{ControlAnswer, HttpError};
use crate::service::control::group_api::find_group;
use crate::service::control::job_api::find_job;
use crate::service::control::parameters::Parameters;
use crate::service::limits::{TAG_KEY_CHARACTERS, TAG_VALUE_CHARACTERS, TAGS};

/// Keys and values in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tags(Vec<(String, String)>);

impl Tags {
    /// Reads `tags`, if it is there; what violates the model goes to `violations`.
    pub(crate) fn read(
        parameters: &Parameters,
        violations: &mut Violations,
    ) -> Result<Self, HttpError> {
        let mut tags = Vec::new();
        for (index, tag) in parameters
            .member("tags")
            .list()?
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            // The wire has capitals, the paths in messages have none (recorded session).
            let path = |name: &str| format!("tags.{}.member.{name}", index + 1);
            let key = tag.member("Key").text()?;
            match key {
                Some(key) => {
                    violations.check_text(key, &path("key"), TAG_KEY_CHARACTERS, Pattern::TAG);
                }
                None => violations.add_null(&path("key")),
            }
            let value = tag.member("Value").text()?.unwrap_or_default();
            if !value.is_empty() {
                let path = path("value");
                violations.check_text(value, &path, TAG_VALUE_CHARACTERS, Pattern::TAG);
            }
            tags.push((key.unwrap_or_default().to_owned(), value.to_owned()));
        }
        Ok(Self(tags))
    }

    /// Refuses what makes no sense.
    pub(crate) fn check(&self) -> Result<(), HttpError> {
        if self.0.len() > TAGS {
            return Err(HttpError::invalid_request(
                "Too many tags provided in the request. Please check the input.",
            ));
        }
        for (index, (key, _)) in self.0.iter().enumerate() {
            if key.starts_with("aws:") {
                return Err(HttpError::invalid_request(format!(
                    "Tags cannot begin with \"aws:\", offending tag: {key}"
                )));
            }
            // GUESS: what else this recorded message could mean is not known.
            if self.0[..index].iter().any(|(before, _)| before == key) {
                return Err(HttpError::invalid_request(
                    "Invalid tag parameter exception. Please check the input.",
                ));
            }
        }
        Ok(())
    }

    /// Adds tags; a key that is there gets the new value.
    fn add(&mut self, tags: Self) {
        for (key, value) in tags.0 {
            match self.0.iter_mut().find(|(have, _)| *have == key) {
                Some(tag) => tag.1 = value,
                None => self.0.push((key, value)),
            }
        }
    }
}

/// The tags of the resource with this ARN: a job or a thing group.
fn tags_of<'a>(service: &'a mut Service, arn: &str) -> Result<&'a mut Tags, HttpError> {
    let resource = arn.strip_prefix(&service.identity.arn(""));
    // GUESS: no recording has an ARN of another account or region, or of what cannot be tagged.
    let invalid = || HttpError::invalid_request("Invalid arn in request");
    let (kind, name) = resource
        .and_then(|resource| resource.split_once('/'))
        .ok_or_else(invalid)?;
    match kind {
        "job" => {
            let job = find_job(service, name)?;
            let job = service.jobs.get_mut(&job);
            job.map(|job| &mut job.tags).ok_or_else(invalid)
        }
        "thinggroup" => {
            find_group(service, name)?;
            let group = service.registry.groups.get_mut(name);
            group.map(|group| &mut group.tags).ok_or_else(invalid)
        }
        _ => Err(HttpError::not_emulated(&format!("tags of `{arn}`"))),
    }
}

fn resource_arn(arn: Option<&str>, violations: &mut Violations) -> String {
    if arn.is_none() {
        violations.add_null("resourceArn");
    }
    arn.unwrap_or_default().to_owned()
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_TagResource.html>
pub(crate) fn tag_resource(service: &mut Service, parameters: &Parameters) -> ControlAnswer {
    let mut violations = Violations::default();
    let arn = resource_arn(parameters.text("resourceArn")?, &mut violations);
    let tags = Tags::read(parameters, &mut violations)?;
    if parameters.get("tags").is_none() {
        violations.add_null("tags");
    }
    Result::from(violations)?;
    tags.check()?;
    let present = tags_of(service, &arn)?;
    let mut changed = present.clone();
    changed.add(tags);
    if changed.0.len() > TAGS {
        // GUESS: the exception is documented, its words are not.
        return Err(HttpError::limit_exceeded(format!(
            "A resource cannot have more than {TAGS} tags."
        )));
    }
    *present = changed;
    Ok(None)
}

/// A key that is not there is no error (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UntagResource.html>
pub(crate) fn untag_resource(service: &mut Service, parameters: &Parameters) -> ControlAnswer {
    let mut violations = Violations::default();
    let arn = resource_arn(parameters.text("resourceArn")?, &mut violations);
    let keys = parameters.member("tagKeys").list()?;
    if keys.is_none() {
        violations.add_null("tagKeys");
    }
    Result::from(violations)?;
    let tags = tags_of(service, &arn)?;
    for key in keys.unwrap_or_default() {
        if let Some(key) = key.text()? {
            tags.0.retain(|(have, _)| have != key);
        }
    }
    Ok(None)
}

/// All on one page, for there are at most 50.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListTagsForResource.html>
pub(crate) fn list_tags_for_resource(
    service: &mut Service,
    parameters: &Parameters,
) -> ControlAnswer {
    let mut violations = Violations::default();
    let arn = resource_arn(parameters.query("resourceArn"), &mut violations);
    Result::from(violations)?;
    let tags = tags_of(service, &arn)?.0.iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    // Recorded session: this list says so when it ends.
    Ok(Some(json!({ "tags": tags, "nextToken": null })))
}
