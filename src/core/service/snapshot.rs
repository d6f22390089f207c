//! An overview of the state of the service as JSON, for tests. The form is this program's own, not AWS's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::executions::ExecutionKey;
use crate::service::state::Service;

impl Service {
    /// Things, thing groups, jobs, executions, job templates, certificates and policies, each list in the order of names.
    pub fn state(&self) -> Value {
        let jobs: Vec<Value> = self
            .jobs
            .iter()
            .map(|(id, job)| json!({ "jobId": id.as_str(), "status": job.status().as_str() }))
            .collect();
        json!({
            "things": things(self),
            "thingGroups": self.registry.groups.keys().collect::<Vec<_>>(),
            "jobs": jobs,
            "executions": executions(self),
            "jobTemplates": self.templates.by_id.keys().collect::<Vec<_>>(),
            "certificates": certificates(self),
            "policies": self.principals.policies().map(|(name, _)| name).collect::<Vec<_>>(),
        })
    }
}

fn things(service: &Service) -> Value {
    let things = service.registry.things.iter();
    things
        .map(|(name, thing)| {
            json!({
                "thingName": name.as_str(),
                "attributes": thing.attributes(),
                "thingTypeName": thing.thing_type(),
                "thingGroups": thing.all_groups().collect::<BTreeSet<_>>(),
                "certificates": service.principals.of_thing(name).into_iter().flatten().collect::<Vec<_>>(),
            })
        })
        .collect()
}

fn executions(service: &Service) -> Value {
    let executions = service.executions.all();
    executions
        .map(|(ExecutionKey { thing, job }, execution)| {
            json!({
                "thingName": thing.as_str(),
                "jobId": job.as_str(),
                "executionNumber": execution.number,
                "status": execution.status.as_str(),
                "versionNumber": execution.version,
            })
        })
        .collect()
}

fn certificates(service: &Service) -> Value {
    let certificates = service.principals.certificates();
    certificates
        .map(|(id, certificate)| {
            json!({
                "certificateId": id,
                "status": certificate.status.as_str(),
                "policies": certificate.policies,
            })
        })
        .collect()
}
