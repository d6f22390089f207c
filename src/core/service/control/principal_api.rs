//! The control plane's operations on certificates.
//! <https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html>
//!
//! GUESS: the exceptions are documented; the messages, which programs should not depend on, are not.

use serde_json::json;

use crate::service::control::call::ApiCall;
use crate::service::control::certificate::find_certificate;
use crate::service::control::paging::{MARKERS, by_creation, page_by};
use crate::service::http::answer::{ControlAnswer, HttpError};
use crate::service::http::parameters::Parameters;
use crate::service::principals::{Certificate, CertificateStatus, NewCertificate};
use crate::service::state::Service;

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html>
pub(crate) fn create_keys_and_certificate(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    let new = new_certificate(call, HttpError::internal)?;
    let id = service.insert_certificate(call.now, new, (wanted_status(call), false));
    Ok(Some(json!({
        "certificateArn": service.identity.certificate_arn(&id),
        "certificateId": id,
        "certificatePem": new.certificate_pem,
        "keyPair": { "PublicKey": new.public_key_pem, "PrivateKey": new.private_key_pem },
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CreateCertificateFromCsr.html>
pub(crate) fn create_certificate_from_csr(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    // The first words are those in <https://github.com/nrfconnect/sdk-nrf/pull/13911>; the reason is this service's own.
    let refuse =
        |reason: String| HttpError::invalid_request(format!("CSR violates constraints: {reason}"));
    let new = new_certificate(call, refuse)?;
    let id = service.insert_certificate(call.now, new, (wanted_status(call), false));
    Ok(Some(json!({
        "certificateArn": service.identity.certificate_arn(&id),
        "certificateId": id,
        "certificatePem": new.certificate_pem,
    })))
}

/// <https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html>
pub(crate) fn register_certificate_without_ca(
    service: &mut Service,
    call: &ApiCall<'_>,
) -> ControlAnswer {
    // GUESS: INACTIVE without a status, as after the other operations without `setAsActive`.
    let status = call.parameters.text("status").unwrap_or("INACTIVE");
    let status = CertificateStatus::read(status).ok_or_else(|| {
        HttpError::invalid_request(format!("A certificate cannot be registered as {status}."))
    })?;
    let refuse = |reason: String| {
        HttpError::certificate_validation(format!("The certificate is not valid: {reason}"))
    };
    let new = new_certificate(call, refuse)?;
    let id = &new.certificate_id;
    let arn = service.identity.certificate_arn(id);
    if service.principals.certificate(id).is_some() {
        // The words are those in <https://github.com/getmoto/moto/issues/3320>.
        let message = "The certificate is already provisioned or registered";
        return Err(HttpError::already_exists(message, id, &arn));
    }
    let id = service.insert_certificate(call.now, new, (status, true));
    Ok(Some(json!({ "certificateArn": arn, "certificateId": id })))
}

/// The certificate that was made or read for the request.
fn new_certificate<'a>(
    call: &ApiCall<'a>,
    refuse: impl FnOnce(String) -> HttpError,
) -> Result<&'a NewCertificate, HttpError> {
    match call.extras.certificate.as_ref() {
        Some(Ok(new)) => Ok(new),
        Some(Err(reason)) => Err(refuse(reason.clone())),
        None => Err(HttpError::internal("No certificate could be made.")),
    }
}

fn wanted_status(call: &ApiCall<'_>) -> CertificateStatus {
    if call.parameters.query_flag("setAsActive") {
        CertificateStatus::Active
    } else {
        CertificateStatus::Inactive
    }
}

/// "Devices with certificates in SNI_ONLY mode must send the SNI extension when connecting to AWS IoT Core."
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_CertificateDescription.html>
const fn mode(certificate: &Certificate) -> &'static str {
    if certificate.sni_only {
        "SNI_ONLY"
    } else {
        "DEFAULT"
    }
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
        "certificateMode": mode(certificate),
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
                "certificateMode": mode(certificate),
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
    let status = parameters.query("newStatus").unwrap_or_default();
    // "will result in an exception being thrown"; the deprecated status is refused in the same way.
    let status = CertificateStatus::read(status).ok_or_else(|| {
        HttpError::invalid_request(format!("The certificate status cannot be set to {status}."))
    })?;
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
