//! The control plane's operations on static thing groups and their members.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::Service;
use crate::service::constraint::{Pattern, Violations};
use crate::service::control_api::{Answer, ControlError, Parameters};
use crate::service::execution::Event;
use crate::service::executions::ExecutionKey;
use crate::service::job::{JobStatus, Target};
use crate::service::limits::{DESCRIPTION_CHARACTERS, THING_NAME_CHARACTERS};
use crate::service::paging::page;
use crate::service::registry::ThingGroup;
use crate::service::thing_api::{attributes, thing_name};

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html>
pub(crate) fn create_thing_group(
    service: &mut Service,
    now: EpochMillis,
    name: &str,
    parameters: &Parameters,
) -> Answer {
    let mut violations = Violations::default();
    violations.check_text(name, "thingGroupName", THING_NAME_CHARACTERS, Pattern::NAME);
    let properties = parameters
        .get("thingGroupProperties")
        .cloned()
        .unwrap_or_default();
    let description = properties["thingGroupDescription"].as_str();
    if let Some(description) = description {
        let path = "thingGroupProperties.thingGroupDescription";
        violations.check_text(
            description,
            path,
            DESCRIPTION_CHARACTERS,
            Pattern::NO_CONTROL,
        );
    }
    Result::from(violations)?;
    if parameters.get("tags").is_some() {
        return Err(ControlError::not_emulated("tags of CreateThingGroup"));
    }
    let attributes = attributes(&properties["attributePayload"])?;
    let parent = parameters.text("parentGroupName")?;
    if let Some(parent) = parent
        && !service.registry.groups.contains_key(parent)
    {
        return Err(ControlError::not_found(format!(
            "Thing Group {parent} cannot be found."
        )));
    }
    let arn = service.identity.arn(&format!("thinggroup/{name}"));
    if let Some(existing) = service.registry.groups.get(name) {
        let same = existing.parent.as_deref() == parent
            && existing.description.as_deref() == description
            && existing.attributes == attributes;
        if !same {
            let message = format!(
                "Thing Group {name} already exists in current account with different properties"
            );
            return Err(ControlError::already_exists(message, name, &arn));
        }
    } else {
        let group = ThingGroup {
            id: service.fresh_id(),
            parent: parent.map(ToOwned::to_owned),
            description: description.map(ToOwned::to_owned),
            attributes,
            version: 1,
            created_at: now,
            things: BTreeSet::new(),
            children: BTreeSet::new(),
            continuous_jobs: BTreeSet::new(),
        };
        if let Some(parent) = parent.and_then(|parent| service.registry.groups.get_mut(parent)) {
            parent.children.insert(name.to_owned());
        }
        service.registry.groups.insert(name.to_owned(), group);
    }
    let id = &service.registry.groups[name].id;
    Ok(Some(
        json!({ "thingGroupName": name, "thingGroupArn": arn, "thingGroupId": id }),
    ))
}

fn find_group<'a>(service: &'a Service, name: &str) -> Result<&'a ThingGroup, ControlError> {
    service.registry.groups.get(name).ok_or_else(|| {
        // Recorded session.
        ControlError::not_found(format!(
            "Cannot find requested thing group for accountId: {} and thing group name: {name}",
            service.identity.account
        ))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingGroup.html>
pub(crate) fn describe_thing_group(service: &Service, name: &str) -> Answer {
    let group = find_group(service, name)?;
    let mut properties = json!({});
    if let Some(description) = &group.description {
        properties["thingGroupDescription"] = json!(description);
    }
    if !group.attributes.is_empty() {
        properties["attributePayload"] = json!({ "attributes": group.attributes });
    }
    let mut metadata = json!({ "creationDate": group.created_at });
    if let Some(parent) = &group.parent {
        metadata["parentGroupName"] = json!(parent);
        let mut lineage: Vec<&str> = service.registry.lineage(parent).collect();
        lineage.reverse();
        metadata["rootToParentThingGroups"] = lineage
            .into_iter()
            .map(|name| group_name_and_arn(service, name))
            .collect();
    }
    Ok(Some(json!({
        "thingGroupName": name,
        "thingGroupId": group.id,
        "thingGroupArn": service.identity.arn(&format!("thinggroup/{name}")),
        "version": group.version,
        "thingGroupProperties": properties,
        "thingGroupMetadata": metadata,
    })))
}

fn group_name_and_arn(service: &Service, name: &str) -> Value {
    json!({ "groupName": name, "groupArn": service.identity.arn(&format!("thinggroup/{name}")) })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroups.html>
pub(crate) fn list_thing_groups(service: &Service, parameters: &Parameters) -> Answer {
    let prefix = parameters.query("namePrefixFilter").unwrap_or_default();
    let parent = parameters.query("parentGroup");
    if let Some(parent) = parent {
        find_group(service, parent)?;
    }
    let recursive = parameters.query("recursive") != Some("false");
    let below = |group: &ThingGroup| match (parent, group.parent.as_deref()) {
        (None, _) => true,
        (Some(wanted), Some(parent)) if recursive => {
            service.registry.lineage(parent).any(|name| name == wanted)
        }
        (Some(wanted), found) => found == Some(wanted),
    };
    let groups = service.registry.groups.iter();
    let entries = groups
        .filter(|(name, group)| name.starts_with(prefix) && below(group))
        .map(|(name, _)| (name.clone(), group_name_and_arn(service, name)));
    page("groups", "thingGroups", entries, parameters)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingGroup.html>
pub(crate) fn delete_thing_group(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> Answer {
    // A group that does not exist is deleted successfully.
    let Some(group) = service.registry.groups.get(name) else {
        return Ok(None);
    };
    if parameters
        .query("expectedVersion")
        .is_some_and(|expected| *expected != group.version.to_string())
    {
        return Err(ControlError::version_conflict(format!(
            "The version for thing group {name} does not match the expected version."
        )));
    }
    if !group.children.is_empty() {
        return Err(ControlError::invalid_request(format!(
            "Cannot delete thing group : {name} when there are still child groups attached to it."
        )));
    }
    let (things, parent) = (group.things.clone(), group.parent.clone());
    for thing in things {
        if let Some(thing) = service.registry.things.get_mut(&thing) {
            thing.groups.remove(name);
        }
    }
    if let Some(parent) = parent.and_then(|parent| service.registry.groups.get_mut(&parent)) {
        parent.children.remove(name);
    }
    // GUESS: what becomes of executions of jobs that target the group is not documented; they stay as they are.
    service.registry.groups.remove(name);
    Ok(None)
}

/// The thing and the group of a membership request, each by name or by ARN.
fn membership(
    service: &Service,
    parameters: &Parameters,
) -> Result<(ThingName, String), ControlError> {
    let one = |name: &str, arn: &str, kind: &str| -> Result<String, ControlError> {
        match (parameters.text(name)?, parameters.text(arn)?) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, Some(text)) => {
                let resource = text.strip_prefix(&service.identity.arn(kind));
                let found = resource.and_then(|rest| rest.strip_prefix('/'));
                found
                    .map(ToOwned::to_owned)
                    .ok_or_else(|| ControlError::invalid_request("Invalid arn in request"))
            }
            (None, None) => Err(ControlError::invalid_request(format!(
                "Both {arn} and {name} are empty. Need to specify at least one of them"
            ))),
        }
    };
    let group = one("thingGroupName", "thingGroupArn", "thinggroup")?;
    let thing = one("thingName", "thingArn", "thing")?;
    let name = ThingName::new(&thing)
        .ok()
        .filter(|name| service.registry.things.contains_key(name))
        .ok_or_else(|| ControlError::not_found(format!("Thing {thing} not found.")))?;
    Ok((name, group))
}

/// A thing that joins the target group of a CONTINUOUS job gets the job.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AddThingToThingGroup.html>
pub(crate) fn add_thing_to_thing_group(
    service: &mut Service,
    now: EpochMillis,
    parameters: &Parameters,
) -> Answer {
    let (thing, group) = membership(service, parameters)?;
    find_group(service, &group)?;
    let before: BTreeSet<String> = service
        .registry
        .groups_of(&thing)
        .into_iter()
        .map(ToOwned::to_owned)
        .collect();
    if let Some(group) = service.registry.groups.get_mut(&group) {
        group.things.insert(thing.clone());
    }
    if let Some(registered) = service.registry.things.get_mut(&thing) {
        registered.groups.insert(group);
    }
    let after = service.registry.groups_of(&thing);
    let joined: Vec<&str> = after
        .into_iter()
        .filter(|group| !before.contains(*group))
        .collect();
    for job in service.registry.continuous_jobs(joined) {
        // Recorded session: only if the newest execution is over; a cancelled job gets no new ones.
        if service
            .jobs
            .get(&job)
            .is_some_and(|job| job.status == JobStatus::InProgress)
        {
            service.queue_if_over(&thing, &job, now);
        }
    }
    Ok(None)
}

/// A thing that leaves the target group of a CONTINUOUS job loses the job if it has not started it.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RemoveThingFromThingGroup.html>
pub(crate) fn remove_thing_from_thing_group(
    service: &mut Service,
    now: EpochMillis,
    parameters: &Parameters,
) -> Answer {
    let (thing, group) = membership(service, parameters)?;
    // Recorded session: an unknown group is no error.
    if let Some(group) = service.registry.groups.get_mut(&group) {
        group.things.remove(&thing);
    }
    let before: BTreeSet<JobId> = service
        .registry
        .continuous_jobs(service.registry.groups_of(&thing));
    if let Some(registered) = service.registry.things.get_mut(&thing) {
        registered.groups.remove(&group);
    }
    let after = service
        .registry
        .continuous_jobs(service.registry.groups_of(&thing));
    for job in before.difference(&after) {
        let direct = Target::Thing(thing.clone());
        if service
            .jobs
            .get(job)
            .is_some_and(|job| job.targets.iter().any(|(target, _)| *target == direct))
        {
            continue;
        }
        let key = ExecutionKey {
            thing: thing.clone(),
            job: job.clone(),
        };
        if let Some(number) = service
            .executions
            .get(&key, None)
            .map(|newest| newest.number)
        {
            // What is in progress may be finished, and what is over stays.
            let _refused = service.apply(&key, number, Event::LeaveGroup, now);
        }
    }
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingsInThingGroup.html>
pub(crate) fn list_things_in_thing_group(
    service: &Service,
    name: &str,
    parameters: &Parameters,
) -> Answer {
    let group = find_group(service, name)?;
    let things = if parameters.query_flag("recursive") {
        service.registry.members(name)
    } else {
        group.things.clone()
    };
    let entries = things
        .into_iter()
        .map(|thing| (thing.to_string(), json!(thing.as_str())));
    page(&format!("members of {name}"), "things", entries, parameters)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroupsForThing.html>
pub(crate) fn list_thing_groups_for_thing(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> Answer {
    let name = thing_name(thing)?;
    let registered = service.registry.things.get(&name);
    let registered =
        registered.ok_or_else(|| ControlError::not_found(format!("Thing {thing} not found.")))?;
    let entries = registered
        .groups
        .iter()
        .map(|group| (group.clone(), group_name_and_arn(service, group)));
    page(
        &format!("groups of {thing}"),
        "thingGroups",
        entries,
        parameters,
    )
}
