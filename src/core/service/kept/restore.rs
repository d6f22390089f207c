//! Gives a state to a new service.

use serde::de::DeserializeOwned;

use crate::protocol::{JobId, ThingName};
use crate::service::execution::Execution;
use crate::service::executions::ExecutionKey;
use crate::service::identity::ServiceIdentity;
use crate::service::ids::Ids;
use crate::service::job::Job;
use crate::service::job_document;
use crate::service::kept::AccountState;
use crate::service::kept::records::{
    ACCOUNT, AccountRecord, BUCKET, CERTIFICATE, EXECUTION, GROUP, JOB, OBJECT, POLICY, TEMPLATE,
    THING, TYPE, WAITING, account_mark, key,
};
use crate::service::objects::store::ObjectName;
use crate::service::policy_versions::Policy;
use crate::service::principals::Certificate;
use crate::service::query;
use crate::service::registry::{RegisteredThing, ThingGroup, ThingType};
use crate::service::state::Service;

/// Why a state is not the state of a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The ARNs in the state would name another account.
    #[error("it is the state of account {account} in region {region}")]
    OtherAccount {
        /// The account of the state.
        account: String,
        /// The region of the state.
        region: String,
    },
    /// This program has not written such a record.
    #[error("it contains a record of an unknown kind, `{0}`")]
    UnknownKind(String),
    /// The record cannot be read, or does not fit the others.
    #[error("its record `{key}` cannot be used: {reason}")]
    Record {
        /// The key of the record.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// In the order in which they are restored: what a record names has come before.
const KINDS: [(&str, Restore); 11] = [
    (POLICY, policy),
    (CERTIFICATE, certificate),
    (GROUP, group),
    (TYPE, thing_type),
    (THING, thing),
    (JOB, job),
    (TEMPLATE, template),
    (WAITING, waiting),
    (EXECUTION, execution),
    (BUCKET, bucket),
    (OBJECT, object),
];

/// Restores the record with this name; the error says what is wrong with it.
type Restore = fn(&mut Service, &str, &str) -> Result<(), String>;

impl Service {
    /// A service that goes on where the one went whose state this is; a new one if the state is empty. The account and the
    /// region must be the same, unless the state is empty; the seed of the state counts.
    pub fn restore(identity: ServiceIdentity, state: &AccountState) -> Result<Self, RestoreError> {
        let mut service = Self::new(identity);
        let Some(text) = state.records.get(ACCOUNT) else {
            return match state.records.keys().next() {
                Some(key) => Err(broken(key, "the record of the account is missing")),
                None => Ok(service),
            };
        };
        let account: AccountRecord = read(text).map_err(|reason| broken(ACCOUNT, reason))?;
        service.take_account(account)?;
        let is_known = |key: &str| {
            let kind = key.split_once('/').map(|(kind, _)| kind);
            key == ACCOUNT || KINDS.iter().any(|(known, _)| kind == Some(known))
        };
        if let Some(key) = state.records.keys().find(|key| !is_known(key)) {
            return Err(RestoreError::UnknownKind(key.clone()));
        }
        for (kind, restore) in KINDS {
            let first = key(kind, "");
            let records = state.records.range(first.clone()..);
            for (key, text) in records.take_while(|(key, _)| key.starts_with(&first)) {
                restore(&mut service, &key[first.len()..], text)
                    .map_err(|reason| broken(key, reason))?;
            }
            if kind == GROUP {
                let groups = service.registry.restore_groups();
                groups.map_err(|name| broken(&key(GROUP, &name), "it is in no hierarchy"))?;
                service.check_group_policies()?;
            }
        }
        let ids: Vec<JobId> = service.jobs.iter().map(|(id, _)| id.clone()).collect();
        for id in ids {
            service.set_timer(&id);
        }
        service.executions.take_touched();
        service.principals.take_changed();
        service.untaken.account = Some(account_mark(&service));
        Ok(service)
    }

    /// The groups that policies are attached to must exist.
    fn check_group_policies(&self) -> Result<(), RestoreError> {
        let mut groups = self.principals.groups();
        match groups.find(|(group, _)| !self.registry.groups.contains_key(*group)) {
            None => Ok(()),
            Some((group, policies)) => {
                let policy = policies.first().map_or("", String::as_str);
                let reason = format!("its group `{group}` is not there");
                Err(broken(&key(POLICY, policy), reason))
            }
        }
    }

    fn take_account(&mut self, account: AccountRecord) -> Result<(), RestoreError> {
        if account.account != self.identity.account || account.region != self.identity.region {
            return Err(RestoreError::OtherAccount {
                account: account.account,
                region: account.region,
            });
        }
        let seed = u128::from_str_radix(&account.seed, 16);
        let seed = seed.map_err(|error| broken(ACCOUNT, error.to_string()))?;
        self.identity.seed = seed;
        self.ids = Ids::resume(seed, account.ids);
        self.events
            .restore(&account.events, account.events_changed_at);
        Ok(())
    }
}

fn broken(key: &str, reason: impl Into<String>) -> RestoreError {
    RestoreError::Record {
        key: key.to_owned(),
        reason: reason.into(),
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn name<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| format!("its name {error}"))
}

fn policy(service: &mut Service, name: &str, text: &str) -> Result<(), String> {
    let policy: Policy = read(text)?;
    if policy.in_effect().is_none() {
        return Err("none of its versions is in effect".to_owned());
    }
    service.principals.insert_policy(name.to_owned(), policy);
    Ok(())
}

fn certificate(service: &mut Service, id: &str, text: &str) -> Result<(), String> {
    let certificate: Certificate = read(text)?;
    service.principals.restore_certificate(id, certificate)
}

fn group(service: &mut Service, name: &str, text: &str) -> Result<(), String> {
    let group: ThingGroup = read(text)?;
    if let Some(query) = &group.query {
        query::parse(&query.text).map_err(|error| error.to_string())?;
    }
    service.registry.groups.insert(name.to_owned(), group);
    Ok(())
}

fn thing_type(service: &mut Service, name: &str, text: &str) -> Result<(), String> {
    let thing_type: ThingType = read(text)?;
    service.registry.types.insert(name.to_owned(), thing_type);
    Ok(())
}

fn thing(service: &mut Service, text: &str, record: &str) -> Result<(), String> {
    let name: ThingName = name(text)?;
    let thing: RegisteredThing = read(record)?;
    service.registry.restore_thing(&name, thing)
}

fn job(service: &mut Service, text: &str, record: &str) -> Result<(), String> {
    let id: JobId = name(text)?;
    let mut job: Job = read(record)?;
    job.device_document = job_document::for_device(&job.filled_document())
        .map_err(|_| "its document is not valid".to_owned())?;
    service.executions.withhold(&id, job.withheld());
    service.jobs.insert(id, job);
    Ok(())
}

fn template(service: &mut Service, id: &str, text: &str) -> Result<(), String> {
    service.templates.insert(id.to_owned(), read(text)?);
    Ok(())
}

fn waiting(service: &mut Service, text: &str, record: &str) -> Result<(), String> {
    let (job, place) = text.split_once('/').unwrap_or((text, ""));
    let (id, place) = (name::<JobId>(job)?, number(place)?);
    let thing: ThingName = read(record)?;
    let job = service.jobs.derived_mut(&id).ok_or_else(no_job)?;
    job.rollout.restore(place, thing);
    Ok(())
}

fn execution(service: &mut Service, text: &str, record: &str) -> Result<(), String> {
    let mut parts = text.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let key = ExecutionKey::new(name(part())?, name(part())?);
    let mut execution: Execution = read(record)?;
    execution.number = number(part())?;
    if !service.jobs.contains_key(&key.job) {
        return Err(no_job());
    }
    let change = service.executions.insert(&key, execution);
    service.count(&key.job, change);
    if let Some(job) = service.jobs.derived_mut(&key.job) {
        job.things.insert(key.thing);
    }
    Ok(())
}

fn bucket(service: &mut Service, name: &str, record: &str) -> Result<(), String> {
    service
        .objects
        .buckets
        .insert(name.to_owned(), read(record)?);
    Ok(())
}

fn object(service: &mut Service, text: &str, record: &str) -> Result<(), String> {
    let (bucket, key) = text.split_once('/').unwrap_or((text, ""));
    let name = ObjectName {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
    };
    let put = service.objects.put(name, read(record)?);
    put.map_err(|_| "its bucket does not exist or has no room for it".to_owned())
}

fn number(text: &str) -> Result<u64, String> {
    name(text)
}

fn no_job() -> String {
    "its job is not there".to_owned()
}
