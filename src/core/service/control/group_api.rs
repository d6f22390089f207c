//! The control plane's operations on static thing groups.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::EpochMillis;
use crate::service::behind::behind_from;
use crate::service::control::call::ApiCall;
use crate::service::control::paging::page;
use crate::service::control::thing_api::{first_attributes, update_attributes};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::json;
use crate::service::limits::{CHILD_GROUPS, GROUP_ATTRIBUTES, GROUP_LEVELS};
use crate::service::registry::ThingGroup;
use crate::service::state::Service;
use crate::service::tags::Tags;

/// The index over things. <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateDynamicThingGroup.html>
pub(crate) const INDEX: &str = "AWS_Things";

/// "Currently one query version is supported".
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateDynamicThingGroup.html>
pub(crate) const QUERY_VERSION: &str = "2017-09-30";

/// What both kinds of groups are created with.
pub(crate) struct NewGroup<'a> {
    description: Option<&'a str>,
    attributes: BTreeMap<String, String>,
    tags: Tags,
}

impl<'a> NewGroup<'a> {
    pub(crate) fn read(parameters: &'a Parameters) -> Result<Self, HttpError> {
        let properties = GroupProperties::read(parameters);
        let tags = Tags::read(parameters);
        tags.check()?;
        let attributes = first_attributes(properties.attribute_payload)?;
        check_number_of_attributes(&attributes)?;
        Ok(Self {
            description: properties.description,
            attributes,
            tags,
        })
    }

    /// Whether a group that exists could have been created so; its tags do not count.
    pub(crate) fn is(&self, group: &ThingGroup) -> bool {
        group.description.as_deref() == self.description && group.attributes == self.attributes
    }

    pub(crate) fn group(self, service: &mut Service, now: EpochMillis) -> ThingGroup {
        let mut group = ThingGroup::new(service.ids.fresh_id(), now);
        group.description = self.description.map(ToOwned::to_owned);
        group.attributes = self.attributes;
        group.tags = self.tags;
        group
    }
}

/// `thingGroupProperties`, each member absent unless given.
pub(crate) struct GroupProperties<'a> {
    description: Option<&'a str>,
    attribute_payload: &'a Value,
}

impl<'a> GroupProperties<'a> {
    /// <https://docs.aws.amazon.com/iot/latest/apireference/API_ThingGroupProperties.html>
    pub(crate) fn read(parameters: &'a Parameters) -> Self {
        let value = parameters
            .get("thingGroupProperties")
            .unwrap_or(&Value::Null);
        Self {
            description: value["thingGroupDescription"].as_str(),
            attribute_payload: &value["attributePayload"],
        }
    }

    /// Changes a group; members that are absent are not changed.
    pub(crate) fn apply(
        &self,
        group: &mut ThingGroup,
        name: &str,
        expected: Option<i64>,
    ) -> Result<(), HttpError> {
        let mut changed = group.attributes.clone();
        update_attributes(&mut changed, self.attribute_payload);
        check_number_of_attributes(&changed)?;
        if expected.is_some_and(|expected| i64::try_from(group.version) != Ok(expected)) {
            return Err(HttpError::other_version("thing group", name));
        }
        group.attributes = changed;
        if let Some(description) = self.description {
            group.description = Some(description.to_owned());
        }
        group.version += 1;
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingGroup.html>
pub(crate) fn create_thing_group(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let new = NewGroup::read(call.parameters)?;
    let parent = parent(service, call.parameters)?;
    let arn = service.identity.group_arn(name);
    if let Some(existing) = service.registry.groups.get(name) {
        let is_same = existing.query.is_none() && existing.parent.as_deref() == parent;
        if !is_same || !new.is(existing) {
            return Err(exists_otherwise(name, &arn));
        }
    } else {
        check_hierarchy(service, parent)?;
        let mut group = new.group(service, call.now);
        group.parent = parent.map(ToOwned::to_owned);
        service.registry.add_group(name, group);
    }
    let id = &service.registry.groups[name].id;
    Ok(Some(
        json!({ "thingGroupName": name, "thingGroupArn": arn, "thingGroupId": id }),
    ))
}

/// A group with this name exists, and is another one than the request is to create.
pub(crate) fn exists_otherwise(name: &str, arn: &str) -> HttpError {
    let message =
        format!("Thing Group {name} already exists in current account with different properties");
    HttpError::already_exists(message, name, arn)
}

/// The parent of a new group.
fn parent<'a>(service: &Service, parameters: &'a Parameters) -> Result<Option<&'a str>, HttpError> {
    let parent = parameters.text("parentGroupName");
    match parent.filter(|parent| !service.registry.groups.contains_key(*parent)) {
        // The operation has no ResourceNotFoundException.
        Some(parent) => Err(HttpError::invalid_request(format!(
            "Thing Group {parent} cannot be found."
        ))),
        None => Ok(parent),
    }
}

/// GUESS: the limits are documented, the messages are not. The operation has no LimitExceededException. A group without a
/// parent counts as the first level.
/// <https://docs.aws.amazon.com/general/latest/gr/iot_device_management.html#thing-limits>
fn check_hierarchy(service: &Service, parent: Option<&str>) -> Result<(), HttpError> {
    let Some(parent) = parent else {
        return Ok(());
    };
    let registry = &service.registry;
    if registry.lineage(parent).count() >= GROUP_LEVELS {
        return Err(HttpError::invalid_request(format!(
            "A hierarchy of thing groups cannot be deeper than {GROUP_LEVELS} levels."
        )));
    }
    let found = registry.groups.get(parent);
    if found.is_some_and(|parent| parent.query.is_some()) {
        // "Dynamic thing groups can't be part of a hierarchy."
        // <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
        return Err(HttpError::invalid_request(format!(
            "Thing Group {parent} is dynamic and cannot have child groups."
        )));
    }
    let parent = found;
    if parent.is_some_and(|parent| parent.children.len() >= CHILD_GROUPS) {
        return Err(HttpError::invalid_request(format!(
            "A thing group cannot have more than {CHILD_GROUPS} direct child groups."
        )));
    }
    Ok(())
}

fn check_number_of_attributes(attributes: &BTreeMap<String, String>) -> Result<(), HttpError> {
    if attributes.len() > GROUP_ATTRIBUTES {
        return Err(HttpError::invalid_request(format!(
            "A thing group cannot have more than {GROUP_ATTRIBUTES} attributes."
        )));
    }
    Ok(())
}

/// A group that exists, by its name.
pub(crate) fn find_group<'a>(
    service: &'a Service,
    name: &str,
) -> Result<&'a ThingGroup, HttpError> {
    service.registry.groups.get(name).ok_or_else(|| {
        // Recorded session.
        HttpError::not_found(format!(
            "Cannot find requested thing group for accountId: {} and thing group name: {name}",
            service.identity.account
        ))
    })
}

/// The same for an operation on static groups only.
pub(crate) fn find_static_group<'a>(
    service: &'a Service,
    name: &str,
) -> Result<&'a ThingGroup, HttpError> {
    let group = find_group(service, name)?;
    if group.query.is_some() {
        // GUESS: the guide says that dynamic groups have other commands, and members that are not chosen; the message is not
        // documented. <https://docs.aws.amazon.com/iot/latest/developerguide/dynamic-thing-groups.html>
        return Err(HttpError::invalid_request(format!(
            "Thing Group {name} is dynamic. This operation is for static thing groups."
        )));
    }
    Ok(group)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingGroup.html>
pub(crate) fn describe_thing_group(service: &Service, name: &str) -> ControlAnswer {
    let group = find_group(service, name)?;
    let mut properties = json!({});
    let description = group.description.as_ref();
    json::add(&mut properties, "thingGroupDescription", description);
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
    let mut answer = json!({
        "thingGroupName": name,
        "thingGroupId": group.id,
        "thingGroupArn": service.identity.group_arn(name),
        "version": group.version,
        "thingGroupProperties": properties,
        "thingGroupMetadata": metadata,
    });
    if let Some(query) = &group.query {
        // Its members are never behind, so it is neither BUILDING nor REBUILDING.
        answer["status"] = json!("ACTIVE");
        answer["indexName"] = json!(INDEX);
        answer["queryString"] = json!(query.text);
        answer["queryVersion"] = json!(QUERY_VERSION);
    }
    Ok(Some(answer))
}

/// `GroupNameAndArn`.
pub(crate) fn group_name_and_arn(service: &Service, name: &str) -> Value {
    json!({ "groupName": name, "groupArn": service.identity.group_arn(name) })
}

/// Members that are absent are not changed. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThingGroup.html>
pub(crate) fn update_thing_group(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let properties = GroupProperties::read(parameters);
    let expected = parameters.integer("expectedVersion");
    find_static_group(service, name)?;
    let Some(group) = service.registry.groups.get_mut(name) else {
        return Ok(None);
    };
    properties.apply(group, name, expected)?;
    Ok(Some(json!({ "version": group.version })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingGroups.html>
pub(crate) fn list_thing_groups(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let prefix = parameters.query("namePrefixFilter").unwrap_or_default();
    let parent = parameters
        .query("parentGroup")
        .map(|parent| find_group(service, parent))
        .transpose()?;
    // "If true, return child groups as well."
    let recursive = parameters.query_flag("recursive");
    let registry = &service.registry;
    page(
        "groups",
        "thingGroups",
        parameters,
        |last: Option<String>| {
            let range = behind_from(last.as_deref(), prefix);
            let names: Box<dyn Iterator<Item = &String>> = match (parent, recursive) {
                (None, true) => Box::new(registry.groups.range::<str, _>(range).map(|it| it.0)),
                (None, false) => Box::new(registry.top_groups().range::<str, _>(range)),
                (Some(parent), true) => Box::new(parent.descendants().range::<str, _>(range)),
                (Some(parent), false) => Box::new(parent.children.range::<str, _>(range)),
            };
            let names = names.take_while(move |name| name.starts_with(prefix));
            Box::new(names.map(|name| (name.clone(), group_name_and_arn(service, name))))
        },
    )
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingGroup.html>
pub(crate) fn delete_thing_group(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    // Deleting a group that does not exist succeeds.
    if service.registry.groups.contains_key(name) {
        let group = find_static_group(service, name)?;
        check_version(group, name, call.parameters)?;
        if !group.children.is_empty() {
            return Err(HttpError::invalid_request(format!(
                "Cannot delete thing group : {name} when there are still child groups attached to it."
            )));
        }
        service.remove_group(name, call.now);
    }
    Ok(None)
}

/// The version that a deletion expects.
pub(crate) fn check_version(
    group: &ThingGroup,
    name: &str,
    parameters: &Parameters,
) -> Result<(), HttpError> {
    let expected = parameters.query("expectedVersion");
    if expected.is_some_and(|expected| expected.parse() != Ok(group.version)) {
        return Err(HttpError::other_version("thing group", name));
    }
    Ok(())
}
