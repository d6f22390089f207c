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

pub use crate::service::kept::restore::RestoreError;

/// The state of an account: its records by their keys. Empty for a new account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountState {
    /// JSON by key.
    pub records: BTreeMap<String, Box<str>>,
}

/// The records that are new or different, as JSON, and the keys of those that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// JSON by key, or nothing.
    pub records: BTreeMap<String, Option<Box<str>>>,
}

impl AccountState {
    /// The state after the changes.
    pub fn apply(&mut self, changes: AccountChanges) {
        for (key, record) in changes.records {
            match record {
                Some(record) => self.records.insert(key, record),
                None => self.records.remove(&key),
            };
        }
    }
}
