//! The control plane's operations on certificates, and on their attachment to things.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::{Value, json};

use crate::protocol::ThingName;
use crate::service::behind::behind;
use crate::service::control::call::ApiCall;
use crate::service::control::certificate::{find_certificate, principal_id};
use crate::service::control::paging::{MARKERS, by_creation, names, page, page_by};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::names::thing_name;
use crate::service::http::parameters::Parameters;
use crate::service::principals::CertificateStatus;
use crate::service::state::Service;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
pub(crate) fn create_keys_and_certificate(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    let certificate = call.extras.certificate.as_ref();
    let Some(new) = certificate else {
        return Err(HttpError::internal("No certificate could be made."));
    };
    let status = if parameters.query_flag("setAsActive") {
        CertificateStatus::Active
    } else {
        CertificateStatus::Inactive
    };
    let id = service.insert_certificate(now, new, status);
    Ok(Some(json!({
        "certificateArn": service.identity.certificate_arn(&id),
        "certificateId": id,
        "certificatePem": new.certificate_pem,
        "keyPair": { "PublicKey": new.public_key_pem, "PrivateKey": new.private_key_pem },
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>
pub(crate) fn describe_certificate(service: &Service, id: &str) -> ControlAnswer {
    let certificate = find_certificate(service, id)?;
    Ok(Some(json!({ "certificateDescription": {
        "certificateArn": service.identity.certificate_arn(id),
        "certificateId": id,
        "status": certificate.status.as_str(),
        "certificatePem": certificate.pem,
        "ownedBy": service.identity.account,
        "creationDate": certificate.created_at,
        "lastModifiedDate": certificate.modified_at,
        "customerVersion": 1,
        "transferData": {},
        "generationId": certificate.generation,
        "validity": { "notBefore": certificate.validity.0, "notAfter": certificate.validity.1 },
        "certificateMode": "DEFAULT",
    }})))
}

/// "The results are paginated with a default page size of 25."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListCertificates.html>
pub(crate) fn list_certificates(service: &Service, parameters: &Parameters) -> ControlAnswer {
    // "If True, returns the certificate list in ascending order, based on the creation date."
    // GUESS: otherwise in descending order.
    let list = "certificates";
    page_by(&MARKERS, list, list, parameters, |last| {
        let ids = by_creation(service.principals.certificate_ids(), parameters, last);
        Box::new(ids.filter_map(|(number, id)| {
            let certificate = service.principals.certificate(id)?;
            let view = json!({
                "certificateArn": service.identity.certificate_arn(id),
                "certificateId": id,
                "status": certificate.status.as_str(),
                "certificateMode": "DEFAULT",
                "creationDate": certificate.created_at,
            });
            Some((*number, view))
        }))
    })
}

/// "Within a few minutes of updating a certificate from the ACTIVE state to any other state, AWS IoT disconnects all devices
/// that used that certificate to connect." Here at once.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html>
pub(crate) fn update_certificate(
    service: &mut Service,
    id: &str,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let (now, parameters) = (call.now, call.parameters);
    find_certificate(service, id)?;
    let status = match parameters.query("newStatus") {
        Some("ACTIVE") => CertificateStatus::Active,
        Some("INACTIVE") => CertificateStatus::Inactive,
        Some("REVOKED") => CertificateStatus::Revoked,
        // "will result in an exception being thrown"; the deprecated status is refused in the same way.
        other => {
            return Err(HttpError::invalid_request(format!(
                "The certificate status cannot be set to {}.",
                other.unwrap_or_default()
            )));
        }
    };
    service.principals.set_status(id, status, now);
    Ok(None)
}

/// "A certificate cannot be deleted if it has a policy or IoT thing attached to it or if its status is set to ACTIVE."
/// `forceDelete` "forces the deletion of a certificate if it is inactive and is not attached to an IoT thing".
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html>
pub(crate) fn delete_certificate(
    service: &mut Service,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let arn = service.identity.certificate_arn(id);
    let certificate = find_certificate(service, id)?;
    if certificate.status == CertificateStatus::Active {
        return Err(HttpError::certificate_state(
            "Certificate must be deactivated (not ACTIVE) before deletion.",
        ));
    }
    if !certificate.things.is_empty() {
        return Err(HttpError::delete_conflict(format!(
            "Things must be detached before deletion (arn: {arn})"
        )));
    }
    if !certificate.policies.is_empty() && !parameters.query_flag("forceDelete") {
        return Err(HttpError::delete_conflict(format!(
            "Certificate policies must be detached before deletion (arn: {arn})"
        )));
    }
    service.principals.remove_certificate(id);
    Ok(None)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html>
pub(crate) fn attach_thing_principal(
    service: &mut Service,
    thing: &str,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    if parameters.query("thingPrincipalType") == Some("EXCLUSIVE_THING") {
        return Err(HttpError::not_emulated(
            "thingPrincipalType EXCLUSIVE_THING of AttachThingPrincipal",
        ));
    }
    let (thing, id) = attachment(service, thing, principal)?;
    service.principals.attach_thing(&thing, &id);
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
    let name = thing_name(thing)?;
    if !service.registry.things.contains_key(&name) {
        return Err(HttpError::not_found(format!(
            "Failed to list principals for thing {thing} because the thing does not exist in your account"
        )));
    }
    let view = |id: &str| Value::String(service.identity.certificate_arn(id));
    page(
        "principals",
        "principals",
        parameters,
        |last| match service.principals.of_thing(&name) {
            Some(ids) => names(ids, last.as_ref(), view),
            None => Box::new(std::iter::empty()),
        },
    )
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalThings.html>
pub(crate) fn list_principal_things(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let id = principal_id(&service.identity, principal, "principal")?;
    let certificate = find_certificate(service, id)?;
    page("things", "things", parameters, |last: Option<String>| {
        let things = certificate.things.range::<str, _>(behind(last.as_deref()));
        Box::new(things.map(|thing| (thing.to_string(), Value::String(thing.to_string()))))
    })
}

/// A thing and a certificate; both must exist.
fn attachment(
    service: &Service,
    thing: &str,
    principal: Option<&str>,
) -> Result<(ThingName, String), HttpError> {
    let name = thing_name(thing)?;
    let id = principal_id(&service.identity, principal, "principal")?;
    if !service.registry.things.contains_key(&name) {
        return Err(HttpError::not_found(format!("Thing {thing} not found.")));
    }
    find_certificate(service, id)?;
    Ok((name, id.to_owned()))
}
