//! A request of either plane, as HTTP carries it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A request of the control plane or of the data plane, as HTTP carried it; authenticated, but not yet interpreted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `PUT`, `POST`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path, still percent-encoded, from the leading `/` to before the `?`.
    pub path: String,
    /// The text behind the `?`, still percent-encoded; may be empty.
    pub query: String,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// A request to a path, with a query if `?` follows, and with a JSON body unless it is null.
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

    /// The parts of the path, decoded. If the path ends with a slash, the last part is empty.
    pub(crate) fn segments(&self) -> Vec<Cow<'_, str>> {
        let segments = self.path.trim_start_matches('/').split('/');
        segments
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy())
            .collect()
    }
}
