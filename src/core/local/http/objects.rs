//! Objects over HTTP, for the clients of Amazon S3 and for devices with a presigned URL.
//!
//! A body may be large, so only some are in memory at a time, and what costs time is done on another thread: devices must not
//! wait for it.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use tokio::task::spawn_blocking;

use crate::local::http::body::{self, BodyError};
use crate::local::hub::handle::HubHandle;
use crate::local::room::BODY_MAX;
use crate::service::{OBJECT_BYTES_MAX, ObjectBody, ObjectHead, ObjectRequest, ObjectResponse};

/// Whether the parameters of a URL contain a signature, or the beginning of one that was cut off.
pub(crate) fn is_signed(query: &str) -> bool {
    let names = query
        .split('&')
        .map(|it| it.split('=').next().unwrap_or(it));
    let mut names = names.filter(|name| {
        // The second one is that of older clients.
        name.starts_with("X-Amz-") || *name == "AWSAccessKeyId"
    });
    names.next().is_some()
}

/// Answers a request. Its body must arrive within `patience`.
pub(crate) async fn handle(
    hub: HubHandle,
    patience: Duration,
    parts: Parts,
    body: Incoming,
) -> Response<Full<Bytes>> {
    let id = request_id();
    let head = head(&parts, &id[..16]);
    let answer = answer(hub, patience, head, body).await;
    let answer = answer.unwrap_or_else(|refusal| refusal);
    respond(answer.status, answer.headers, bytes(answer.body).await, &id)
}

/// The body of a response, and its length if it is a part of an object.
async fn bytes(body: ObjectBody) -> (Bytes, Option<usize>) {
    match body {
        ObjectBody::Text(text) => (text.into(), None),
        ObjectBody::Part(content, part) => {
            let bytes = if let Some((piece, place)) = content.in_one_piece(&part) {
                // Without a copy.
                Bytes::from_owner(piece).slice(place)
            } else {
                let part = part.clone();
                let joined = spawn_blocking(move || content.part(&part)).await;
                joined.unwrap_or_default().into()
            };
            (bytes, Some(part.len()))
        }
    }
}

/// Refuses a request for another host.
pub(crate) fn refuse_host() -> Response<Full<Bytes>> {
    let message = "The host of the request does not name this service; use path-style addressing";
    let ObjectResponse {
        status,
        headers,
        body,
    } = ObjectResponse::refusal(403, "AccessDenied", message);
    let text = match body {
        ObjectBody::Text(text) => text,
        ObjectBody::Part(..) => Vec::new(),
    };
    respond(status, headers, (text.into(), None), &request_id())
}

fn request_id() -> String {
    uuid::Uuid::new_v4()
        .simple()
        .to_string()
        .to_ascii_uppercase()
}

async fn answer(
    hub: HubHandle,
    patience: Duration,
    head: ObjectHead,
    body: Incoming,
) -> Result<ObjectResponse, ObjectResponse> {
    let announced = body.size_hint();
    let most = announced.upper().unwrap_or(BODY_MAX as u64);
    // A client that asks first has not sent it.
    if most > BODY_MAX as u64 && head.headers.contains_key("expect") {
        return Err(refuse_body(BodyError::TooLarge(BODY_MAX)));
    }
    let Some(room) = hub.room.take(most, patience).await else {
        let message = "Please reduce your request rate: too many large objects are being sent.";
        return Err(ObjectResponse::refusal(503, "SlowDown", message));
    };
    let body = body::read(body, BODY_MAX, patience).await;
    let body = body.map_err(refuse_body)?;
    // Not before, because a client does not read the response while it is still writing.
    head.check_length()?;
    let request = if body.is_empty() {
        ObjectRequest::read(head, body)
    } else {
        let read = spawn_blocking(move || ObjectRequest::read(head, body)).await;
        read.unwrap_or_else(|_| Err(stopped()))
    };
    let answer = hub.objects(request?).await.ok_or_else(stopped);
    drop(room);
    answer
}

fn head(parts: &Parts, id: &str) -> ObjectHead {
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        let value = std::str::from_utf8(value.as_bytes()).ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    ObjectHead {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        id: id.to_owned(),
    }
}

fn refuse_body(error: BodyError) -> ObjectResponse {
    let (status, message) = error.answer();
    match error {
        BodyError::TooLarge(_) => {
            let mib = OBJECT_BYTES_MAX >> 20;
            let message = format!(
                "Your proposed upload exceeds the maximum allowed object size, here {mib} MiB"
            );
            ObjectResponse::refusal(400, "EntityTooLarge", &message)
        }
        BodyError::Late(_) => ObjectResponse::refusal(status, "RequestTimeout", &message),
        BodyError::Broken => ObjectResponse::refusal(status, "IncompleteBody", &message),
    }
}

fn stopped() -> ObjectResponse {
    ObjectResponse::refusal(503, "ServiceUnavailable", "The local service has stopped")
}

/// Adds the headers that S3's responses also have.
fn respond(
    status: u16,
    headers: Vec<(String, String)>,
    (body, length): (Bytes, Option<usize>),
    id: &str,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut all = HeaderMap::new();
    let ids = [("x-amz-request-id", &id[..16]), ("x-amz-id-2", id)];
    let ids = ids.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (name, value) in ids.into_iter().chain(headers) {
        // What a client has stored was a header before.
        if let Ok(name) = HeaderName::try_from(name)
            && let Ok(value) = HeaderValue::try_from(value)
        {
            all.insert(name, value);
        }
    }
    // The response to HEAD also has the length, which hyper leaves out if it is 0.
    if let Some(length) = length {
        all.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.headers_mut() = all;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_signed_if_it_has_a_signature() {
        for (query, expected) in [
            ("", false),
            ("X-Amz-Signature=00", true),
            ("X-Amz-Date=1&X-Amz-Signature=00", true),
            ("AWSAccessKeyId=a&Signature=b&Expires=1", true),
            ("X-Amz-Algorithm=AWS4-HM", true),
            ("X-Amz-Alg", true),
            ("Signature=b", false),
            ("prefix=X-Amz-Signature", false),
            ("a=1&b=X-Amz-Signature=2", false),
        ] {
            assert_eq!(is_signed(query), expected, "{query}");
        }
    }
}
