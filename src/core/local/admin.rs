//! The management port: shows the state, resets it, moves the clock, and adds faults. It is for tests; AWS has no
//! equivalent.
//!
//! | request | what it does |
//! |---|---|
//! | `GET /state` | things, jobs, executions, certificates, connections, faults and the time |
//! | `POST /reset` | restores the initial state: deletes what was created, closes connections, sets the clock back |
//! | `POST /clock/advance` `{"seconds": 660}` | moves the clock; everything that is due has happened before the response |
//! | `POST /faults` `{"kind": "drop", "rate": 0.1, "seed": 7}` | adds a [`Fault`](crate::local::Fault) |
//! | `DELETE /faults` | ends all faults |
//!
//! Every request needs the header `x-jobs-sandbox: admin`, which a web page of another origin cannot send without
//! permission, and a `Host` that names this machine, which a page does not send if its own name resolves to this machine.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::local::hosts::Hosts;
use crate::local::http::body;
use crate::local::hub::handle::HubHandle;
use crate::local::hub::input::AdminRequest;

/// The header that a request must have, and its value.
const HEADER: (&str, &str) = ("x-jobs-sandbox", "admin");

/// The largest body of a request, in bytes.
const BODY_MAX: usize = 16 * 1024;

/// How far one request can move the clock, in seconds: ten years.
const ADVANCE_S_MAX: u64 = 3653 * 24 * 3600;

/// Answers a request. Its body must arrive within `patience`.
pub(crate) async fn handle(
    hub: HubHandle,
    hosts: Hosts,
    patience: Duration,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    if let Err(message) = check(&hosts, &parts.headers, &parts.uri) {
        return respond(StatusCode::FORBIDDEN, &json!({ "message": message }));
    }
    let body = match body::read(body, BODY_MAX, patience).await {
        Ok(body) => body,
        Err(error) => {
            let (status, message) = error.answer();
            return body::json(status, json!({ "message": message }).to_string().into());
        }
    };
    let request = match understand(&parts.method, parts.uri.path(), &body) {
        Ok(request) => request,
        Err((status, message)) => return respond(status, &json!({ "message": message })),
    };
    match hub.admin(request).await {
        Ok(answer) => respond(StatusCode::OK, &answer),
        Err(message) => respond(StatusCode::BAD_REQUEST, &json!({ "message": message })),
    }
}

fn check(hosts: &Hosts, headers: &HeaderMap, target: &Uri) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (name, value) = HEADER;
    if text(name) != Some(value) {
        return Err("the header `x-jobs-sandbox: admin` is missing");
    }
    if hosts.has(headers, target) {
        Ok(())
    } else {
        Err("the header `host` does not name this machine")
    }
}

/// `{"seconds": 660}`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

fn understand(
    method: &Method,
    path: &str,
    body: &[u8],
) -> Result<AdminRequest, (StatusCode, String)> {
    match (method.as_str(), path) {
        ("GET", "/state") => Ok(AdminRequest::State),
        ("POST", "/reset") => Ok(AdminRequest::Reset),
        ("POST", "/clock/advance") => {
            let Advance { seconds } = read(body)?;
            if seconds > ADVANCE_S_MAX {
                let message = format!("`seconds` is {seconds}, more than {ADVANCE_S_MAX}");
                return Err((StatusCode::BAD_REQUEST, message));
            }
            Ok(AdminRequest::Advance(Duration::from_secs(seconds)))
        }
        ("POST", "/faults") => Ok(AdminRequest::AddFault(read(body)?)),
        ("DELETE", "/faults") => Ok(AdminRequest::ClearFaults),
        _ => Err((
            StatusCode::NOT_FOUND,
            "the requests are GET /state, POST /reset, POST /clock/advance, POST /faults and DELETE /faults"
                .to_owned(),
        )),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (StatusCode, String)> {
    serde_json::from_slice(body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

fn respond(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    body::json(status.as_u16(), body.to_string().into())
}
