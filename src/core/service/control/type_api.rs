//! The control plane's operations on thing types.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, mostly are not.

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::behind::behind;
use crate::service::control::call::ApiCall;
use crate::service::control::paging::page;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::json;
use crate::service::limits::{DEPRECATION_MS, PROPAGATING_ATTRIBUTES, SEARCHABLE_ATTRIBUTES};
use crate::service::registry::{PropagatingAttribute, ThingType, TypeProperties};
use crate::service::state::Service;
use crate::service::tags::Tags;

/// "If this call is made multiple times using the same thing type name and configuration, the call will succeed."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThingType.html>
pub(crate) fn create_thing_type(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let properties = properties(call.parameters);
    let tags = Tags::read(call.parameters);
    tags.check()?;
    let arn = service.identity.type_arn(name);
    if let Some(existing) = service.registry.types.get(name) {
        if existing.properties != properties {
            let message = format!(
                "Thing Type {name} already exists in current account with different properties"
            );
            return Err(HttpError::already_exists(message, name, &arn));
        }
    } else {
        check_properties(&properties)?;
        let mut thing_type = ThingType::new(service.ids.fresh_id(), properties, call.now);
        thing_type.tags = tags;
        service.registry.types.insert(name.to_owned(), thing_type);
    }
    let id = &service.registry.types[name].id;
    Ok(Some(
        json!({ "thingTypeName": name, "thingTypeArn": arn, "thingTypeId": id }),
    ))
}

/// `thingTypeProperties`, each member absent unless given.
fn properties(parameters: &Parameters) -> TypeProperties {
    let value = parameters.get("thingTypeProperties");
    let value = value.unwrap_or(&Value::Null);
    let searchable = value["searchableAttributes"].as_array();
    let searchable = searchable.into_iter().flatten().filter_map(Value::as_str);
    TypeProperties {
        description: value["thingTypeDescription"]
            .as_str()
            .map(ToOwned::to_owned),
        searchable_attributes: searchable.map(ToOwned::to_owned).collect(),
        propagating_attributes: propagating(&value["mqtt5Configuration"]),
    }
}

fn propagating(configuration: &Value) -> Option<Vec<PropagatingAttribute>> {
    let list = configuration["propagatingAttributes"].as_array()?.iter();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let attributes = list.map(|attribute| PropagatingAttribute {
        user_property_key: text(&attribute["userPropertyKey"]),
        thing_attribute: text(&attribute["thingAttribute"]),
        connection_attribute: text(&attribute["connectionAttribute"]),
    });
    Some(attributes.collect())
}

/// The details of a connection that can be added to messages.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-iot-thingtype-propagatingattribute.html>
const CONNECTION_ATTRIBUTES: [&str; 2] = ["iot:ClientId", "iot:Thing.ThingName"];

fn check_properties(properties: &TypeProperties) -> Result<(), HttpError> {
    if properties.searchable_attributes.len() > SEARCHABLE_ATTRIBUTES {
        return Err(HttpError::invalid_request(format!(
            "A thing type cannot have more than {SEARCHABLE_ATTRIBUTES} searchable attributes."
        )));
    }
    let propagating = properties.propagating_attributes.as_deref();
    let propagating = propagating.unwrap_or_default();
    if propagating.len() > PROPAGATING_ATTRIBUTES {
        return Err(HttpError::invalid_request(format!(
            "A thing type cannot have more than {PROPAGATING_ATTRIBUTES} propagating attributes."
        )));
    }
    for attribute in propagating {
        let sources = [&attribute.thing_attribute, &attribute.connection_attribute];
        if attribute.user_property_key.is_none() || sources.into_iter().flatten().count() != 1 {
            return Err(HttpError::invalid_request(
                "A propagating attribute needs a userPropertyKey, and either a thingAttribute or a connectionAttribute.",
            ));
        }
        if let Some(name) = &attribute.connection_attribute
            && !CONNECTION_ATTRIBUTES.contains(&&**name)
        {
            let all = CONNECTION_ATTRIBUTES.join(" and ");
            return Err(HttpError::invalid_request(format!(
                "{name} is not a connectionAttribute; they are {all}."
            )));
        }
    }
    Ok(())
}

/// A thing type that exists, by its name.
pub(crate) fn find_type<'a>(service: &'a Service, name: &str) -> Result<&'a ThingType, HttpError> {
    let found = service.registry.types.get(name);
    found.ok_or_else(|| HttpError::not_found(format!("Thing type {name} not found.")))
}

/// A type as ListThingTypes shows it.
fn view(service: &Service, name: &str, thing_type: &ThingType) -> Value {
    let TypeProperties {
        description,
        searchable_attributes,
        propagating_attributes,
    } = &thing_type.properties;
    let mut properties = json!({});
    json::add(
        &mut properties,
        "thingTypeDescription",
        description.as_ref(),
    );
    if !searchable_attributes.is_empty() {
        properties["searchableAttributes"] = json!(searchable_attributes);
    }
    if let Some(attributes) = propagating_attributes {
        properties["mqtt5Configuration"] = json!({ "propagatingAttributes": attributes });
    }
    let mut metadata = json!({
        "deprecated": thing_type.deprecated_at.is_some(),
        "creationDate": thing_type.created_at,
    });
    json::add(&mut metadata, "deprecationDate", thing_type.deprecated_at);
    json!({
        "thingTypeName": name,
        "thingTypeArn": service.identity.type_arn(name),
        "thingTypeProperties": properties,
        "thingTypeMetadata": metadata,
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThingType.html>
pub(crate) fn describe_thing_type(service: &Service, name: &str) -> ControlAnswer {
    let thing_type = find_type(service, name)?;
    let mut answer = view(service, name, thing_type);
    answer["thingTypeId"] = json!(thing_type.id);
    Ok(Some(answer))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingTypes.html>
pub(crate) fn list_thing_types(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let wanted = parameters.query("thingTypeName");
    page(
        "thing types",
        "thingTypes",
        parameters,
        |last: Option<String>| {
            let types = service
                .registry
                .types
                .range::<str, _>(behind(last.as_deref()));
            let types = types.filter(move |(name, _)| wanted.is_none_or(|wanted| *name == wanted));
            Box::new(
                types.map(|(name, thing_type)| (name.clone(), view(service, name, thing_type))),
            )
        },
    )
}

/// "Note that you can only update `mqtt5Configuration`". GUESS: what is given as it is does not count as an update.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/thing-types-propagating-attributes.html>
pub(crate) fn update_thing_type(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let present = &find_type(service, name)?.properties;
    let given = properties(parameters);
    let is_other = given.description.is_some() && given.description != present.description
        || !given.searchable_attributes.is_empty()
            && given.searchable_attributes != present.searchable_attributes;
    if is_other {
        return Err(HttpError::invalid_request(format!(
            "Only mqtt5Configuration of thing type {name} can be updated."
        )));
    }
    check_properties(&given)?;
    if let Some(attributes) = given.propagating_attributes
        && let Some(thing_type) = service.registry.types.get_mut(name)
    {
        thing_type.properties.propagating_attributes = Some(attributes);
        let things = service.registry.things_of_type(name, None);
        for thing in things {
            service.principals.thing_changed(thing);
        }
    }
    Ok(None)
}

/// "You can not associate new things with deprecated thing type." GUESS: a second deprecation changes nothing, not even the
/// date; the page does not say.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeprecateThingType.html>
pub(crate) fn deprecate_thing_type(
    service: &mut Service,
    name: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    find_type(service, name)?;
    let is_undone = call.parameters.get("undoDeprecate") == Some(&Value::Bool(true));
    if let Some(thing_type) = service.registry.types.get_mut(name) {
        let since = thing_type.deprecated_at.unwrap_or(call.now);
        thing_type.deprecated_at = (!is_undone).then_some(since);
    }
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingType.html>
pub(crate) fn delete_thing_type(
    service: &mut Service,
    name: &str,
    now: EpochMillis,
) -> ControlAnswer {
    let refused = |why: &str| {
        let message = format!("Cannot delete thing type : {name}. {why}");
        Err(HttpError::invalid_request(message))
    };
    let Some(since) = find_type(service, name)?.deprecated_at else {
        return refused("Please deprecate it first");
    };
    if service.registry.things_of_type(name, None).next().is_some() {
        return refused("There are still things associated with it");
    }
    if now.0 < since.0 + DEPRECATION_MS {
        // As on AWS: public code waits for these words.
        return refused("Please wait for 5 minutes after deprecation and then retry");
    }
    service.registry.types.remove(name);
    Ok(None)
}

/// The type that a request gives to a thing, whose type it may be already.
pub(crate) fn given_type(
    service: &Service,
    parameters: &Parameters,
    thing: &ThingName,
) -> Result<Option<Box<str>>, HttpError> {
    let Some(name) = parameters.text("thingTypeName") else {
        return Ok(None);
    };
    let thing_type = find_type(service, name)?;
    let thing = service.registry.things.get(thing);
    let is_new = thing.is_none_or(|thing| thing.thing_type() != Some(name));
    if thing_type.deprecated_at.is_some() && is_new {
        return Err(HttpError::invalid_request(format!(
            "Thing type {name} is deprecated. New things cannot be associated with it."
        )));
    }
    Ok(Some(name.into()))
}
