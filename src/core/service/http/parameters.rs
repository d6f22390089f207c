//! The parameters of a request of the control plane.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::not_json;
use crate::service::http::answer::HttpError;
use crate::service::http::request::HttpRequest;

/// The parameters of a request: query and body, each read by name. Their types are checked before an operation sees them.
#[derive(Debug)]
pub(crate) struct Parameters {
    query: BTreeMap<String, String>,
    body: Map<String, Value>,
}

impl Parameters {
    /// Reads query and body; an empty body counts as `{}`.
    pub(crate) fn decode(request: &HttpRequest) -> Result<Self, HttpError> {
        let query = form_urlencoded::parse(request.query.as_bytes())
            .into_owned()
            .collect();
        let body = if request.body.is_empty() {
            Map::new()
        } else {
            object(&request.body)?
        };
        Ok(Self { query, body })
    }

    /// The same request with these members where its body has none.
    pub(crate) fn over(&self, inherited: &Map<String, Value>) -> Self {
        let mut body = inherited.clone();
        let given = self.body.iter().filter(|(_, value)| !value.is_null());
        body.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        Self {
            query: self.query.clone(),
            body,
        }
    }

    /// Puts a member into the body.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.body.insert(name.to_owned(), value);
    }

    /// All members of the body.
    pub(crate) fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// A flag of the query: `true`, or absent.
    pub(crate) fn query_flag(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    /// A member of the body; null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A member of the body that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// A member of the body that is a whole number.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    /// A member of the body that is a list of texts; empty if it is absent.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.get(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }
}

/// The members of a body. AWS does not document the message for others.
fn object(body: &[u8]) -> Result<Map<String, Value>, HttpError> {
    let refuse = |why: &str| {
        let message = format!("The body of the request is not a JSON object: {why}");
        HttpError::serialization(message)
    };
    let text = std::str::from_utf8(body).map_err(|_| refuse("it is not UTF-8"))?;
    match not_json::read(text).map_err(|error| refuse(&error.what))? {
        Value::Object(members) => Ok(members),
        Value::Array(_) => Err(refuse("it is an array")),
        _ => Err(refuse("it is a single value")),
    }
}
