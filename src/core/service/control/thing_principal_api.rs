//! The control plane's operations on the attachment of certificates to things.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::{Value, json};

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::control::certificate::{find_certificate, principal_id};
use crate::service::control::paging::{Entries, page};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::state::Service;

const EXCLUSIVE: &str = "EXCLUSIVE_THING";

/// "When a certificate is associated with an exclusive thing, this certificate can only be associated with other things if you
/// detach it from the exclusive thing."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html>
pub(crate) fn attach_thing_principal(
    service: &mut Service,
    thing: &str,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let is_exclusive = parameters.query("thingPrincipalType") == Some(EXCLUSIVE);
    let (thing, id) = attachment(service, thing, principal)?;
    let certificate = find_certificate(service, &id)?;
    let other = certificate.things.iter().find(|other| **other != thing);
    if let Some(other) = other.filter(|_| is_exclusive || certificate.is_exclusive) {
        return Err(HttpError::invalid_request(format!(
            "The principal is attached to thing {other} and cannot be attached to thing {thing}, because one of the two is exclusive."
        )));
    }
    service.principals.attach_thing(&thing, &id);
    // GUESS: if the thing is attached already, the type of the last request counts.
    service.principals.set_exclusive(&id, is_exclusive);
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html>
pub(crate) fn detach_thing_principal(
    service: &mut Service,
    thing: &str,
    principal: Option<&str>,
) -> ControlAnswer {
    // GUESS: detaching what is not attached is not an error, as with policies.
    let (thing, id) = attachment(service, thing, principal)?;
    service.principals.detach_thing(&thing, &id);
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingPrincipals.html>
pub(crate) fn list_thing_principals(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let name = listed_thing(service, thing)?;
    let list = "principals";
    page(list, list, parameters, |last| {
        let ids = ids_of_thing(service, &name, last);
        Box::new(ids.map(|id| (id.clone(), json!(service.identity.certificate_arn(id)))))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingPrincipalsV2.html>
pub(crate) fn list_thing_principals_v2(
    service: &Service,
    thing: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let name = listed_thing(service, thing)?;
    let wanted = parameters.query("thingPrincipalType");
    page("principals", "thingPrincipalObjects", parameters, |last| {
        let ids = ids_of_thing(service, &name, last);
        Box::new(ids.filter_map(move |id| {
            let kind = kind(service.principals.certificate(id)?.is_exclusive, wanted)?;
            let arn = service.identity.certificate_arn(id);
            let view = json!({ "principal": arn, "thingPrincipalType": kind });
            Some((id.clone(), view))
        }))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalThings.html>
pub(crate) fn list_principal_things(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    things_of_principal(service, principal, parameters, "things", |_, thing| {
        Some(json!(thing.as_str()))
    })
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalThingsV2.html>
pub(crate) fn list_principal_things_v2(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let wanted = parameters.query("thingPrincipalType");
    let member = "principalThingObjects";
    things_of_principal(
        service,
        principal,
        parameters,
        member,
        |is_exclusive, thing| {
            let kind = kind(is_exclusive, wanted)?;
            Some(json!({ "thingName": thing.as_str(), "thingPrincipalType": kind }))
        },
    )
}

/// The things of a certificate, each as the view shows it, if it does.
fn things_of_principal(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
    member: &str,
    view: impl Fn(bool, &ThingName) -> Option<Value>,
) -> ControlAnswer {
    let id = principal_id(&service.identity, principal)?;
    let certificate = find_certificate(service, id)?;
    page("things", member, parameters, |last: Option<String>| {
        let things = certificate.things.range::<str, _>(behind(last.as_deref()));
        let things: Entries<'_, String> =
            Box::new(things.filter_map(|thing| {
                Some((thing.to_string(), view(certificate.is_exclusive, thing)?))
            }));
        things
    })
}

/// The type of an attachment, if it is the wanted one.
fn kind(is_exclusive: bool, wanted: Option<&str>) -> Option<&'static str> {
    let kind = if is_exclusive {
        EXCLUSIVE
    } else {
        "NON_EXCLUSIVE_THING"
    };
    wanted.is_none_or(|wanted| wanted == kind).then_some(kind)
}

/// The certificates of a thing behind one, by id.
fn ids_of_thing<'a>(
    service: &'a Service,
    thing: &ThingName,
    last: Option<String>,
) -> impl Iterator<Item = &'a String> + use<'a> {
    let ids = service.principals.of_thing(thing).into_iter();
    ids.flat_map(move |ids| ids.range(behind(last.clone())))
}

/// A thing whose principals are listed.
fn listed_thing(service: &Service, thing: &str) -> Result<ThingName, HttpError> {
    let name = thing_name(thing)?;
    if service.registry.things.contains_key(&name) {
        return Ok(name);
    }
    Err(HttpError::not_found(format!(
        "Failed to list principals for thing {thing} because the thing does not exist in your account"
    )))
}

/// A thing and a certificate; both must exist.
fn attachment(
    service: &Service,
    thing: &str,
    principal: Option<&str>,
) -> Result<(ThingName, String), HttpError> {
    let name = thing_name(thing)?;
    let id = principal_id(&service.identity, principal)?;
    if !service.registry.things.contains_key(&name) {
        return Err(HttpError::not_found(format!("Thing {thing} not found.")));
    }
    find_certificate(service, id)?;
    Ok((name, id.to_owned()))
}
