//! One operation of the control plane as it was sent and received; the SDK keeps only structs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_iot::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_iot::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iot::error::BoxError;
use aws_sdk_iot::primitives::{DateTime, DateTimeFormat};

use crate::underway::Underway;

/// A request and its response. Of the headers only the date is kept, because those of the request contain the signature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// `PUT`, …; empty if nothing was sent.
    pub method: String,
    /// The receiver: `https://HOST`.
    pub origin: String,
    pub path: String,
    /// The body of the request; empty if it has none.
    pub sent: String,
    /// The HTTP status; 0 without a response.
    pub status: u16,
    /// The body of the response; empty if it has none.
    pub received: String,
    /// The time until the response; without a response, the time that was waited.
    pub round_trip: Duration,
    /// The time of the server's clock at the response (`Date`), in seconds since 1970; `None` without that header.
    pub date_s: Option<i64>,
}

/// Keeps the last exchange of one operation, and marks while it is being sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    last: Arc<Mutex<(Exchange, Option<Instant>)>>,
    underway: Underway,
}

impl Recorder {
    pub(crate) fn new(underway: Underway) -> Self {
        Self {
            underway,
            ..Self::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Exchange, Option<Instant>)> {
        // Each change is one assignment.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self) -> Exchange {
        let (mut exchange, started) = std::mem::take(&mut *self.lock());
        if exchange.status == 0 {
            exchange.round_trip = started.map(|started| started.elapsed()).unwrap_or_default();
        }
        exchange
    }
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let uri = request.uri();
        let host = uri.find("://").map_or(0, |at| at + 3);
        let host_end = uri[host..].find('/').map_or(uri.len(), |at| host + at);
        let (origin, path) = uri.split_at(host_end);
        let path = if path.is_empty() { "/" } else { path };
        let sent = request.body().bytes().unwrap_or_default();
        self.underway.begin();
        *self.lock() = (
            Exchange {
                method: request.method().to_owned(),
                origin: origin.to_owned(),
                path: path.to_owned(),
                sent: String::from_utf8_lossy(sent).into_owned(),
                ..Exchange::default()
            },
            Some(Instant::now()),
        );
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let received = response.body().bytes().unwrap_or_default();
        let date = response.headers().get("date");
        let date = date.and_then(|text| DateTime::from_str(text, DateTimeFormat::HttpDate).ok());
        let (exchange, started) = &mut *self.lock();
        exchange.status = response.status().as_u16();
        exchange.received = String::from_utf8_lossy(received).into_owned();
        exchange.date_s = date.map(|date| date.secs());
        exchange.round_trip = started.map(|started| started.elapsed()).unwrap_or_default();
        Ok(())
    }
}
