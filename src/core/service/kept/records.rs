//! The records: their keys, and the one of the account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::protocol::{EpochMillis, JobId};
use crate::service::account_events::EventConfiguration;
use crate::service::executions::ExecutionKey;
use crate::service::objects::store::ObjectName;
use crate::service::state::{AccountMark, Service};

/// The record of the account itself.
pub(crate) const ACCOUNT: &str = "account";

/// The kinds of all other records.
pub(crate) const TYPE: &str = "type";
pub(crate) const THING: &str = "thing";
pub(crate) const GROUP: &str = "group";
pub(crate) const CERTIFICATE: &str = "certificate";
pub(crate) const POLICY: &str = "policy";
pub(crate) const JOB: &str = "job";
pub(crate) const TEMPLATE: &str = "jobTemplate";
pub(crate) const WAITING: &str = "waiting";
pub(crate) const EXECUTION: &str = "execution";
pub(crate) const BUCKET: &str = "bucket";
pub(crate) const OBJECT: &str = "object";

/// The key of a record with a name.
pub(crate) fn key(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

pub(crate) fn waiting_key(job: &JobId, place: u64) -> String {
    format!("{WAITING}/{job}/{place}")
}

pub(crate) fn execution_key(key: &ExecutionKey, number: u64) -> String {
    format!("{EXECUTION}/{}/{}/{number}", key.thing, key.job)
}

pub(crate) fn object_key(name: &ObjectName) -> String {
    format!("{OBJECT}/{}/{}", name.bucket, name.key)
}

/// What belongs to the account as a whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountRecord {
    pub(crate) account: String,
    pub(crate) region: String,
    /// Hexadecimal.
    pub(crate) seed: String,
    /// How many ids were given out.
    pub(crate) ids: u64,
    /// The configured types of events, and whether they are on.
    pub(crate) events: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events_changed_at: Option<(EpochMillis, EpochMillis)>,
}

impl AccountRecord {
    pub(crate) fn of(service: &Service) -> Self {
        let (seed, ids) = service.ids.position();
        let EventConfiguration {
            enabled,
            changed_at,
        } = service.events.configuration();
        let events = enabled.iter();
        Self {
            account: service.identity.account.clone(),
            region: service.identity.region.clone(),
            seed: format!("{seed:x}"),
            ids,
            events: events
                .map(|(kind, is_on)| ((*kind).to_owned(), *is_on))
                .collect(),
            events_changed_at: *changed_at,
        }
    }
}

/// What the record of the account depends on.
pub(crate) fn account_mark(service: &Service) -> AccountMark {
    let (_, ids) = service.ids.position();
    (ids, service.events.configuration().clone())
}

/// A record as JSON. Serialising our own values to memory cannot fail.
pub(crate) fn written(record: &impl Serialize) -> Box<str> {
    serde_json::to_string(record).unwrap_or_default().into()
}
