//! The control plane's operations on certificates, and on their attachment to things.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html>
//!
//! GUESS: which exception comes when is documented; its words, which programs should not read, are not.

use serde_json::{Value, json};

use crate::protocol::{EpochMillis, ThingName};
use crate::service::constraint::{Pattern, Violations};
use crate::service::control::error::{ControlAnswer, HttpError};
use crate::service::control::paging::{MARKERS, ascending, descending, page, page_by};
use crate::service::control::parameters::Parameters;
use crate::service::control::policy_api;
use crate::service::control::thing_api::thing_name;
use crate::service::principals::{Certificate, CertificateStatus, NewCertificate};
use crate::service::{Service, ServiceIdentity};

/// The values of `newStatus` and of a certificate's status.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html>
const STATUS_SET: [&str; 6] = [
    "ACTIVE",
    "INACTIVE",
    "REVOKED",
    "PENDING_TRANSFER",
    "REGISTER_INACTIVE",
    "PENDING_ACTIVATION",
];

/// Characters of a certificate's id.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>
const CERTIFICATE_ID_CHARACTERS: usize = 64;

/// What a few operations need besides method, path, query and body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// The header `x-amzn-principal`: the ARN of a certificate.
    pub principal: Option<String>,
    /// Where the request is [`wants_certificate`]: what it is answered with.
    pub certificate: Option<NewCertificate>,
}

/// Whether a request of the control plane can only be answered with a new certificate in [`Extras`].
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
pub fn wants_certificate(method: &str, path: &str) -> bool {
    method == "POST" && path.trim_matches('/') == "keys-and-certificate"
}

/// The operations of this module and of [`policy_api`]; `None` if the request is none of them.
pub(crate) fn answer(
    service: &mut Service,
    now: EpochMillis,
    (method, segments): (&str, &[&str]),
    parameters: &Parameters,
    extras: &Extras,
) -> Option<ControlAnswer> {
    let principal = extras.principal.as_deref();
    let answer = match (method, segments) {
        ("POST", ["keys-and-certificate"]) => {
            create_keys_and_certificate(service, now, parameters, extras.certificate.as_ref())
        }
        ("GET", ["certificates"]) => list_certificates(service, parameters),
        ("GET", ["certificates", id]) => describe_certificate(service, id),
        ("PUT", ["certificates", id]) => update_certificate(service, now, id, parameters),
        ("DELETE", ["certificates", id]) => delete_certificate(service, id, parameters),
        ("PUT", ["things", thing, "principals"]) => {
            attach_thing_principal(service, thing, principal, parameters)
        }
        ("DELETE", ["things", thing, "principals"]) => {
            detach_thing_principal(service, thing, principal)
        }
        ("GET", ["things", thing, "principals"]) => {
            list_thing_principals(service, thing, parameters)
        }
        ("GET", ["principals", "things"]) => list_principal_things(service, principal, parameters),
        _ => return policy_api::answer(service, now, (method, segments), parameters),
    };
    Some(answer)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
fn create_keys_and_certificate(
    service: &mut Service,
    now: EpochMillis,
    parameters: &Parameters,
    certificate: Option<&NewCertificate>,
) -> ControlAnswer {
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
        "certificateArn": certificate_arn(&service.identity, &id),
        "certificateId": id,
        "certificatePem": new.certificate_pem,
        "keyPair": { "PublicKey": new.public_key_pem, "PrivateKey": new.private_key_pem },
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html>
fn describe_certificate(service: &Service, id: &str) -> ControlAnswer {
    let certificate = find(service, id)?;
    Ok(Some(json!({ "certificateDescription": {
        "certificateArn": certificate_arn(&service.identity, id),
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
fn list_certificates(service: &Service, parameters: &Parameters) -> ControlAnswer {
    let mut certificates: Vec<_> = service.principals.certificates().collect();
    certificates.sort_by_key(|(_, certificate)| certificate.sequence);
    // "If True, returns the certificate list in ascending order, based on the creation date."
    // GUESS: otherwise in descending order.
    let is_ascending = parameters.query_flag("isAscendingOrder");
    if !is_ascending {
        certificates.reverse();
    }
    let key = if is_ascending { ascending } else { descending };
    let entries = certificates.into_iter().map(|(id, certificate)| {
        let view = json!({
            "certificateArn": certificate_arn(&service.identity, id),
            "certificateId": id,
            "status": certificate.status.as_str(),
            "certificateMode": "DEFAULT",
            "creationDate": certificate.created_at,
        });
        (key(certificate.sequence), view)
    });
    page_by(
        &MARKERS,
        "certificates",
        "certificates",
        entries,
        parameters,
    )
}

/// "Within a few minutes of updating a certificate from the ACTIVE state to any other state, AWS IoT disconnects all devices
/// that used that certificate to connect." Here at once.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html>
fn update_certificate(
    service: &mut Service,
    now: EpochMillis,
    id: &str,
    parameters: &Parameters,
) -> ControlAnswer {
    let mut violations = Violations::default();
    let status = parameters.query("newStatus");
    match status {
        None => violations.add_null("newStatus"),
        Some(status) => violations.check_enum(status, "newStatus", &STATUS_SET),
    }
    Result::from(violations)?;
    find(service, id)?;
    let status = match status {
        Some("ACTIVE") => CertificateStatus::Active,
        Some("INACTIVE") => CertificateStatus::Inactive,
        Some("REVOKED") => CertificateStatus::Revoked,
        // "will result in an exception being thrown"; the deprecated one is refused with them.
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
fn delete_certificate(service: &mut Service, id: &str, parameters: &Parameters) -> ControlAnswer {
    let arn = certificate_arn(&service.identity, id);
    let certificate = find(service, id)?;
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
fn attach_thing_principal(
    service: &mut Service,
    thing: &str,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let kind = parameters
        .query("thingPrincipalType")
        .unwrap_or("NON_EXCLUSIVE_THING");
    let mut violations = Violations::default();
    violations.check_enum(
        kind,
        "thingPrincipalType",
        &["EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"],
    );
    Result::from(violations)?;
    if kind == "EXCLUSIVE_THING" {
        return Err(HttpError::not_emulated(
            "thingPrincipalType EXCLUSIVE_THING of AttachThingPrincipal",
        ));
    }
    let (thing, id) = attachment(service, thing, principal)?;
    service.principals.attach_thing(&thing, &id);
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html>
fn detach_thing_principal(
    service: &mut Service,
    thing: &str,
    principal: Option<&str>,
) -> ControlAnswer {
    // GUESS: what is not attached is detached without an error, as with policies.
    let (thing, id) = attachment(service, thing, principal)?;
    service.principals.detach_thing(&thing, &id);
    Ok(Some(json!({})))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingPrincipals.html>
fn list_thing_principals(service: &Service, thing: &str, parameters: &Parameters) -> ControlAnswer {
    let name = thing_name(thing)?;
    if !service.registry.things.contains_key(&name) {
        return Err(HttpError::not_found(format!(
            "Failed to list principals for thing {thing} because the thing does not exist in your account"
        )));
    }
    let entries = service.principals.of_thing(&name).map(|id| {
        let arn = certificate_arn(&service.identity, id);
        (id.clone(), Value::String(arn))
    });
    page("principals", "principals", entries, parameters)
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_ListPrincipalThings.html>
fn list_principal_things(
    service: &Service,
    principal: Option<&str>,
    parameters: &Parameters,
) -> ControlAnswer {
    let id = principal_id(&service.identity, principal, "principal")?;
    let certificate = find(service, id)?;
    let entries = certificate
        .things
        .iter()
        .map(|thing| (thing.to_string(), Value::String(thing.to_string())));
    page("things", "things", entries, parameters)
}

/// A thing and a certificate that both exist.
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
    find(service, id)?;
    Ok((name, id.to_owned()))
}

/// The id in the ARN of a certificate of this account. Cognito identities and thing groups are none.
pub(crate) fn principal_id<'a>(
    identity: &ServiceIdentity,
    arn: Option<&'a str>,
    member: &str,
) -> Result<&'a str, HttpError> {
    let mut violations = Violations::default();
    let Some(arn) = arn else {
        violations.add_null(member);
        Result::from(violations)?;
        return Err(HttpError::invalid_request(""));
    };
    if let Some(id) = arn.strip_prefix(&identity.arn("cert/")) {
        return Ok(id);
    }
    if arn.starts_with(&identity.arn("thinggroup/")) {
        return Err(HttpError::not_emulated(
            "policies that are attached to thing groups",
        ));
    }
    // GUESS: AWS refuses the ARN of another account in other words.
    Err(HttpError::invalid_request(format!(
        "Invalid {member}: {arn}"
    )))
}

/// A certificate by its id.
pub(crate) fn find<'a>(service: &'a Service, id: &str) -> Result<&'a Certificate, HttpError> {
    let mut violations = Violations::default();
    if id.chars().count() < CERTIFICATE_ID_CHARACTERS {
        violations.add(
            id,
            "certificateId",
            format_args!(
                "Member must have length greater than or equal to {CERTIFICATE_ID_CHARACTERS}"
            ),
        );
    }
    violations.check_text(
        id,
        "certificateId",
        CERTIFICATE_ID_CHARACTERS,
        Pattern::CERTIFICATE_ID,
    );
    Result::from(violations)?;
    service
        .principals
        .certificate(id)
        .ok_or_else(|| HttpError::not_found(format!("Certificate {id} not found.")))
}

/// The ARN of a certificate.
pub(crate) fn certificate_arn(identity: &ServiceIdentity, id: &str) -> String {
    identity.arn(&format!("cert/{id}"))
}
