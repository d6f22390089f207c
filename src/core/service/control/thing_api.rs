//! The control plane's operations on things, and DescribeEndpoint.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/thing-registry.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::control::call::ApiCall;
use crate::service::control::paging::page;
use crate::service::control::type_api::given_type;
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::json;
use crate::service::limits::{THING_ATTRIBUTES, TYPED_THING_ATTRIBUTES};
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

fn check_number_of_attributes(
    attributes: &BTreeMap<String, String>,
    has_type: bool,
) -> Result<(), HttpError> {
    let (max, kind) = if has_type {
        (TYPED_THING_ATTRIBUTES, "with")
    } else {
        (THING_ATTRIBUTES, "without")
    };
    if attributes.len() > max {
        return Err(HttpError::invalid_request(format!(
            "A thing {kind} a thing type cannot have more than {max} attributes."
        )));
    }
    Ok(())
}

/// Members that are absent are not changed. <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThing.html>
pub(crate) fn update_thing(service: &mut Service, text: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let parameters = call.parameters;
    let name = thing_name(text)?;
    let expected = parameters.integer("expectedVersion");
    let missing = || HttpError::not_found(format!("Thing {name} not found."));
    let thing = service.registry.things.get(&name).ok_or_else(missing)?;
    if expected.is_some_and(|expected| i64::try_from(thing.version) != Ok(expected)) {
        return Err(HttpError::other_version("thing", text));
    }
    let given = given_type(service, parameters, &name)?;
    let removes = parameters.get("removeThingType") == Some(&Value::Bool(true));
    if removes && given.is_some() {
        // GUESS: the page does not say which of the two counts.
        return Err(HttpError::invalid_request(
            "thingTypeName and removeThingType cannot be used at the same time.",
        ));
    }
    let present = thing.thing_type().filter(|_| !removes);
    let thing_type = given.or_else(|| present.map(Into::into));
    let mut changed = thing.attributes().clone();
    let payload = parameters.get("attributePayload");
    update_attributes(&mut changed, payload.unwrap_or(&Value::Null));
    check_number_of_attributes(&changed, thing_type.is_some())?;
    let before = service.all_groups_of(&name);
    if let Some(thing) = service.registry.things.get_mut(&name) {
        thing.version += 1;
    }
    service.registry.describe_thing(&name, changed, thing_type);
    service.principals.thing_changed(&name);
    service.follow_thing(&name, &before, call.now);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html>
pub(crate) fn create_thing(service: &mut Service, name: &str, call: &ApiCall<'_>) -> ControlAnswer {
    let parameters = call.parameters;
    let thing = thing_name(name)?;
    let payload = parameters.get("attributePayload");
    let attributes = first_attributes(payload.unwrap_or(&Value::Null))?;
    let thing_type = given_type(service, parameters, &thing)?;
    check_number_of_attributes(&attributes, thing_type.is_some())?;
    let arn = service.identity.thing_arn(name);
    let id = if let Some(existing) = service.registry.things.get(&thing) {
        // Creating the same thing again is not an error: "the same configuration" succeeds.
        if *existing.attributes() != attributes || existing.thing_type() != thing_type.as_deref() {
            let message = format!(
                "Thing {name} already exists in current account with different configuration"
            );
            return Err(HttpError::already_exists(message, name, &arn));
        }
        existing.id.clone()
    } else {
        let id = service.ids.fresh_id();
        let registry = &mut service.registry;
        let registered = RegisteredThing::new(id.clone());
        registry.things.insert(thing.clone(), registered);
        registry.describe_thing(&thing, attributes, thing_type);
        service.follow_thing(&thing, &BTreeSet::new(), call.now);
        id
    };
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
    let mut answer = json!({
        "defaultClientId": name,
        "thingName": name,
        "thingId": thing.id,
        "thingArn": service.identity.thing_arn(name),
        "attributes": thing.attributes(),
        "version": thing.version,
    });
    json::add(&mut answer, "thingTypeName", thing.thing_type());
    Ok(Some(answer))
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
    let thing_type = parameters.query("thingTypeName");
    let registry = &service.registry;
    let Some(attribute) = attribute else {
        let all = || "things".to_owned();
        let kind = thing_type.map_or_else(all, |name| format!("things of type {name}"));
        return page(&kind, "things", parameters, |last: Option<String>| {
            let last = last.as_deref();
            let things: Box<dyn Iterator<Item = &ThingName>> = match thing_type {
                Some(thing_type) => Box::new(registry.things_of_type(thing_type, last)),
                None => Box::new(registry.things.range::<str, _>(behind(last)).map(|it| it.0)),
            };
            let things = things.filter_map(|name| registry.things.get_key_value(name));
            let view = |(name, thing): (&ThingName, _)| {
                (name.to_string(), listed(service, name.as_str(), thing))
            };
            Box::new(things.map(view))
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
        let things = registry.with_attribute(attribute, from, last);
        let things = things.take_while(move |((value, _), _)| is_wanted(value));
        let is_of_type = move |thing: &RegisteredThing| {
            thing_type.is_none_or(|wanted| thing.thing_type() == Some(wanted))
        };
        let things = things.filter(move |(_, thing)| is_of_type(thing));
        Box::new(things.map(|(place, thing)| (place.clone(), listed(service, &place.1, thing))))
    })
}

/// A thing in a list.
fn listed(service: &Service, name: &str, thing: &RegisteredThing) -> Value {
    let mut view = json!({
        "thingName": name,
        "thingArn": service.identity.thing_arn(name),
        "attributes": thing.attributes(),
        "version": thing.version,
    });
    json::add(&mut view, "thingTypeName", thing.thing_type());
    view
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
