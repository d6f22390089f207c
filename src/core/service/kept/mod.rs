//! The whole state of the account as one value: records, each a JSON object with a key. A caller can take it, keep it, and give
//! it back to a new service, which then answers every later input as the old one would have. It can also take only the
//! records that have changed.
//!
//! | key | record |
//! |---|---|
//! | `account` | region and account, the source of ids, and which events are sent |
//! | `type/NAME` | a thing type |
//! | `thing/NAME` | a thing, with the names of its type and of its static groups |
//! | `group/NAME` | a thing group, with the name of its parent or its query, and the CONTINUOUS jobs that target it |
//! | `certificate/ID` | a certificate, with what is attached to it |
//! | `policy/NAME` | a policy |
//! | `job/ID` | a job, with its configuration |
//! | `jobTemplate/ID` | a job template |
//! | `waiting/JOB/PLACE` | the name of a thing that a rollout has not reached yet |
//! | `execution/THING/JOB/NUMBER` | a job execution, with its deadlines |
//! | `bucket/NAME` | a bucket |
//! | `object/BUCKET/KEY` | an object, with its bytes in base64 |
//!
//! Names contain no `/`, except the keys of objects. The members are those of the types that are kept, such as `Execution`; what follows from other
//! records (members of groups, counts, lists, timers) is not in them, and is derived at [`Service::restore`].
//!
//! [`Service::restore`]: crate::service::Service::restore

mod changes;
mod records;
mod restore;

use std::collections::BTreeMap;

use crate::service::kept::records::written;
use crate::service::objects::store::Object;

pub use crate::service::kept::restore::RestoreError;

/// The state of an account: its records by their keys. Empty for a new account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountState {
    /// JSON by key.
    pub records: BTreeMap<String, Box<str>>,
}

/// The records that are new or different, and the keys of those that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// A record by its key, or nothing.
    pub records: BTreeMap<String, Option<KeptRecord>>,
}

/// A record that is JSON, or becomes JSON where there is time for it: that of an object may be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Json(Box<str>),
    Object(Box<Object>),
}

impl KeptRecord {
    pub(crate) fn of_object(object: &Object) -> Self {
        Self(Form::Object(Box::new(object.clone())))
    }

    /// The record as JSON. It takes as long as the record is large.
    pub fn into_json(self) -> Box<str> {
        match self.0 {
            Form::Json(json) => json,
            Form::Object(object) => written(&object),
        }
    }
}

impl From<Box<str>> for KeptRecord {
    fn from(json: Box<str>) -> Self {
        Self(Form::Json(json))
    }
}

impl AccountState {
    /// The state after the changes.
    pub fn apply(&mut self, changes: AccountChanges) {
        for (key, record) in changes.records {
            match record {
                Some(record) => self.records.insert(key, record.into_json()),
                None => self.records.remove(&key),
            };
        }
    }
}
