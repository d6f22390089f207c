//! Everything that the service holds, as JSON for tests to look at. The form is this program's own, not AWS's.

use serde_json::{Value, json};

use crate::service::executions::ExecutionKey;
use crate::service::state::Service;

impl Service {
    /// Things, thing groups, jobs, executions, certificates and policies, each list in the order of names.
    pub fn state(&self) -> Value {
        let things: Vec<Value> = self
            .registry
            .things
            .iter()
            .map(|(name, thing)| {
                json!({
                    "thingName": name.as_str(),
                    "attributes": thing.attributes,
                    "thingGroups": thing.groups,
                    "certificates": self.principals.of_thing(name).collect::<Vec<_>>(),
                })
            })
            .collect();
        let jobs: Vec<Value> = self
            .jobs
            .iter()
            .map(|(id, job)| json!({ "jobId": id.as_str(), "status": job.status.as_str() }))
            .collect();
        let executions: Vec<Value> = self
            .executions
            .all()
            .map(|(ExecutionKey { thing, job }, execution)| {
                json!({
                    "thingName": thing.as_str(),
                    "jobId": job.as_str(),
                    "executionNumber": execution.number,
                    "status": execution.status.as_str(),
                    "versionNumber": execution.version,
                })
            })
            .collect();
        let certificates: Vec<Value> = self
            .principals
            .certificates()
            .map(|(id, certificate)| {
                json!({
                    "certificateId": id,
                    "status": certificate.status.as_str(),
                    "policies": certificate.policies,
                })
            })
            .collect();
        json!({
            "things": things,
            "thingGroups": self.registry.groups.keys().collect::<Vec<_>>(),
            "jobs": jobs,
            "executions": executions,
            "certificates": certificates,
            "policies": self.principals.policies().map(|(name, _)| name).collect::<Vec<_>>(),
        })
    }
}
