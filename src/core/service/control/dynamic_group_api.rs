//! The control plane's operations on dynamic thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::json;

use crate::service::control::call::ApiCall;
use crate::service::control::group_api::{
    GroupProperties, INDEX, NewGroup, QUERY_VERSION, check_version, exists_otherwise, find_group,
};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::limits::DYNAMIC_GROUPS;
use crate::service::query::{self, QueryError};
use crate::service::registry::GroupQuery;
use crate::service::state::Service;

/// GUESS: the same request again succeeds, as for a static group.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateDynamicThingGroup.html>
pub(crate) fn create_dynamic_thing_group(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let new = NewGroup::read(call.parameters)?;
    let text = query_string(call.parameters)?.unwrap_or_default();
    let arn = service.identity.group_arn(name);
    if let Some(existing) = service.registry.groups.get(name) {
        let query = existing.query.as_ref();
        if query.is_none_or(|query| query.text != text) || !new.is(existing) {
            return Err(exists_otherwise(name, &arn));
        }
    } else {
        if service.registry.number_of_dynamic_groups() >= DYNAMIC_GROUPS {
            return Err(HttpError::limit_exceeded(format!(
                "An account cannot have more than {DYNAMIC_GROUPS} dynamic thing groups."
            )));
        }
        let mut group = new.group(service, call.now);
        group.query = Some(GroupQuery {
            text: text.to_owned(),
            sequence: service.ids.next_sequence(),
        });
        service.registry.add_group(name, group);
        service.follow_query(name, call.now);
    }
    let id = &service.registry.groups[name].id;
    Ok(Some(json!({
        "thingGroupName": name,
        "thingGroupArn": arn,
        "thingGroupId": id,
        "indexName": INDEX,
        "queryString": text,
        "queryVersion": QUERY_VERSION,
    })))
}

/// The query of a request, if it has one, which is checked.
fn query_string(parameters: &Parameters) -> Result<Option<&str>, HttpError> {
    let index = parameters.text("indexName");
    if let Some(index) = index.filter(|index| *index != INDEX) {
        return Err(HttpError::not_found(format!("Index {index} not found.")));
    }
    let version = parameters.text("queryVersion");
    if let Some(version) = version.filter(|version| *version != QUERY_VERSION) {
        return Err(HttpError::invalid_request(format!(
            "Query version {version} is not supported. The only one is {QUERY_VERSION}."
        )));
    }
    let text = parameters.text("queryString");
    if let Some(text) = text {
        query::parse(text).map_err(|error| match error {
            QueryError::NotEmulated(_) => HttpError::not_emulated(&error.to_string()),
            QueryError::Invalid(message) => HttpError::invalid_query(message),
        })?;
    }
    Ok(text)
}

/// A group that exists and is dynamic.
fn check_dynamic(service: &Service, name: &str) -> Result<(), HttpError> {
    if find_group(service, name)?.query.is_none() {
        return Err(HttpError::invalid_request(format!(
            "Thing Group {name} is static. This operation is for dynamic thing groups."
        )));
    }
    Ok(())
}

/// Members that are absent are not changed.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateDynamicThingGroup.html>
pub(crate) fn update_dynamic_thing_group(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let parameters = call.parameters;
    let properties = GroupProperties::read(parameters);
    let text = query_string(parameters)?;
    check_dynamic(service, name)?;
    let Some(group) = service.registry.groups.get_mut(name) else {
        return Ok(None);
    };
    properties.apply(group, name, parameters.integer("expectedVersion"))?;
    let version = group.version;
    if let Some((text, query)) = text.zip(group.query.as_mut()) {
        text.clone_into(&mut query.text);
        let query = query.clone();
        service.registry.set_query(name, &query);
        service.follow_query(name, call.now);
    }
    Ok(Some(json!({ "version": version })))
}

/// The operation has no ResourceNotFoundException: deleting a group that does not exist succeeds.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteDynamicThingGroup.html>
pub(crate) fn delete_dynamic_thing_group(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    if service.registry.groups.contains_key(name) {
        check_dynamic(service, name)?;
        check_version(find_group(service, name)?, name, call.parameters)?;
        service.remove_group(name, call.now);
    }
    Ok(None)
}
