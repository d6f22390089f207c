//! A service that is kept elsewhere and restored is the same service: random inputs, beside a twin that is never restored.

use std::fmt::Write as _;
use std::time::Duration;

use jobs_sandbox::protocol::EpochMillis;
use jobs_sandbox::service::{
    AccountChanges, AccountState, Extras, HttpRequest, MEMBER_HEADERS, Service, ServiceIdentity,
    ServiceMessage, WantedCertificate,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::service::{
    certificate, certificate_id, check_golden, golden, identity, provide, with_policy_check,
};

/// What can happen.
#[derive(Debug, Clone)]
enum Input {
    /// Method, path, body.
    Control(&'static str, String, Value),
    /// A certificate with this id is created, active or not.
    Certificate(u8, bool),
    /// `x-amzn-principal`, method, path.
    Principal(u8, &'static str, String),
    /// The rest of the topic below `$aws/things/`, payload.
    Device(String, Value),
    Advance(u64),
    Reset,
    /// The service is given back from what was kept.
    Restart,
}

/// The service and what was kept of it.
struct Kept {
    service: Service,
    now: EpochMillis,
    state: AccountState,
    deletion_time: Duration,
}

impl Kept {
    fn new(deletion_time: Duration) -> Self {
        let service = with_policy_check(Service::new(identity()));
        let mut service = service.with_deletion_time(deletion_time);
        service.keep_changes();
        let mut state = AccountState::default();
        state.apply(service.take_changes());
        Self {
            service,
            now: EpochMillis(1_000_000_123),
            state,
            deletion_time,
        }
    }

    /// Everything that comes back.
    fn handle(&mut self, input: &Input) -> (String, Vec<ServiceMessage>) {
        let out = match input {
            Input::Control(method, path, body) => {
                let request = HttpRequest::new(method, path, body);
                let wanted = WantedCertificate::of(&request);
                let extras = Extras {
                    certificate: wanted.map(|wanted| provide(&wanted, &mut 0, None)),
                    ..Extras::default()
                };
                self.control(&request, &extras)
            }
            Input::Certificate(number, is_active) => {
                let path = format!("/keys-and-certificate?setAsActive={is_active}");
                let extras = Extras {
                    certificate: Some(Ok(certificate(*number))),
                    ..Extras::default()
                };
                self.control(&HttpRequest::new("POST", &path, &Value::Null), &extras)
            }
            Input::Principal(number, method, path) => {
                let headers = MEMBER_HEADERS.map(|name| (name, certificate_arn(*number)));
                let extras = Extras {
                    headers: headers.into(),
                    certificate: None,
                };
                self.control(&HttpRequest::new(method, path, &Value::Null), &extras)
            }
            Input::Device(rest, payload) => {
                let topic = format!("$aws/things/{rest}");
                let payload = payload.to_string();
                let parsed = topic.parse();
                let outcome =
                    self.service
                        .handle_device(self.now, &topic, parsed, payload.as_bytes());
                (format!("{:?}", outcome.reply), outcome.notifications)
            }
            Input::Advance(seconds) => {
                self.now = EpochMillis(self.now.0 + seconds * 1000);
                let messages = self.service.handle_timeout(self.now);
                (String::new(), messages)
            }
            Input::Reset => {
                self.service.reset();
                (String::new(), Vec::new())
            }
            Input::Restart => (String::new(), Vec::new()),
        };
        self.state.apply(self.service.take_changes());
        out
    }

    fn control(&mut self, request: &HttpRequest, extras: &Extras) -> (String, Vec<ServiceMessage>) {
        let outcome = self.service.handle_control_plane(self.now, request, extras);
        let changed = self.service.take_changed_certificates();
        let reply = outcome.reply;
        let body = String::from_utf8_lossy(&reply.body);
        let text = format!("{} {:?} {body} {changed:?}", reply.status, reply.error);
        (text, outcome.notifications)
    }

    fn restart(&mut self) {
        // The seed of the state counts.
        let identity = ServiceIdentity {
            seed: 99,
            ..identity()
        };
        let service = Service::restore(identity, &self.state).expect("a state");
        self.service = with_policy_check(service).with_deletion_time(self.deletion_time);
        self.service.keep_changes();
    }
}

fn certificate_arn(number: u8) -> String {
    identity().arn(&format!("cert/{}", certificate_id(number)))
}

/// Names are few, so that inputs meet.
fn name(kind: &'static str) -> impl Strategy<Value = String> {
    (0..3_u8).prop_map(move |number| format!("{kind}{number}"))
}

fn control(
    method: &'static str,
    path: &'static str,
    names: impl Strategy<Value = Vec<String>>,
    body: Value,
) -> impl Strategy<Value = Input> {
    names.prop_map(move |names| {
        let fill = |text: String| {
            let names = names.iter().enumerate();
            names.fold(text, |text, (index, name)| {
                text.replace(&format!("<{index}>"), name)
            })
        };
        let body = serde_json::from_str(&fill(body.to_string())).expect("JSON");
        Input::Control(method, fill(path.to_owned()), body)
    })
}

fn names(kinds: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    kinds.iter().map(|kind| name(kind)).collect::<Vec<_>>()
}

fn registry() -> impl Strategy<Value = Input> {
    let member = json!({ "thingGroupName": "<0>", "thingName": "<1>" });
    prop_oneof![
        6 => control("POST", "/things/<0>", names(&["T"]), json!({})),
        1 => control("POST", "/things/<0>", names(&["T"]), json!({ "attributePayload": { "attributes": { "a": "<0>" } } })),
        2 => control("PATCH", "/things/<0>", names(&["T", "v"]), json!({ "attributePayload": { "attributes": { "a": "<1>", "b": "é😀" }, "merge": true } })),
        1 => control("DELETE", "/things/<0>", names(&["T"]), Value::Null),
        3 => control("POST", "/thing-groups/<0>", names(&["G"]), json!({ "thingGroupProperties": { "thingGroupDescription": "d" } })),
        3 => control("POST", "/thing-groups/<0>", names(&["G", "G"]), json!({ "parentGroupName": "<1>", "tags": [{ "Key": "k", "Value": "v" }] })),
        1 => control("PATCH", "/thing-groups/<0>", names(&["G"]), json!({ "thingGroupProperties": { "thingGroupDescription": "e" } })),
        1 => control("DELETE", "/thing-groups/<0>", names(&["G"]), Value::Null),
        5 => control("PUT", "/thing-groups/addThingToThingGroup", names(&["G", "T"]), member.clone()),
        2 => control("PUT", "/thing-groups/removeThingFromThingGroup", names(&["G", "T"]), member),
        1 => control("GET", "/thing-groups?recursive=true", names(&[]), Value::Null),
        1 => control("GET", "/thing-groups/<0>/things?recursive=true", names(&["G"]), Value::Null),
        1 => control("GET", "/things?attributeName=a", names(&[]), Value::Null),
        1 => control("GET", "/thing-groups/<0>", names(&["G"]), Value::Null),
        1 => control("GET", "/things/<0>/thing-groups", names(&["T"]), Value::Null),
        6 => types(),
        6 => dynamic_groups(),
    ]
}

fn types() -> impl Strategy<Value = Input> {
    let properties = json!({ "thingTypeProperties": { "searchableAttributes": ["a"] }, "tags": [{ "Key": "k" }] });
    let added = json!({ "thingTypeProperties": { "mqtt5Configuration": { "propagatingAttributes": [
        { "userPropertyKey": "k", "thingAttribute": "<0>" },
    ] } } });
    prop_oneof![
        3 => control("POST", "/thing-types/<0>", names(&["K"]), properties),
        1 => control("PATCH", "/thing-types/<0>", names(&["K"]), added),
        4 => control("PATCH", "/things/<0>", names(&["T", "K"]), json!({ "thingTypeName": "<1>" })),
        1 => control("PATCH", "/things/<0>", names(&["T"]), json!({ "removeThingType": true })),
        1 => control("POST", "/thing-types/<0>/deprecate", names(&["K"]), json!({})),
        1 => control("POST", "/thing-types/<0>/deprecate", names(&["K"]), json!({ "undoDeprecate": true })),
        1 => control("DELETE", "/thing-types/<0>", names(&["K"]), Value::Null),
        1 => control("GET", "/thing-types", names(&[]), Value::Null),
        1 => control("GET", "/things?thingTypeName=<0>", names(&["K"]), Value::Null),
    ]
}

fn dynamic_groups() -> impl Strategy<Value = Input> {
    let update = |query: &str| json!({ "queryString": query, "thingGroupProperties": {} });
    prop_oneof![
        2 => control("POST", "/dynamic-thing-groups/<0>", names(&["G", "K"]), json!({ "queryString": "thingTypeName:<1> OR attributes.a:v*" })),
        2 => control("POST", "/dynamic-thing-groups/<0>", names(&["G", "G"]), json!({ "queryString": "thingGroupNames:<1> NOT thingName:T0" })),
        1 => control("PATCH", "/dynamic-thing-groups/<0>", names(&["G"]), update("*")),
        1 => control("PATCH", "/dynamic-thing-groups/<0>", names(&["G", "v"]), update("NOT attributes.a:<1>")),
        1 => control("DELETE", "/dynamic-thing-groups/<0>", names(&["G"]), Value::Null),
    ]
}

fn policy_versions() -> impl Strategy<Value = Input> {
    let document = json!({ "policyDocument": "{\"a\":2}" });
    let methods = select(&["GET", "PATCH", "DELETE"][..]);
    prop_oneof![
        1 => control("POST", "/policies/<0>/version", names(&["P"]), document.clone()),
        1 => control("POST", "/policies/<0>/version?setAsDefault=true", names(&["P"]), document),
        2 => (methods, name("P"), 1..4).prop_map(|(method, policy, version)| {
            Input::Control(method, format!("/policies/{policy}/version/{version}"), Value::Null)
        }),
        1 => control("GET", "/policies/<0>/version", names(&["P"]), Value::Null),
    ]
}

fn principals() -> impl Strategy<Value = Input> {
    let certificate = || (0..3_u8, any::<bool>());
    let document = json!({ "policyDocument": "{\"a\":1}" });
    prop_oneof![
        3 => certificate().prop_map(|(number, is_active)| Input::Certificate(number, is_active)),
        2 => (0..3_u8, select(&["PUT", "DELETE"][..]), name("T")).prop_map(|(number, method, thing)| {
            Input::Principal(number, method, format!("/things/{thing}/principals"))
        }),
        1 => (0..3_u8, name("T")).prop_map(|(number, thing)| {
            let kind = "thingPrincipalType=EXCLUSIVE_THING";
            Input::Principal(number, "PUT", format!("/things/{thing}/principals?{kind}"))
        }),
        1 => (0..3_u8, select(&["PUT", "DELETE", "GET"][..]), name("P")).prop_map(|(number, method, policy)| {
            Input::Principal(number, method, format!("/principal-policies/{policy}"))
        }),
        1 => control("POST", "/certificate/register-no-ca", names(&[""]), json!({ "certificatePem": "<0>", "status": "ACTIVE" })),
        2 => (name("G"), name("P"), any::<bool>()).prop_map(|(group, policy, attach)| {
            let path = format!("/target-policies/{policy}");
            let method = if attach { "PUT" } else { "POST" };
            let target = identity().arn(&format!("thinggroup/{group}"));
            Input::Control(method, path, json!({ "target": target }))
        }),
        1 => control("POST", "/effective-policies?thingName=<0>", names(&["T"]), Value::Null),
        2 => control("POST", "/policies/<0>", names(&["P"]), document),
        1 => control("DELETE", "/policies/<0>", names(&["P"]), Value::Null),
        4 => policy_versions(),
        2 => (0..3_u8, name("P"), any::<bool>()).prop_map(|(number, policy, attach)| {
            let path = format!("/target-policies/{policy}");
            let method = if attach { "PUT" } else { "POST" };
            Input::Control(method, path, json!({ "target": certificate_arn(number) }))
        }),
        2 => (0..3_u8, select(&["ACTIVE", "INACTIVE", "REVOKED"][..])).prop_map(|(number, status)| {
            let path = format!("/certificates/{}?newStatus={status}", certificate_id(number));
            Input::Control("PUT", path, Value::Null)
        }),
        1 => (0..3_u8).prop_map(|number| {
            let path = format!("/certificates/{}?forceDelete=true", certificate_id(number));
            Input::Control("DELETE", path, Value::Null)
        }),
        1 => control("GET", "/policies", names(&[]), Value::Null),
        1 => control("GET", "/certificates", names(&[]), Value::Null),
        1 => control("GET", "/policy-targets/<0>", names(&["P"]), Value::Null),
    ]
}

/// Jobs with everything that can be configured.
fn new_job() -> impl Strategy<Value = Input> {
    let target = prop_oneof![
        name("T").prop_map(|name| format!("thing/{name}")),
        name("G").prop_map(|name| format!("thinggroup/{name}")),
    ];
    let options = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        0..4_u8,
    );
    (name("J"), vec(target, 1..4), options, 0..3_u8).prop_map(
        |(job, targets, (continuous, slow, retried, timed, scheduled), abort)| {
            let targets: Vec<String> = targets.iter().map(|it| identity().arn(it)).collect();
            let mut body = json!({
                "targets": targets,
                "document": "{ \"z\": 1.50, \"é\": \"😀\", \"n\": null }",
                "targetSelection": if continuous { "CONTINUOUS" } else { "SNAPSHOT" },
                "tags": [{ "Key": "a", "Value": "b" }],
            });
            if slow {
                body["jobExecutionsRolloutConfig"] = json!({ "maximumPerMinute": 5, "exponentialRate": {
                    "baseRatePerMinute": 1, "incrementFactor": 1.1,
                    "rateIncreaseCriteria": { "numberOfNotifiedThings": 1 },
                } });
            }
            if retried {
                body["jobExecutionsRetryConfig"] =
                    json!({ "criteriaList": [{ "failureType": "ALL", "numberOfRetries": 2 }] });
            }
            if timed {
                body["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": 2 });
            }
            // The tests begin at 1970-01-12T13:46.
            if scheduled == 1 {
                body["schedulingConfig"] = json!({
                    "startTime": "1970-01-12T14:20", "endTime": "1970-01-12T14:55", "endBehavior": "CANCEL",
                });
            } else if scheduled == 2 {
                body["targetSelection"] = json!("CONTINUOUS");
                body["schedulingConfig"] = json!({
                    "startTime": "1970-01-12T14:20",
                    "maintenanceWindows": [
                        { "startTime": "cron(0/9 * * * ? *)", "durationInMinutes": 3 },
                        { "startTime": "cron(0 15 ? * MON *)", "durationInMinutes": 40 },
                    ],
                });
            }
            if abort == 0 {
                body["abortConfig"] = json!({ "criteriaList": [{
                    "failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 33.33,
                    "minNumberOfExecutedThings": 2,
                }] });
            }
            Input::Control("PUT", format!("/jobs/{job}"), body)
        },
    )
}

fn jobs() -> impl Strategy<Value = Input> {
    let update =
        json!({ "description": "new", "jobExecutionsRolloutConfig": { "maximumPerMinute": 3 } });
    let targets = json!({ "targets": [identity().arn("thinggroup/<1>")], "comment": "more" });
    let events = json!({ "eventConfigurations": { "JOB": { "Enabled": true }, "JOB_EXECUTION": { "Enabled": true } } });
    prop_oneof![
        8 => new_job(),
        1 => control("PATCH", "/jobs/<0>", names(&["J"]), update),
        1 => control("POST", "/jobs/<0>/targets", names(&["J", "G"]), targets),
        1 => control("PUT", "/jobs/<0>/cancel", names(&["J"]), json!({ "comment": "c" })),
        1 => control("PUT", "/jobs/<0>/cancel?force=true", names(&["J"]), json!({ "reasonCode": "r" })),
        2 => control("DELETE", "/jobs/<0>?force=true", names(&["J"]), Value::Null),
        1 => control("PUT", "/things/<0>/jobs/<1>/cancel?force=true", names(&["T", "J"]), json!({ "statusDetails": { "a": "b" } })),
        1 => control("DELETE", "/things/<0>/jobs/<1>/executionNumber/1?force=true", names(&["T", "J"]), Value::Null),
        1 => control("PATCH", "/event-configurations", names(&[]), events),
        1 => control("GET", "/event-configurations", names(&[]), Value::Null),
        1 => control("GET", "/jobs/<0>", names(&["J"]), Value::Null),
        1 => control("GET", "/jobs", names(&[]), Value::Null),
        1 => control("GET", "/jobs/<0>/things", names(&["J"]), Value::Null),
        1 => control("GET", "/things/<0>/jobs", names(&["T"]), Value::Null),
    ]
}

fn templates() -> impl Strategy<Value = Input> {
    let template = json!({ "description": "<0>", "document": "{\"a\": 1}", "timeoutConfig": { "inProgressTimeoutInMinutes": 2 }, "tags": [{ "Key": "a", "Value": "b" }] });
    let of_job = json!({ "description": "d", "jobArn": identity().arn("job/<1>") });
    let use_of = |template: String, parameters: Value| json!({ "targets": [identity().arn("thing/<1>")], "jobTemplateArn": template, "documentParameters": parameters });
    let own = use_of(identity().arn("jobtemplate/<2>"), json!({}));
    let managed = "arn:aws:iot:us-east-1::jobtemplate/AWS-Run-Command:1.0".to_owned();
    let managed = use_of(managed, json!({ "runAsUser": "<2>", "command": "\"é😀\"" }));
    let tag = json!({ "resourceArn": identity().arn("jobtemplate/<0>"), "tags": [{ "Key": "k", "Value": "v" }] });
    prop_oneof![
        3 => control("PUT", "/job-templates/<0>", names(&["M"]), template),
        2 => control("PUT", "/job-templates/<0>", names(&["M", "J"]), of_job),
        1 => control("DELETE", "/job-templates/<0>", names(&["M"]), Value::Null),
        2 => control("PUT", "/jobs/<0>", names(&["J", "T", "M"]), own),
        2 => control("PUT", "/jobs/<0>", names(&["J", "T", "u"]), managed),
        1 => control("POST", "/tags", names(&["M"]), tag),
        1 => control("GET", "/job-templates/<0>", names(&["M"]), Value::Null),
        1 => control("GET", "/job-templates", names(&[]), Value::Null),
        1 => control("GET", "/jobs/<0>/job-document", names(&["J"]), Value::Null),
    ]
}

fn devices() -> impl Strategy<Value = Input> {
    let status = select(&["IN_PROGRESS", "FAILED", "SUCCEEDED", "REJECTED"][..]);
    prop_oneof![
        3 => name("T").prop_map(|thing| {
            let payload = json!({ "stepTimeoutInMinutes": 1, "statusDetails": { "s": "1" } });
            Input::Device(format!("{thing}/jobs/start-next"), payload)
        }),
        4 => (name("T"), name("J"), status).prop_map(|(thing, job, status)| {
            let payload = json!({ "status": status, "includeJobExecutionState": true, "includeJobDocument": true });
            Input::Device(format!("{thing}/jobs/{job}/update"), payload)
        }),
        1 => name("T").prop_map(|thing| Input::Device(format!("{thing}/jobs/get"), json!({}))),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        30 => registry(),
        12 => principals(),
        30 => jobs(),
        12 => templates(),
        20 => devices(),
        15 => (1..400_u64).prop_map(Input::Advance),
        1 => (1..5000_u64).prop_map(Input::Advance),
        1 => Just(Input::Reset),
        10 => Just(Input::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn restored_it_answers_as_if_nothing_had_happened(inputs in vec(input(), 1..150)) {
        // A deletion lasts in every other case.
        let deletion_time = Duration::from_secs(90 * (inputs.len() as u64 % 2));
        let (mut restarted, mut twin) = (Kept::new(deletion_time), Kept::new(deletion_time));
        for (step, input) in inputs.iter().enumerate() {
            if matches!(input, Input::Restart) {
                restarted.restart();
            }
            prop_assert_eq!(restarted.handle(input), twin.handle(input), "step {} {:?}", step, input);
            prop_assert_eq!(restarted.service.poll_timeout(), twin.service.poll_timeout(), "{:?}", input);
            // What has changed, taken together, is the whole.
            prop_assert_eq!(&restarted.state, &twin.service.save(), "step {} {:?}", step, input);
        }
        prop_assert_eq!(restarted.service.state(), twin.service.state());
    }
}

/// A state with a record of each kind, each with all its members.
fn sample() -> AccountState {
    let mut kept = Kept::new(Duration::from_secs(30));
    let job = json!({
        "targets": [identity().arn("thinggroup/G"), identity().arn("thing/T")],
        "document": "{\"a\": 1}",
        "description": "d",
        "targetSelection": "CONTINUOUS",
        "tags": [{ "Key": "k", "Value": "v" }],
        "timeoutConfig": { "inProgressTimeoutInMinutes": 1 },
        "jobExecutionsRetryConfig": { "criteriaList": [{ "failureType": "ALL", "numberOfRetries": 2 }] },
        "abortConfig": { "criteriaList": [{
            "failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 99.99, "minNumberOfExecutedThings": 9,
        }] },
        "jobExecutionsRolloutConfig": { "maximumPerMinute": 50, "exponentialRate": {
            "baseRatePerMinute": 1, "incrementFactor": 1.5, "rateIncreaseCriteria": { "numberOfSucceededThings": 3 },
        } },
        "schedulingConfig": { "endTime": "1970-02-01T00:00", "endBehavior": "FORCE_CANCEL" },
    });
    let windows = json!({
        "targets": [identity().arn("thing/T")],
        "document": "{}",
        "targetSelection": "CONTINUOUS",
        "schedulingConfig": {
            "startTime": "1970-01-12T14:20",
            "maintenanceWindows": [{ "startTime": "cron(0 2 ? * SUN *)", "durationInMinutes": 60 }],
        },
    });
    let attributes = json!({ "attributePayload": { "attributes": { "a": "b" } } });
    let put = |path: &str, body: Value| Input::Control("PUT", path.to_owned(), body);
    let post = |path: &str, body: Value| Input::Control("POST", path.to_owned(), body);
    let member = json!({ "thingGroupName": "G", "thingName": "U" });
    let policy = json!({ "policyDocument": "{}" });
    let thing_type = json!({ "thingTypeProperties": {
        "searchableAttributes": ["a"],
        "mqtt5Configuration": { "propagatingAttributes": [
            { "userPropertyKey": "k", "thingAttribute": "a" }, { "userPropertyKey": "l", "connectionAttribute": "iot:ClientId" },
        ] },
    } });
    let events = json!({ "eventConfigurations": { "JOB": { "Enabled": true } } });
    for input in [
        post("/things/T", attributes.clone()),
        post("/things/U", json!({})),
        post("/thing-groups/Above", json!({})),
        post(
            "/thing-groups/G",
            json!({ "parentGroupName": "Above", "thingGroupProperties": { "thingGroupDescription": "d" } }),
        ),
        put("/thing-groups/addThingToThingGroup", member),
        post("/policies/P", policy.clone()),
        Input::Certificate(1, true),
        put(
            "/target-policies/P",
            json!({ "target": certificate_arn(1) }),
        ),
        Input::Principal(1, "PUT", "/things/T/principals".to_owned()),
        Input::Control("PATCH", "/event-configurations".to_owned(), events),
        put("/jobs/J", job),
        put(
            "/jobs/K",
            json!({
                "targets": [identity().arn("thing/T")],
                "jobTemplateArn": "arn:aws:iot:us-east-1::jobtemplate/AWS-Run-Command:1.0",
                "documentParameters": { "command": "echo" },
            }),
        ),
        put(
            "/job-templates/M",
            json!({
                "description": "d",
                "document": "{}",
                "timeoutConfig": { "inProgressTimeoutInMinutes": 1 },
                "tags": [{ "Key": "k", "Value": "v" }],
            }),
        ),
        Input::Device(
            "U/jobs/start-next".to_owned(),
            json!({ "stepTimeoutInMinutes": 2, "statusDetails": { "s": "1" } }),
        ),
        post("/policies/Q", policy.clone()),
        post("/policies/Q/version?setAsDefault=true", policy),
        Input::Control("DELETE", "/policies/Q/version/1".to_owned(), Value::Null),
        put(
            "/target-policies/Q",
            json!({ "target": identity().arn("thinggroup/G") }),
        ),
        post(
            "/certificate/register-no-ca",
            json!({ "certificatePem": "2", "status": "ACTIVE" }),
        ),
        Input::Principal(
            2,
            "PUT",
            "/things/U/principals?thingPrincipalType=EXCLUSIVE_THING".to_owned(),
        ),
        put("/jobs/Deleted", windows.clone()),
        Input::Control("DELETE", "/jobs/Deleted?force=true".to_owned(), Value::Null),
        put("/jobs/Windows", windows),
        post("/thing-types/K", thing_type),
        post("/thing-types/K/deprecate", json!({})),
        post(
            "/thing-types/L",
            json!({ "thingTypeProperties": { "thingTypeDescription": "d" } }),
        ),
        post("/things/V", json!({ "thingTypeName": "L" })),
        post(
            "/dynamic-thing-groups/D",
            json!({ "queryString": "thingTypeName:L" }),
        ),
    ] {
        let (text, _) = kept.handle(&input);
        assert!(
            !text.contains("Error") && !text.contains("Exception"),
            "{input:?} {text}"
        );
    }
    kept.state
}

/// A file that an earlier version of the program has written is read by this one: what changes here needs a new format.
#[test]
fn the_form_of_the_records_is_the_one_that_is_known() {
    let path = golden("state.txt");
    let mut text = String::new();
    for (key, record) in sample().records {
        writeln!(text, "{key} {record}").expect("a string");
    }
    check_golden(&path, &text);
    let text = std::fs::read_to_string(path).expect("the golden file");
    let records = text.lines().map(|line| {
        let (key, record) = line.split_once(' ').expect("a key");
        (key.to_owned(), record.into())
    });
    let state = AccountState {
        records: records.collect(),
    };
    let service = Service::restore(identity(), &state).expect("a state");
    assert_eq!(service.save(), state);
}

#[test]
fn a_state_that_does_not_fit_together_is_refused() {
    let sample = sample();
    let without = |key: &str| (key.to_owned(), None);
    let with = |key: &str, record: &str| (key.to_owned(), Some(Box::<str>::from(record).into()));
    let parent = |parent: &str| sample.records["group/G"].replace("\"Above\"", parent);
    for (change, expected) in [
        (
            without("account"),
            "its record `certificate/0000000000000000000000000000000000000000000000000000000000000001` cannot be used: the record of the account is missing",
        ),
        (
            without("job/J"),
            "its record `waiting/J/1` cannot be used: its job is not there",
        ),
        (
            without("group/Above"),
            "its record `group/G` cannot be used: it is in no hierarchy",
        ),
        (
            without("policy/P"),
            "its record `certificate/0000000000000000000000000000000000000000000000000000000000000001` cannot be used: its policy `P` is not there",
        ),
        (
            with("group/G", &parent("\"G\"")),
            "its record `group/G` cannot be used: it is in no hierarchy",
        ),
        (
            with("thing/a b/c", "{}"),
            "its record `thing/a b/c` cannot be used: its name contains '/', which a name cannot have",
        ),
        (
            with("template/T", "{}"),
            "it contains a record of an unknown kind, `template/T`",
        ),
        (
            without("type/L"),
            "its record `thing/V` cannot be used: its type `L` is not there",
        ),
        (
            with(
                "group/D",
                &sample.records["group/D"].replace("thingTypeName", "shadow.x"),
            ),
            "its record `group/D` cannot be used: the field `shadow.x` of a query",
        ),
        (
            with(
                "thing/U",
                &sample.records["thing/U"].replace("\"G\"", "\"D\""),
            ),
            "its record `thing/U` cannot be used: its static group `D` is not there",
        ),
        (
            with("execution/U/J", "{}"),
            "its record `execution/U/J` cannot be used: missing field `status` at line 1 column 2",
        ),
        (
            with("thing/Q", "[]"),
            "its record `thing/Q` cannot be used: invalid length 0, expected struct RegisteredThing with 5 elements at line 1 column 2",
        ),
        (
            with(
                "policy/Q",
                &sample.records["policy/Q"].replace("\"defaultVersion\":2", "\"defaultVersion\":1"),
            ),
            "its record `policy/Q` cannot be used: none of its versions is in effect",
        ),
        (
            with(
                "policy/Q",
                &sample.records["policy/Q"].replace("\"G\"", "\"H\""),
            ),
            "its record `policy/Q` cannot be used: its group `H` is not there",
        ),
        (
            with(
                "account",
                &sample.records["account"].replace("us-east-1", "eu-west-1"),
            ),
            "it is the state of account 123456789012 in region eu-west-1",
        ),
    ] {
        let mut state = sample.clone();
        state.apply(AccountChanges {
            records: [change].into(),
        });
        let error = Service::restore(identity(), &state).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
}
