//! The real service, with its results in the words of the model.

use jobs_sandbox::protocol::{EpochMillis, ThingName};
use jobs_sandbox::service::{Extras, HttpRequest, HttpResponse, Service, ServiceMessage};
use serde_json::{Value, json};

use crate::model::{Event, Input, Seen, THINGS};
use crate::service::identity;

/// The real service, driven by the same inputs.
pub(crate) struct Real {
    pub(crate) service: Service,
    pub(crate) now_s: u64,
}

impl Real {
    pub(crate) fn new() -> Self {
        let mut service = Service::new(identity());
        for thing in 0..THINGS {
            service.register_thing(
                EpochMillis(0),
                &ThingName::new(&format!("T{thing}")).expect("a thing name"),
            );
        }
        Self {
            service,
            now_s: 1000,
        }
    }

    pub(crate) fn now(&self) -> EpochMillis {
        EpochMillis(self.now_s * 1000)
    }

    fn http(
        &mut self,
        method: &str,
        target: &str,
        body: &Value,
    ) -> (HttpResponse, Vec<ServiceMessage>) {
        let request = HttpRequest::new(method, target, body);
        let outcome = self
            .service
            .handle_control_plane(self.now(), &request, &Extras::default());
        (outcome.reply, outcome.notifications)
    }

    fn get(&mut self, target: &str) -> Value {
        let (reply, _) = self.http("GET", target, &Value::Null);
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    pub(crate) fn device(
        &mut self,
        topic: &str,
        payload: &Value,
    ) -> (Result<(), String>, Vec<ServiceMessage>) {
        let payload = payload.to_string();
        let (now, parsed) = (self.now(), topic.parse());
        let outcome = self
            .service
            .handle_device(now, topic, parsed, payload.as_bytes());
        let reply: Value =
            serde_json::from_slice(&outcome.reply.expect("a reply").payload).expect("JSON");
        let code = reply["code"].as_str().map(ToOwned::to_owned);
        (code.map_or(Ok(()), Err), outcome.notifications)
    }

    /// Carries an input out; the verdict names the code of a refusal. `more`: further members of CreateJob.
    pub(crate) fn handle(
        &mut self,
        input: &Input,
        more: &Value,
    ) -> (Result<(), String>, Vec<ServiceMessage>) {
        let (reply, messages) = match input {
            Input::Create {
                job,
                things,
                timeout_minutes,
                retries,
            } => {
                let targets: Vec<String> = things
                    .iter()
                    .map(|thing| identity().arn(&format!("thing/T{thing}")))
                    .collect();
                let mut body = json!({ "targets": targets, "document": "{}" });
                if let Some(minutes) = timeout_minutes {
                    body["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": minutes });
                }
                let criteria = json!([{ "failureType": "ALL", "numberOfRetries": retries }]);
                body["jobExecutionsRetryConfig"] = json!({ "criteriaList": criteria });
                for (name, value) in more.as_object().into_iter().flatten() {
                    body[name] = value.clone();
                }
                self.http("PUT", &format!("/jobs/J{job}"), &body)
            }
            Input::StartNext {
                thing,
                step_minutes,
            } => {
                let payload = json!({ "stepTimeoutInMinutes": step_minutes });
                return self.device(&format!("$aws/things/T{thing}/jobs/start-next"), &payload);
            }
            Input::Update {
                thing,
                job,
                status,
                expected,
                step_minutes,
            } => {
                let payload = json!({
                    "status": status.as_str(),
                    "expectedVersion": expected,
                    "stepTimeoutInMinutes": step_minutes,
                });
                return self.device(
                    &format!("$aws/things/T{thing}/jobs/J{job}/update"),
                    &payload,
                );
            }
            Input::CancelExecution { thing, job, force } => self.http(
                "PUT",
                &format!("/things/T{thing}/jobs/J{job}/cancel?force={force}"),
                &Value::Null,
            ),
            Input::CancelJob { job, force } => self.http(
                "PUT",
                &format!("/jobs/J{job}/cancel?force={force}"),
                &Value::Null,
            ),
            Input::DeleteExecution {
                thing,
                job,
                number,
                force,
            } => {
                let path =
                    format!("/things/T{thing}/jobs/J{job}/executionNumber/{number}?force={force}");
                self.http("DELETE", &path, &Value::Null)
            }
            Input::DeleteJob { job, force } => self.http(
                "DELETE",
                &format!("/jobs/J{job}?force={force}"),
                &Value::Null,
            ),
            Input::Advance { seconds } => {
                self.now_s += seconds;
                return (Ok(()), self.service.handle_timeout(self.now()));
            }
        };
        (
            reply.error.map_or(Ok(()), |name| Err(name.to_owned())),
            messages,
        )
    }

    pub(crate) fn seen(&mut self) -> Seen {
        let mut seen = Seen::default();
        for job in self.get("/jobs")["jobs"].as_array().expect("jobs") {
            let status = job["status"].as_str().expect("a status").to_owned();
            seen.jobs.insert(number_in(&job["jobId"]), status);
        }
        for thing in 0..THINGS {
            let list = self.get(&format!("/things/T{thing}/jobs"));
            for entry in list["executionSummaries"].as_array().expect("executions") {
                let job = number_in(&entry["jobId"]);
                let number = entry["jobExecutionSummary"]["executionNumber"]
                    .as_u64()
                    .expect("a number");
                let found = self.get(&format!(
                    "/things/T{thing}/jobs/J{job}?executionNumber={number}"
                ));
                let status = found["execution"]["status"]
                    .as_str()
                    .expect("a status")
                    .to_owned();
                let version = found["execution"]["versionNumber"]
                    .as_u64()
                    .expect("a version");
                seen.executions
                    .insert((thing, job, number), (status, version));
            }
        }
        seen
    }
}

/// The number in `"J1"` or `"T1"`.
fn number_in(name: &Value) -> usize {
    let name = name.as_str().expect("a name");
    name[1..].parse().expect("a number")
}

/// The content of a message.
pub(crate) fn event(message: &ServiceMessage) -> Event {
    let topic: Vec<&str> = message.topic.split('/').collect();
    let thing = number_in(&json!(topic[2]));
    let payload: Value = serde_json::from_slice(&message.payload).expect("JSON");
    let named = |execution: &Value| {
        (
            number_in(&execution["jobId"]),
            execution["executionNumber"].as_u64().expect("a number"),
        )
    };
    if topic[4] == "notify" {
        let lists = payload["jobs"].as_object().expect("jobs").values();
        let entries = lists.flat_map(|list| list.as_array().expect("a list"));
        Event::Notify(thing, entries.map(named).collect())
    } else {
        Event::NotifyNext(thing, payload.get("execution").map(named))
    }
}
