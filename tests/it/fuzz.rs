//! Whatever comes in is answered, and nothing panics. `FUZZ_INPUTS=1000000` makes each of these as long.

use jobs_sandbox::policy::{AccessRequest, ConnectionContext, PolicyDocument, evaluate};
use jobs_sandbox::protocol::{EpochMillis, JobsTopic, Payload, ReplyHead, ThingName};
use jobs_sandbox::repl::input::command;
use jobs_sandbox::repl::output::render;
use jobs_sandbox::service::{Extras, HttpRequest, Service, ServiceIdentity};

use crate::random::{Random, number};

/// Runs one target with as many inputs as asked for, mutated from these examples.
fn check(name: &str, examples: &[&str], mut target: impl FnMut(&mut Random, &[u8])) {
    let (inputs, seed) = (number("FUZZ_INPUTS", 2_000), number("FUZZ_SEED", 1));
    let examples: Vec<&[u8]> = examples.iter().map(|it| it.as_bytes()).collect();
    let mut random = Random::new(seed);
    for input in 0..inputs {
        let bytes = random.mutated(&examples);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            target(&mut random, &bytes);
        }));
        assert!(
            result.is_ok(),
            "{name}, seed {seed}, input {input}: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn command_lines() {
    let lines = [
        "get-pending-job-executions",
        "create-job Job1 {\"Todo\":\"Reboot\"}",
        "create-job 'Job 1' \"{\\\"a\\\": [1, 2]}\"",
        "update-job-execution Job1 SUCCEEDED --detail a=b --expected-version 2",
        "describe $next --no-document --execution-number -1",
        "delete-job Job1 --force",
        "help update",
        "# comment",
        "start-next-pending-job-execution --step-timeout 5",
        "list-jobs --query 'jobs[?status==`IN_PROGRESS`].jobId | [0]' | jq '.a'",
        "create-job J {\"a\": \"b | c\"} >> 'a b'",
    ];
    check("command line", &lines, |_, bytes| {
        let line = String::from_utf8_lossy(bytes);
        let _ = command::parse(&line).map_err(|error| render::error(&error));
        let _ = command::words(&line);
    });
}

#[test]
fn topics() {
    let topics = [
        "$aws/things/lamp/jobs/notify",
        "$aws/things/lamp/jobs/notify-next",
        "$aws/things/lamp/jobs/$next/get/accepted",
        "$aws/things/lamp/jobs/Job1/update/rejected",
        "$aws/things/lamp/jobs/start-next",
        "$aws/things/lamp/jobs/get",
    ];
    check("topic", &topics, |_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(topic) = text.parse::<JobsTopic>() {
            // What is read is written as it was.
            assert_eq!(topic.to_string(), text);
        }
    });
}

fn service() -> Service {
    let mut service = Service::new(ServiceIdentity {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        endpoint: "localhost".to_owned(),
        object_url: "http://localhost:8880".to_owned(),
        seed: 7,
    });
    service.register_thing(EpochMillis(0), &ThingName::new("lamp").expect("a name"));
    service
}

const DOCUMENTS: [&str; 12] = [
    r#"{"clientToken":"t"}"#,
    r#"{"status":"IN_PROGRESS","statusDetails":{"a":"b"},"expectedVersion":1,"clientToken":"t"}"#,
    r#"{"status":"SUCCEEDED","includeJobExecutionState":true,"executionNumber":1}"#,
    r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thing/lamp"],"document":"{\"a\":1}"}"#,
    r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thing/lamp"],"document":"{}","timeoutConfig":{"inProgressTimeoutInMinutes":5},"abortConfig":{"criteriaList":[{"failureType":"FAILED","action":"CANCEL","thresholdPercentage":50.5,"minNumberOfExecutedThings":1}]}}"#,
    r#"{"stepTimeoutInMinutes":-1,"includeJobDocument":true}"#,
    r#"{"thingName":"lamp","attributePayload":{"attributes":{"a":"b"}}}"#,
    r#"{"targets":["arn:aws:iot:us-east-1:123456789012:thinggroup/g"],"targetSelection":"CONTINUOUS","document":"{}","jobExecutionsRolloutConfig":{"exponentialRate":{"baseRatePerMinute":5,"incrementFactor":1.5,"rateIncreaseCriteria":{"numberOfSucceededThings":1}},"maximumPerMinute":50},"jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"ALL","numberOfRetries":3}]},"tags":[{"Key":"k","Value":"v"}]}"#,
    r#"{"thingName":"lamp","thingGroupName":"g","thingGroupsToAdd":["g"],"thingGroupsToRemove":["h"]}"#,
    r#"{"resourceArn":"arn:aws:iot:us-east-1:123456789012:job/Job1","tags":[{"Key":"k","Value":"v"}],"tagKeys":["k"]}"#,
    r#"{"eventConfigurations":{"JOB":{"Enabled":true},"JOB_EXECUTION":{"Enabled":false}}}"#,
    "",
];

#[test]
fn payloads_of_devices() {
    let mut service = service();
    let mut now = 1_000_000;
    // Some jobs to be started, updated and ended; more when these have ended.
    let create = |service: &mut Service, now, job: u64| {
        let request = HttpRequest {
            method: "PUT".to_owned(),
            path: format!("/jobs/Job{job}"),
            query: String::new(),
            body: DOCUMENTS[3].as_bytes().to_vec(),
        };
        service.handle_control_plane(EpochMillis(now), &request, &Extras::default());
    };
    let mut created = 0;
    check("payload", &DOCUMENTS, |random, bytes| {
        now += random.next() % 100_000;
        if random.below(50) == 0 && created < 1_000 {
            created += 1;
            create(&mut service, now, created);
        }
        let job = random.next() % (created + 1);
        let rest = match random.below(6) {
            0 => "get".to_owned(),
            1 => "start-next".to_owned(),
            2 => "$next/get".to_owned(),
            3 => format!("Job{job}/get"),
            _ => format!("Job{job}/update"),
        };
        let topic = format!("$aws/things/lamp/jobs/{rest}");
        let outcome = service.handle_device(EpochMillis(now), &topic, topic.parse(), bytes);
        if let Some(reply) = outcome.reply {
            let _ = ReplyHead::parse(&reply.payload);
            let _ = render::payload(&reply.payload[..].into());
        }
        // As a client that gets it from elsewhere.
        let payload = Payload::from(bytes);
        let _ = (ReplyHead::parse(bytes), ReplyHead::of(&payload));
        let _ = render::payload(&payload);
        let _ = render::rejection("UpdateJobExecution", Some("FAILED"), payload.text());
    });
}

/// What may be asked over HTTP: of the control plane, and (from `DATA` on) of the data plane.
const TARGETS: [(&str, &str); 41] = [
    ("PUT", "/jobs/Job1"),
    ("PUT", "/jobs/Job2"),
    ("PATCH", "/jobs/Job1"),
    ("POST", "/jobs/Job1/targets"),
    ("GET", "/jobs/Job1"),
    ("GET", "/jobs"),
    ("PUT", "/jobs/Job1/cancel"),
    ("DELETE", "/jobs/Job1"),
    ("GET", "/jobs/Job1/job-document"),
    ("GET", "/jobs/Job1/things"),
    ("GET", "/things/lamp/jobs"),
    ("GET", "/things/lamp/jobs/Job1"),
    ("PUT", "/things/lamp/jobs/Job1/cancel"),
    ("DELETE", "/things/lamp/jobs/Job1/executionNumber/1"),
    ("POST", "/things/lamp2"),
    ("PATCH", "/things/lamp2"),
    ("GET", "/things"),
    ("DELETE", "/things/lamp2"),
    ("GET", "/things/lamp/thing-groups"),
    ("PUT", "/thing-groups/updateThingGroupsForThing"),
    ("PUT", "/thing-groups/addThingToThingGroup"),
    ("PUT", "/thing-groups/removeThingFromThingGroup"),
    ("POST", "/thing-groups/g"),
    ("PATCH", "/thing-groups/g"),
    ("GET", "/thing-groups"),
    ("DELETE", "/thing-groups/g"),
    ("POST", "/tags"),
    ("POST", "/untag"),
    ("GET", "/tags"),
    ("PATCH", "/event-configurations"),
    ("POST", "/policies/p"),
    ("PUT", "/target-policies/p"),
    ("PUT", "/things/lamp/principals"),
    ("GET", "/policies"),
    ("GET", "/certificates"),
    ("GET", "/thing-groups/g/things"),
    ("GET", "/things/lamp/jobs"),
    ("GET", "/things/lamp/jobs/$next"),
    ("PUT", "/things/lamp/jobs/$next"),
    ("GET", "/things/lamp/jobs/Job1"),
    ("POST", "/things/lamp/jobs/Job1"),
];
const DATA: usize = 36;

#[test]
fn bodies_over_http() {
    let mut service = service();
    let mut now = 1_000_000;
    let mut accepted = 0_u64;
    check("HTTP", &DOCUMENTS, |random, bytes| {
        now += random.next() % 100_000;
        let target = random.below(TARGETS.len());
        let (method, path) = TARGETS[target];
        let queries: [&str; 14] = [
            "",
            "",
            "force=true",
            "maxResults=-1",
            "maxResults=1",
            "nextToken=%FF",
            // Of `jobs`, with the number 5.
            "maxResults=1&nextToken=6a6f62730a35",
            "status=QUEUED&jobId=Job1&maxResults=1",
            "attributeName=a&attributeValue=b&usePrefixAttributeValue=true",
            "parentGroup=g&namePrefixFilter=g",
            "pageSize=1&isAscendingOrder=true",
            "recursive=true&maxResults=1",
            "status=x&status=y",
            "expectedVersion=1&includeJobDocument=false&executionNumber=1",
        ];
        let mutated = |random: &mut Random, text: &str| {
            String::from_utf8_lossy(&random.mutated(&[text.as_bytes()])).into_owned()
        };
        let mut path = path.to_owned();
        let mut query = random.pick(&queries).to_owned();
        match random.below(16) {
            0 => path = mutated(random, &path),
            1 => query = mutated(random, &query),
            _ => {}
        }
        let request = HttpRequest {
            method: method.to_owned(),
            path,
            query,
            body: bytes.to_vec(),
        };
        let outcome = if target < DATA {
            service.handle_control_plane(EpochMillis(now), &request, &Extras::default())
        } else {
            service.handle_data_plane(EpochMillis(now), &request)
        };
        assert!((200..600).contains(&outcome.reply.status));
        accepted += u64::from(outcome.reply.status == 200);
        let _ = service.handle_timeout(EpochMillis(now));
    });
    // Enough comes through the door.
    assert!(accepted > number("FUZZ_INPUTS", 2_000) / 20, "{accepted}");
}

#[test]
fn policy_documents() {
    let policies = [
        include_str!("../../policies/device.json"),
        include_str!("../../policies/control-plane.json"),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iot:Pub*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":["true"]}}}]}"#,
    ];
    check("policy", &policies, |_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        match PolicyDocument::parse(&text) {
            Ok(document) => {
                let context = ConnectionContext::connection("c", &[]);
                for resource in ["", "arn:aws:iot:us-east-1:123456789012:client/c"] {
                    let request = AccessRequest {
                        action: "iot:Connect",
                        resource,
                        context: &context,
                    };
                    let _ = evaluate(&[("p", document.clone())], &request).to_string();
                }
            }
            Err(error) => {
                let _ = error.to_string();
            }
        }
    });
}
