//! How job executions and job documents look to a device.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::protocol::{EpochMillis, JobId, ThingName};
use crate::service::execution::Execution;
use crate::service::json;

/// How a request arrived, which decides the form of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// MQTT: documents are JSON values.
    Mqtt,
    /// HTTP: documents are texts, and an execution names its thing.
    Http,
}

/// A job document as one of the planes shows it.
#[derive(Debug, Clone)]
pub(crate) struct DocumentView<'a> {
    /// As a device receives it.
    pub(crate) document: Cow<'a, RawValue>,
    pub(crate) transport: Transport,
    /// Whether characters beyond the basic plane are escaped: only in the reply to an update (recorded session).
    pub(crate) is_escaped: bool,
}

impl Serialize for DocumentView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.transport {
            Transport::Mqtt if self.is_escaped => {
                let escaped = json::escape_astral(self.document.get());
                let escaped = RawValue::from_string(escaped).map_err(S::Error::custom)?;
                escaped.serialize(serializer)
            }
            Transport::Mqtt => self.document.serialize(serializer),
            Transport::Http => serializer.serialize_str(self.document.get()),
        }
    }
}

/// `JobExecution` on the device's side, in AWS's order of members over MQTT.
/// GUESS: over HTTP the order is the same; no recording shows it.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html#jobs-mqtt-job-execution-data>
#[derive(Debug)]
pub(crate) struct ExecutionView<'a> {
    pub(crate) job: &'a JobId,
    /// Only over HTTP (recorded session).
    pub(crate) thing: Option<&'a ThingName>,
    pub(crate) execution: &'a Execution,
    pub(crate) document: Option<DocumentView<'a>>,
    pub(crate) now: EpochMillis,
}

impl Serialize for ExecutionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Execution {
            status,
            details,
            queued_at,
            started_at,
            last_updated_at,
            version,
            number,
            ..
        } = self.execution;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("jobId", self.job.as_str())?;
        if let Some(thing) = self.thing {
            map.serialize_entry("thingName", thing.as_str())?;
        }
        map.serialize_entry("status", status.as_str())?;
        if let Some(details) = details {
            map.serialize_entry("statusDetails", &DetailsView(details))?;
        }
        map.serialize_entry("queuedAt", &queued_at.seconds())?;
        if let Some(started_at) = started_at {
            map.serialize_entry("startedAt", &started_at.seconds())?;
        }
        map.serialize_entry("lastUpdatedAt", &last_updated_at.seconds())?;
        map.serialize_entry("versionNumber", version)?;
        map.serialize_entry("executionNumber", number)?;
        if let Some(deadline) = self.execution.deadline() {
            let seconds = deadline.0.saturating_sub(self.now.0) / 1000;
            map.serialize_entry("approximateSecondsBeforeTimedOut", &seconds)?;
        }
        if let Some(document) = &self.document {
            map.serialize_entry("jobDocument", document)?;
        }
        map.end()
    }
}

/// `JobExecutionSummary`, in AWS's order of members.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html#jobs-mqtt-job-execution-summary>
#[derive(Debug)]
pub(crate) struct SummaryView<'a> {
    pub(crate) job: &'a JobId,
    pub(crate) execution: &'a Execution,
}

impl Serialize for SummaryView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("jobId", self.job.as_str())?;
        map.serialize_entry("queuedAt", &self.execution.queued_at.seconds())?;
        map.serialize_entry("lastUpdatedAt", &self.execution.last_updated_at.seconds())?;
        if let Some(started_at) = self.execution.started_at {
            map.serialize_entry("startedAt", &started_at.seconds())?;
        }
        map.serialize_entry("executionNumber", &self.execution.number)?;
        map.serialize_entry("versionNumber", &self.execution.version)?;
        map.end()
    }
}

/// `JobExecutionState`: with details only if they were ever set.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-mqtt-https-api.html#jobs-mqtt-job-execution-state>
#[derive(Debug)]
pub(crate) struct StateView<'a>(pub(crate) &'a Execution);

impl Serialize for StateView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", self.0.status.as_str())?;
        if let Some(details) = &self.0.details {
            map.serialize_entry("statusDetails", &DetailsView(details))?;
        }
        map.serialize_entry("versionNumber", &self.0.version)?;
        map.end()
    }
}

/// `statusDetails` as a JSON object.
#[derive(Debug)]
pub(crate) struct DetailsView<'a>(pub(crate) &'a [(String, String)]);

impl Serialize for DetailsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}
