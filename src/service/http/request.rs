//! A request of either plane as HTTP carries it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request of the control plane or of the data plane as HTTP carried it; authenticated, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `PUT`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// What stands behind the `?`, still percent-encoded; empty if nothing does.
    pub query: String,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A request to a path, which may have a query behind `?`, with a body of JSON; with none if it is null.
    pub fn new(method: &str, target: &str, body: &Value) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            },
        }
    }

    /// The parts of the path, each decoded. One that ends with a slash has an empty part at its end.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path
            .trim_start_matches('/')
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect()
    }
}
