//! The control plane's operations on the members of thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::control::call::ApiCall;
use crate::service::control::group_api::{find_group, find_static_group, group_name_and_arn};
use crate::service::control::paging::page;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::limits::GROUPS_OF_THING;
use crate::service::state::Service;

/// The thing of a membership request.
fn registered_thing(service: &Service, name: &str) -> Result<ThingName, HttpError> {
    ThingName::new(name)
        .ok()
        .filter(|thing| service.registry.things.contains_key(thing))
        .ok_or_else(|| HttpError::not_found(format!("Thing {name} not found.")))
}

/// The name in the ARN of a thing or of a thing group of this account.
fn name_in<'a>(service: &Service, arn: &'a str, kind: &str) -> Result<&'a str, HttpError> {
    let resource = arn.strip_prefix(&service.identity.arn(kind));
    resource
        .and_then(|rest| rest.strip_prefix('/'))
        .ok_or_else(|| HttpError::invalid_request("Invalid arn in request"))
}

/// The thing and the group of a membership request, each by name, by ARN, or by both if they agree.
fn membership(
    service: &Service,
    parameters: &Parameters,
) -> Result<(ThingName, String), HttpError> {
    let one = |name: &str, arn: &str, kind: &str| -> Result<String, HttpError> {
        let given_arn = parameters.text(arn).filter(|text| !text.is_empty());
        let in_arn = given_arn.map(|arn| name_in(service, arn, kind));
        match (parameters.text(name), in_arn.transpose()?) {
            // Recorded session, for a thing. GUESS: the message for a group has the same form.
            (Some(text), Some(other)) if text != other => Err(HttpError::invalid_request(format!(
                "{} in {arn} does not match specified {name} in request",
                name.replacen('t', "T", 1)
            ))),
            (Some(name), _) | (None, Some(name)) => Ok(name.to_owned()),
            (None, None) => Err(HttpError::invalid_request(format!(
                "Both {arn} and {name} are empty. Need to specify at least one of them"
            ))),
        }
    };
    let group = one("thingGroupName", "thingGroupArn", "thinggroup")?;
    let thing = one("thingName", "thingArn", "thing")?;
    Ok((registered_thing(service, &thing)?, group))
}

/// A thing that joins the target group of a CONTINUOUS job gets the job.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AddThingToThingGroup.html>
pub(crate) fn add_thing_to_thing_group(service: &mut Service, call: &ApiCall<'_>) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let (thing, group) = membership(service, parameters)?;
    find_static_group(service, &group)?;
    check_may_join(service, &thing, (&[&group], &[]), parameters)?;
    let before = service.all_groups_of(&thing);
    service.registry.add_member(&group, &thing);
    service.follow_thing(&thing, &before, now);
    Ok(None)
}

/// A thing that leaves the target group of a CONTINUOUS job loses the job if it has not started it.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RemoveThingFromThingGroup.html>
pub(crate) fn remove_thing_from_thing_group(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let (thing, group) = membership(service, parameters)?;
    // Recorded session: an unknown group is not an error.
    if service.registry.groups.contains_key(&group) {
        find_static_group(service, &group)?;
        let before = service.all_groups_of(&thing);
        service.registry.remove_member(&group, &thing);
        service.follow_thing(&thing, &before, now);
    }
    Ok(None)
}

/// GUESS: the thing joins and leaves at the same time, so that a job that targets both groups is kept.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThingGroupsForThing.html>
pub(crate) fn update_thing_groups_for_thing(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let thing = thing_name(parameters.text("thingName").unwrap_or_default())?;
    let thing = registered_thing(service, thing.as_str())?;
    let joined = parameters.texts("thingGroupsToAdd");
    let left = parameters.texts("thingGroupsToRemove");
    if let Some(both) = joined.iter().find(|group| left.contains(group)) {
        return Err(HttpError::invalid_request(format!(
            "Thing group {both} cannot be both in thingGroupsToAdd and in thingGroupsToRemove"
        )));
    }
    for group in &joined {
        find_static_group(service, group)?;
    }
    let known = |group: &&&str| service.registry.groups.contains_key(**group);
    for group in left.iter().filter(known) {
        find_static_group(service, group)?;
    }
    check_may_join(service, &thing, (&joined, &left), parameters)?;
    let before = service.all_groups_of(&thing);
    for group in joined {
        service.registry.add_member(group, &thing);
    }
    for group in left {
        service.registry.remove_member(group, &thing);
    }
    service.follow_thing(&thing, &before, now);
    Ok(None)
}

/// "You can add a thing to a maximum of 10 groups. But you can't add a thing to more than one group in the same hierarchy."
/// Dynamic groups count, unless they are overridden: the thing then leaves the newest of them.
/// GUESS: the rules are documented, the messages are not. The operations have no LimitExceededException.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>
/// <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
fn check_may_join(
    service: &Service,
    thing: &ThingName,
    (joined, left): (&[&str], &[&str]),
    parameters: &Parameters,
) -> Result<(), HttpError> {
    let registered = &service.registry.things[thing];
    let present = registered.groups.iter().map(String::as_str);
    let mut groups: BTreeSet<&str> = present.filter(|group| !left.contains(group)).collect();
    let before = groups.len();
    for group in joined {
        let root = |name| service.registry.lineage(name).last();
        if let Some(other) = groups
            .iter()
            .find(|other| *other != group && root(other) == root(group))
        {
            return Err(HttpError::invalid_request(format!(
                "Thing {thing} is in thing group {other}, which is in the same hierarchy as {group}."
            )));
        }
        groups.insert(group);
    }
    let overrides = parameters.get("overrideDynamicGroups") == Some(&Value::Bool(true));
    let dynamic = registered.dynamic_groups().len();
    // A thing that does not join another group need not make room.
    let is_full = groups.len() > before && !overrides && groups.len() + dynamic > GROUPS_OF_THING;
    if is_full || groups.len() > GROUPS_OF_THING {
        return Err(HttpError::invalid_request(format!(
            "A thing cannot be in more than {GROUPS_OF_THING} thing groups."
        )));
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingsInThingGroup.html>
pub(crate) fn list_things_in_thing_group(
    service: &Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let group = find_group(service, name)?;
    let recursive = parameters.query_flag("recursive");
    let list = format!("members of {name}");
    page(&list, "things", parameters, |key: Option<String>| {
        let key = key.as_deref();
        let things: Box<dyn Iterator<Item = &ThingName>> = if recursive {
            Box::new(group.all_things_behind(key))
        } else {
            Box::new(group.things.range::<str, _>(behind(key)))
        };
        Box::new(things.map(|thing| (thing.to_string(), json!(thing.as_str()))))
    })
}

/// "A list of the thing groups this thing belongs to, including any parent groups".
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html#list-thing-groups-for-thing>
pub(crate) fn list_thing_groups_for_thing(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let name = thing_name(thing)?;
    let name = registered_thing(service, name.as_str())?;
    let groups = service.registry.groups_of(&name);
    let list = format!("groups of {thing}");
    page(&list, "thingGroups", parameters, |last: Option<String>| {
        let groups = groups.into_iter();
        let groups = groups.filter(move |group| last.as_deref().is_none_or(|last| *group > last));
        Box::new(groups.map(|group| (group.to_owned(), group_name_and_arn(service, group))))
    })
}
