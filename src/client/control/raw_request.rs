//! A request of which the SDK knows nothing: method, path, query, headers and body. The SDK finds the endpoint, signs and sends it.

use aws_sdk_iot::Client;
use aws_sdk_iot::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_iot::config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor};
use aws_sdk_iot::error::BoxError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::control::call::{Send, sending};

/// What is encoded in a segment of a path, and in a query.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct RawRequest {
    method: &'static str,
    path: String,
    query: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Map<String, Value>>,
}

impl RawRequest {
    /// A request for a path in which members are in braces.
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Puts the value of a member into the path.
    pub(crate) fn fill(&mut self, member: &str, value: &str) {
        let braces = format!("{{{member}}}");
        let value = utf8_percent_encode(value, ENCODED).to_string();
        self.path = self.path.replace(&braces, &value);
    }

    /// Adds a parameter to the query.
    pub(crate) fn ask(&mut self, name: &str, value: &str) {
        let value = utf8_percent_encode(value, ENCODED).to_string();
        let sign = if self.query.is_empty() { "?" } else { "&" };
        self.query.extend([sign, name, "=", &value]);
    }

    /// Sends it in place of a request of the SDK whose response has no members.
    pub(crate) fn sent_by(self, client: &Client) -> Box<Send> {
        let client = client.clone();
        Box::new(move |mut config| {
            config.push_interceptor(SharedInterceptor::new(InPlace(self.clone())));
            let carrier = client.tag_resource().customize();
            sending(carrier.config_override(config).send())
        })
    }
}

/// Puts a request in the place of the SDK's.
#[derive(Debug)]
struct InPlace(RawRequest);

impl Intercept for InPlace {
    fn name(&self) -> &'static str {
        "InPlace"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (RawRequest { method, path, .. }, request) = (&self.0, context.request_mut());
        request.set_method(method)?;
        request.set_uri([path.as_str(), &self.0.query].concat())?;
        let headers = request.headers_mut();
        headers.remove("content-length");
        headers.remove("content-type");
        for (name, value) in &self.0.headers {
            headers.try_insert(*name, value.clone())?;
        }
        let Some(body) = &self.0.body else {
            *request.body_mut() = "".into();
            return Ok(());
        };
        let body = serde_json::to_string(body)?;
        headers.insert("content-type", "application/json");
        headers.insert("content-length", body.len().to_string());
        *request.body_mut() = body.into();
        Ok(())
    }
}
