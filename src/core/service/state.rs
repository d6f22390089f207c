//! The service and all its state.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::protocol::{EpochMillis, JobId};
use crate::service::account_events::{AccountEvents, EventConfiguration};
use crate::service::diary::Diary;
use crate::service::executions::Executions;
use crate::service::identity::ServiceIdentity;
use crate::service::ids::Ids;
use crate::service::job::jobs::Jobs;
use crate::service::job_template::JobTemplates;
use crate::service::objects::store::Objects;
use crate::service::principals::{PolicyCheck, Principals};
use crate::service::registry::Registry;

/// The service and all its state.
#[derive(Debug)]
pub struct Service {
    pub(super) identity: ServiceIdentity,
    pub(super) registry: Registry,
    pub(super) jobs: Jobs,
    pub(super) templates: JobTemplates,
    pub(super) executions: Executions,
    /// When a job has something due, such as its start, its end or its next batch.
    pub(super) job_timers: BTreeSet<(EpochMillis, JobId)>,
    /// How long the deletion of a job takes.
    pub(super) deletion_time: Duration,
    pub(super) principals: Principals,
    pub(super) objects: Objects,
    pub(super) events: AccountEvents,
    pub(super) ids: Ids,
    pub(super) diary: Diary,
    /// What a caller that keeps the changes has not taken yet, beside what the members above note.
    pub(super) untaken: Untaken,
}

/// How many ids were given out, and how the events of the account are configured.
pub(super) type AccountMark = (u64, EventConfiguration);

/// Changes that no map notes.
#[derive(Debug, Default)]
pub(super) struct Untaken {
    pub(super) is_kept: bool,
    /// What the record of the account depends on, as it was taken last.
    pub(super) account: Option<AccountMark>,
    /// The keys of records that a reset has removed.
    pub(super) forgotten: Vec<String>,
}

impl Service {
    /// A service without any data.
    pub fn new(identity: ServiceIdentity) -> Self {
        Self {
            registry: Registry::default(),
            jobs: Jobs::default(),
            templates: JobTemplates::default(),
            executions: Executions::default(),
            job_timers: BTreeSet::new(),
            deletion_time: Duration::ZERO,
            principals: Principals::new(|_| Ok(())),
            objects: Objects::default(),
            events: AccountEvents::default(),
            ids: Ids::new(identity.seed),
            diary: Diary::default(),
            untaken: Untaken::default(),
            identity,
        }
    }

    /// Sets the check for policy documents; without it every text is accepted.
    #[must_use]
    pub fn with_policy_check(mut self, check: PolicyCheck) -> Self {
        self.principals.check = check;
        self
    }

    /// A new service with the same settings, which does not repeat ids.
    pub(super) fn forget(&mut self) {
        *self = Self {
            ids: self.ids.clone(),
            deletion_time: self.deletion_time,
            ..Self::new(self.identity.clone()).with_policy_check(self.principals.check)
        };
    }
}
