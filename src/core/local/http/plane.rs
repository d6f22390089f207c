//! The HTTP side of the local service: the control plane and the device's data plane, for any AWS SDK and the AWS CLI.
//!
//! Requests must be signed as for AWS, with any key, and name one of the service's hosts. The signature selects the plane; one
//! in the URL is for objects. Over HTTPS the client's certificate takes its place, and there is only the device's. A web page
//! cannot use this port: a page of another origin does not get the permission to send such a header (CORS headers are never
//! sent), with a URL alone it can only read, and is not shown what it reads, and a page whose own name resolves to this machine
//! sends that name as the host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, Uri};

use crate::broker::ClientIdentity;
use crate::local::hosts::Hosts;
use crate::local::http::body::{self, BodyError};
use crate::local::http::objects;
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::HttpPlane;
use crate::local::xml::in_xml;
use crate::service::{HttpRequest, HttpResponse, MEMBER_HEADERS};
use crate::text;

/// The largest body of a request, in bytes. AWS does not document a limit; a job document has at most 32,768 characters.
const BODY_MAX: usize = 512 * 1024;

/// The error for operations of AWS that are not emulated.
const NOT_EMULATED: &str = "NotEmulatedException";

/// Answers a request of either plane. Its body must arrive within `patience`.
pub(crate) async fn handle(
    hub: HubHandle,
    hosts: Hosts,
    patience: Duration,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let is_for_objects = is_for_objects(&parts.headers, &parts.uri);
    if let Err(refusal) = check_host(&hosts, &parts) {
        if is_for_objects {
            return objects::refuse_host();
        }
        return respond(refusal);
    }
    if is_for_objects {
        return objects::handle(hub, patience, parts, body).await;
    }
    let plane = match plane(&parts.headers) {
        Ok(plane) => plane,
        Err(refusal) => return respond(refusal),
    };
    let headers = members(&parts.headers);
    respond(match read(parts, body, patience).await {
        Ok(request) => hub.http(plane, request, headers).await,
        Err(refusal) => refusal,
    })
}

/// Answers a request of a device over HTTPS, likewise. Its certificate takes the place of the signature.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-devices.html>
pub(crate) async fn handle_device(
    hub: HubHandle,
    hosts: Hosts,
    patience: Duration,
    peer: Arc<ClientIdentity>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = check_host(&hosts, &parts) {
        return respond(refusal);
    }
    respond(match read(parts, body, patience).await {
        Ok(request) => hub.device(peer, request).await,
        Err(refusal) => refusal,
    })
}

/// Refuses a request for another host.
fn check_host(hosts: &Hosts, parts: &Parts) -> Result<(), HttpResponse> {
    if hosts.has(&parts.headers, &parts.uri) {
        return Ok(());
    }
    if !parts.headers.contains_key(header::HOST) {
        // https://datatracker.ietf.org/doc/html/rfc9112#section-3.2
        let message = "The request has no `Host` header";
        return Err(refuse(400, "InvalidRequestException", message));
    }
    let message =
        "The host of the request does not name this service; `serve --name HOST` adds one";
    Err(refuse(403, "AccessDeniedException", message))
}

/// The request, with its body.
async fn read(
    parts: Parts,
    body: Incoming,
    patience: Duration,
) -> Result<HttpRequest, HttpResponse> {
    let body = body::read(body, BODY_MAX, patience)
        .await
        .map_err(refuse_body)?;
    Ok(HttpRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
    })
}

/// The headers that are members of the request.
fn members(headers: &HeaderMap) -> BTreeMap<&'static str, String> {
    let members = MEMBER_HEADERS.into_iter().filter_map(|name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some((name, value.to_owned()))
    });
    members.collect()
}

fn refuse_body(error: BodyError) -> HttpResponse {
    let (status, message) = error.answer();
    let name = match error {
        // GUESS: AWS IoT does not document a name for it; this one is from S3.
        BodyError::Late(_) => "RequestTimeout",
        BodyError::TooLarge(_) | BodyError::Broken => "InvalidRequestException",
    };
    refuse(status, name, &message)
}

/// Whether a request is signed for objects: with a header, or in its URL.
fn is_for_objects(headers: &HeaderMap, target: &Uri) -> bool {
    signing_name(headers).map_or_else(
        |_| objects::is_signed(target.query().unwrap_or_default()),
        |name| name == "s3",
    )
}

/// The plane that a request is for, or the refusal.
fn plane(headers: &HeaderMap) -> Result<HttpPlane, HttpResponse> {
    match signing_name(headers) {
        // Clients from before 2023 sign requests of `iot` for `execute-api`: botocore before 1.31, the AWS CLI before 2.13.
        Ok("iot" | "execute-api") => Ok(HttpPlane::Control),
        Ok("iot-jobs-data") => Ok(HttpPlane::JobsData),
        Ok(other) => Err(HttpResponse {
            status: 501,
            error: Some(NOT_EMULATED),
            body: not_emulated(headers, other),
        }),
        Err(message) => Err(refuse(403, "MissingAuthenticationTokenException", message)),
    }
}

/// Refuses a request for another AWS service, in the form that its clients can read.
fn not_emulated(headers: &HeaderMap, service: &str) -> Vec<u8> {
    // The name for signatures is not the one that clients know it by.
    let name = if service == "iotdata" {
        "iot-data"
    } else {
        service
    };
    let message = text::not_emulated(&format!("the service `{name}`"));
    let id = uuid::Uuid::new_v4().to_string();
    in_xml(headers, service, NOT_EMULATED, &message, &id).unwrap_or_else(|| {
        // Of the clients that use JSON, some read the header and some the body.
        let body = serde_json::json!({ "__type": NOT_EMULATED, "message": message });
        body.to_string().into_bytes()
    })
}

/// The service that the request is signed for: the fourth part of the credential's scope.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn signing_name(headers: &HeaderMap) -> Result<&str, &'static str> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    authorization
        .and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 "))
        .and_then(|value| {
            value
                .split(',')
                .find_map(|part| part.trim().strip_prefix("Credential="))
        })
        .and_then(
            |credential| match credential.rsplit('/').collect::<Vec<_>>().as_slice() {
                ["aws4_request", service, _region, _date, ..] => Some(*service),
                _ => None,
            },
        )
        .ok_or("Missing Authentication Token")
}

fn refuse(status: u16, error: &'static str, message: &str) -> HttpResponse {
    let body = serde_json::json!({ "message": message })
        .to_string()
        .into_bytes();
    HttpResponse {
        status,
        error: Some(error),
        body,
    }
}

/// Adds the headers that AWS's responses also have.
fn respond(answer: HttpResponse) -> Response<Full<Bytes>> {
    let is_xml = answer.body.starts_with(b"<");
    let mut response = body::json(answer.status, answer.body);
    let headers = response.headers_mut();
    if is_xml {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    }
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-RequestId", id);
    }
    if let Some(error) = answer.error {
        headers.insert("x-amzn-ErrorType", HeaderValue::from_static(error));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_names_the_service() {
        let scope = |scope: &str| {
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00")
        };
        for (authorization, expected) in [
            (
                scope("AKID/20261122/us-east-1/iot/aws4_request"),
                Some("iot"),
            ),
            (
                scope("AKID/20221122/us-east-1/execute-api/aws4_request"),
                Some("execute-api"),
            ),
            (
                scope("a/b/20261122/us-east-1/iot-jobs-data/aws4_request"),
                Some("iot-jobs-data"),
            ),
            (
                "AWS4-HMAC-SHA256 SignedHeaders=host, Credential=k/d/r/iot/aws4_request".to_owned(),
                Some("iot"),
            ),
            (scope("AKID"), None),
            ("Basic dXNlcjpwYXNz".to_owned(), None),
            (String::new(), None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::AUTHORIZATION,
                HeaderValue::from_str(&authorization).expect("a header"),
            );
            assert_eq!(signing_name(&headers).ok(), expected, "{authorization}");
        }
        assert!(signing_name(&HeaderMap::new()).is_err());
    }
}
