//! The control plane's operations on things, and DescribeEndpoint.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-registry.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::control::paging::page;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::limits::THING_ATTRIBUTES;
use crate::service::registry::RegisteredThing;
use crate::service::state::Service;

/// The attributes of an `attributePayload`, if present.
fn attributes(payload: &Value) -> Option<BTreeMap<String, String>> {
    let attributes = payload["attributes"].as_object()?.iter();
    attributes
        .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// The attributes of a new thing.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) fn first_attributes(payload: &Value) -> Result<BTreeMap<String, String>, HttpError> {
    let attributes = attributes(payload).unwrap_or_default();
    match attributes.iter().find(|(_, value)| value.is_empty()) {
        // GUESS: an empty value removes an attribute, and a new thing has none; the message is not documented.
        Some((name, _)) => Err(HttpError::invalid_request(format!(
            "The value of attribute {name} cannot be empty."
        ))),
        None => Ok(attributes),
    }
}

/// Replaces the attributes by those of an `attributePayload`, or merges them. An empty value removes an attribute.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttributePayload.html>
pub(crate) fn update_attributes(present: &mut BTreeMap<String, String>, payload: &Value) {
    if let Some(attributes) = attributes(payload) {
        if payload["merge"].as_bool() != Some(true) {
            present.clear();
        }
        present.extend(attributes);
        present.retain(|_, value| !value.is_empty());
    }
}

fn check_number_of_attributes(attributes: &BTreeMap<String, String>) -> Result<(), HttpError> {
    if attributes.len() > THING_ATTRIBUTES {
        return Err(HttpError::invalid_request(format!(
            "A thing without a thing type cannot have more than {THING_ATTRIBUTES} attributes."
        )));
    }
    Ok(())
}

/// Members that are absent are not changed. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThing.html>
pub(crate) fn update_thing(
    service: &mut Service,
    text: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let name = thing_name(text)?;
    let expected = parameters.integer("expectedVersion");
    let missing = || HttpError::not_found(format!("Thing {name} not found."));
    let thing = service.registry.things.get_mut(&name).ok_or_else(missing)?;
    if expected.is_some_and(|expected| i64::try_from(thing.version) != Ok(expected)) {
        return Err(HttpError::other_version("thing", text));
    }
    let mut changed = thing.attributes().clone();
    let payload = parameters.get("attributePayload");
    update_attributes(&mut changed, payload.unwrap_or(&Value::Null));
    check_number_of_attributes(&changed)?;
    thing.version += 1;
    service.registry.set_attributes(&name, changed);
    service.principals.thing_changed(&name);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
pub(crate) fn create_thing(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let thing = thing_name(name)?;
    let payload = parameters.get("attributePayload");
    let attributes = first_attributes(payload.unwrap_or(&Value::Null))?;
    check_number_of_attributes(&attributes)?;
    let arn = service.identity.thing_arn(name);
    // Creating the same thing again is not an error: "the same configuration" succeeds.
    if let Some(existing) = service.registry.things.get(&thing)
        && *existing.attributes() != attributes
    {
        let message =
            format!("Thing {name} already exists in current account with different configuration");
        return Err(HttpError::already_exists(message, name, &arn));
    }
    service.register_thing(&thing);
    service.registry.set_attributes(&thing, attributes);
    let id = &service.registry.things[&thing].id;
    Ok(Some(
        json!({ "thingName": name, "thingArn": arn, "thingId": id }),
    ))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html>
pub(crate) fn describe_thing(service: &Service, name: &str) -> ControlAnswer {
    let found = ThingName::new(name)
        .ok()
        .and_then(|thing| service.registry.things.get(&thing));
    // Recorded session: only the message of this operation also contains the account.
    let thing = found.ok_or_else(|| {
        HttpError::not_found(format!(
            "Thing {}:{name} not found.",
            service.identity.account
        ))
    })?;
    Ok(Some(json!({
        "defaultClientId": name,
        "thingName": name,
        "thingId": thing.id,
        "thingArn": service.identity.thing_arn(name),
        "attributes": thing.attributes(),
        "version": thing.version,
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThings.html>
pub(crate) fn list_things(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let attribute = parameters.query("attributeName");
    let wanted = parameters.query("attributeValue");
    // GUESS: "The attribute name used to search for things" and its value go together; the message for a value without a
    // name is not documented.
    if wanted.is_some() && attribute.is_none() {
        return Err(HttpError::invalid_request(
            "attributeValue cannot be used without attributeName.",
        ));
    }
    if parameters.query("thingTypeName").is_some() {
        // Thing types are not emulated, so no thing has one.
        return page("things", "things", parameters, |_: Option<String>| {
            Box::new(std::iter::empty())
        });
    }
    let view = |name: &str, thing: &RegisteredThing| {
        json!({
            "thingName": name,
            "thingArn": service.identity.thing_arn(name),
            "attributes": thing.attributes(),
            "version": thing.version,
        })
    };
    let Some(attribute) = attribute else {
        return page("things", "things", parameters, |last: Option<String>| {
            let things = service
                .registry
                .things
                .range::<str, _>(behind(last.as_deref()));
            let things = things.map(move |(name, thing)| {
                let view = view(name.as_str(), thing);
                (name.to_string(), view)
            });
            Box::new(things)
        });
    };
    let is_prefix = parameters.query_flag("usePrefixAttributeValue");
    let is_wanted = move |value: &str| match wanted {
        None => true,
        Some(wanted) if is_prefix => value.starts_with(wanted),
        Some(wanted) => value == wanted,
    };
    // GUESS: the order is not documented; things with the same value are together.
    page("things by attribute", "things", parameters, |last| {
        let from = wanted.unwrap_or_default();
        let things = service.registry.with_attribute(attribute, from, last);
        let things = things.take_while(move |((value, _), _)| is_wanted(value));
        Box::new(things.map(move |(place, thing)| (place.clone(), view(&place.1, thing))))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html>
pub(crate) fn delete_thing(
    service: &mut Service,
    name: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    // Deleting a thing that does not exist succeeds.
    let Some(thing) = ThingName::new(name).ok() else {
        return Ok(None);
    };
    let Some(existing) = service.registry.things.get(&thing) else {
        return Ok(None);
    };
    if parameters
        .query("expectedVersion")
        .is_some_and(|expected| expected.parse() != Ok(existing.version))
    {
        return Err(HttpError::other_version("thing", name));
    }
    if service.principals.has_thing(&thing) {
        return Err(HttpError::invalid_request(format!(
            "Cannot delete. Thing {name} is still attached to one or more principals"
        )));
    }
    // Recorded session: the thing's job executions stay, and no event is sent.
    service.registry.remove_thing(&thing);
    Ok(None)
}

/// Only the ATS data endpoint is supported; AWS has retired the others (recorded session).
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html>
pub(crate) fn describe_endpoint(service: &Service, parameters: &Parameters) -> ControlAnswer {
    match parameters.query("endpointType").unwrap_or("iot:Data-ATS") {
        // The credential provider is not emulated, but programs that set up devices ask for its address.
        "iot:Data-ATS" | "iot:CredentialProvider" => Ok(Some(
            json!({ "endpointAddress": service.identity.endpoint }),
        )),
        "iot:Data" => Err(HttpError::invalid_request(
            "iot:Data is not supported. Please use iot:Data-ATS instead.",
        )),
        "iot:Jobs" => Err(HttpError::invalid_request(
            "IoT Jobs and Commands APIs are now available through iot:Data-ATS endpoints instead of iot:Jobs \
             endpoints. Please use iot:Data-ATS.",
        )),
        // GUESS: the types are documented, the message for another type is not.
        other => Err(HttpError::invalid_request(format!(
            "{other} is not a valid endpointType."
        ))),
    }
}
