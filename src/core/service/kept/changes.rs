//! Takes the state out of a service: whole, or what has changed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::service::kept::records::{
    ACCOUNT, AccountRecord, BUCKET, CERTIFICATE, GROUP, JOB, POLICY, TEMPLATE, THING, TYPE,
    account_mark, execution_key, key, object_key, waiting_key, written,
};
use crate::service::kept::{AccountChanges, AccountState, KeptRecord};
use crate::service::state::Service;

impl Service {
    /// The whole state. It is to be taken between two inputs.
    pub fn save(&self) -> AccountState {
        let mut state = AccountState::default();
        self.each_record(|key, record| {
            state.records.insert(key, record());
        });
        state
    }

    /// All records, each with its key.
    fn each_record(&self, mut add: impl FnMut(String, &dyn Fn() -> Box<str>)) {
        add(ACCOUNT.to_owned(), &|| written(&AccountRecord::of(self)));
        for (name, thing_type) in self.registry.types.iter() {
            add(key(TYPE, name), &|| written(thing_type));
        }
        for (name, thing) in self.registry.things.iter() {
            add(key(THING, name.as_str()), &|| written(thing));
        }
        for (name, group) in self.registry.groups.iter() {
            add(key(GROUP, name), &|| written(group));
        }
        for (id, certificate) in self.principals.certificates() {
            add(key(CERTIFICATE, id), &|| written(certificate));
        }
        for (name, policy) in self.principals.policies() {
            add(key(POLICY, name), &|| written(policy));
        }
        for (id, template) in self.templates.by_id.iter() {
            add(key(TEMPLATE, id), &|| written(template));
        }
        for (id, job) in self.jobs.iter() {
            add(key(JOB, id.as_str()), &|| written(job));
            for (place, thing) in job.rollout.waiting.iter() {
                add(waiting_key(id, *place), &|| written(thing));
            }
        }
        for (key, execution) in self.executions.all() {
            add(execution_key(&key, execution.number), &|| {
                written(execution)
            });
        }
        for (name, bucket) in self.objects.buckets.iter() {
            add(key(BUCKET, name), &|| written(bucket));
        }
        for (name, object) in self.objects.all() {
            add(object_key(name), &|| written(object));
        }
    }

    /// From now on, what changes is noted; [`Service::take_changes`] takes it.
    pub fn keep_changes(&mut self) {
        self.untaken.is_kept = true;
        self.registry.types.changed.begin();
        self.registry.things.changed.begin();
        self.registry.groups.changed.begin();
        self.principals.note_changes();
        self.jobs.note_changes();
        self.templates.by_id.changed.begin();
        self.executions.changed.begin();
        self.objects.note_changes();
    }

    /// What has changed since the last call. It is to be taken between two inputs.
    pub fn take_changes(&mut self) -> AccountChanges {
        let mut changes = AccountChanges::default();
        if !self.untaken.is_kept {
            return changes;
        }
        let records = &mut changes.records;
        let forgotten = std::mem::take(&mut self.untaken.forgotten);
        records.extend(forgotten.into_iter().map(|key| (key, None)));
        let mark = Some(account_mark(self));
        if mark != self.untaken.account {
            self.untaken.account = mark;
            let account = written(&AccountRecord::of(self));
            records.insert(ACCOUNT.to_owned(), Some(account.into()));
        }
        for name in self.registry.types.changed.take() {
            let thing_type = self.registry.types.get(&name).map(record);
            records.insert(key(TYPE, &name), thing_type);
        }
        for name in self.registry.things.changed.take() {
            let thing = self.registry.things.get(&name).map(record);
            records.insert(key(THING, name.as_str()), thing);
        }
        for name in self.registry.groups.changed.take() {
            let group = self.registry.groups.get(&name).map(record);
            records.insert(key(GROUP, &name), group);
        }
        let (certificates, policies) = self.principals.take_kept();
        for id in certificates {
            let certificate = self.principals.certificate(&id).map(record);
            records.insert(key(CERTIFICATE, &id), certificate);
        }
        for name in policies {
            let policy = self.principals.policy(&name).map(record);
            records.insert(key(POLICY, &name), policy);
        }
        for id in self.templates.by_id.changed.take() {
            let template = self.templates.by_id.get(&id).map(record);
            records.insert(key(TEMPLATE, &id), template);
        }
        let (jobs, places) = self.jobs.take_changed();
        for id in jobs {
            let job = self.jobs.get(&id).map(record);
            records.insert(key(JOB, id.as_str()), job);
        }
        for (id, place) in places {
            let thing = self.jobs.waiting(&id, place).map(record);
            records.insert(waiting_key(&id, place), thing);
        }
        for (key, number) in self.executions.changed.take() {
            let execution = self.executions.get(&key, Some(number)).map(record);
            records.insert(execution_key(&key, number), execution);
        }
        self.take_changed_objects(records);
        changes
    }

    fn take_changed_objects(&mut self, records: &mut BTreeMap<String, Option<KeptRecord>>) {
        for name in self.objects.buckets.changed.take() {
            let bucket = self.objects.buckets.get(&name).map(record);
            records.insert(key(BUCKET, &name), bucket);
        }
        for name in self.objects.take_changed() {
            let object = self.objects.get(&name).map(KeptRecord::of_object);
            records.insert(object_key(&name), object);
        }
    }

    /// Forgets every thing, thing type, group, job, execution, job template, certificate, policy and object.
    pub fn reset(&mut self) {
        let is_kept = self.untaken.is_kept;
        let mut forgotten = Vec::new();
        if is_kept {
            self.each_record(|key, _| forgotten.push(key));
        }
        self.forget();
        if is_kept {
            self.keep_changes();
            self.untaken.forgotten = forgotten;
        }
    }
}

fn record(record: &impl Serialize) -> KeptRecord {
    written(record).into()
}
