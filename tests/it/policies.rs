//! The policies that users copy: they allow what the sandbox does, and nothing that belongs to another thing.

use jobs_sandbox::policy::{
    AccessRequest, ConnectionContext, LENGTH_MAX, PolicyDocument, ResourceArns, evaluate,
};
use jobs_sandbox::protocol::{JobRef, JobsTopic, Operation, ThingName, Topic, Verdict};

const DEVICE: &str = include_str!("../../policies/device.json");
const CONTROL_PLANE: &str = include_str!("../../policies/control-plane.json");
/// What the device of `serve` may do.
const SERVE: &str = include_str!("../../src/start/serve/policy.json");

/// The most characters of a managed IAM policy, white space not counted.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const IAM_LENGTH_MAX: usize = 6144;

const REGION: &str = "ap-southeast-1";
const ACCOUNT: &str = "123456789012";
const CLIENT_ID: &str = "test-01234567-89ab-4def-8123-456789abcdef";

fn fill(policy: &str, thing: &str, client_id: &str) -> String {
    policy
        .replace("REGION", REGION)
        .replace("ACCOUNT", ACCOUNT)
        .replace("THING", thing)
        .replace("CLIENT_ID", client_id)
}

fn arns() -> ResourceArns {
    ResourceArns::new(REGION, ACCOUNT)
}

fn is_allowed(policy: &str, action: &str, resource: &str) -> bool {
    // One for each statement: the sum of an IAM policy may be longer than a policy of AWS IoT.
    let whole: serde_json::Value = serde_json::from_str(policy).expect("JSON");
    let statements = whole["Statement"].as_array().into_iter().flatten();
    let policies = statements.map(|statement| {
        let policy = serde_json::json!({ "Version": whole["Version"], "Statement": [statement] });
        let policy = PolicyDocument::parse(&policy.to_string()).expect("a policy");
        ("p", policy)
    });
    let policies: Vec<_> = policies.collect();
    let context = ConnectionContext::connection(CLIENT_ID, &[]);
    let request = AccessRequest {
        action,
        resource,
        context: &context,
    };
    evaluate(&policies, &request).is_allowed()
}

/// Every operation, also for jobs with names that look like topics.
fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::GetPendingJobExecutions,
        Operation::StartNextPendingJobExecution,
    ];
    for job in ["Job1", "get", "$next", "a-b_c"] {
        let job: JobRef = job.parse().expect(job);
        if let JobRef::Id(id) = &job {
            operations.push(Operation::UpdateJobExecution(id.clone()));
        }
        operations.push(Operation::DescribeJobExecution(job));
    }
    operations
}

/// Every request of the sandbox for one thing: an action and the ARN of its resource.
fn requests(thing: &str) -> Vec<(&'static str, String)> {
    let thing = ThingName::new(thing).expect(thing);
    let topic = |topic| {
        let thing = thing.clone();
        arns().topic(&JobsTopic { thing, topic }.to_string())
    };
    let mut requests = Vec::new();
    for filter in JobsTopic::filters(&thing) {
        requests.push(("iot:Subscribe", arns().topic_filter(&filter)));
    }
    for event in [Topic::Notify, Topic::NotifyNext] {
        requests.push(("iot:Receive", topic(event)));
    }
    for operation in operations() {
        requests.push(("iot:Publish", topic(Topic::Request(operation.clone()))));
        for verdict in [Verdict::Accepted, Verdict::Rejected] {
            requests.push((
                "iot:Receive",
                topic(Topic::Reply(operation.clone(), verdict)),
            ));
        }
    }
    requests
}

#[test]
fn the_device_policy_allows_all_that_the_sandbox_does() {
    let policy = fill(DEVICE, "thing-1", "test-*");
    for (action, resource) in requests("thing-1") {
        assert!(
            is_allowed(&policy, action, &resource),
            "{action} {resource}"
        );
    }
    assert!(is_allowed(
        &policy,
        "iot:Connect",
        &arns().client(CLIENT_ID)
    ));
}

#[test]
fn the_device_policy_allows_nothing_else() {
    let policy = fill(DEVICE, "thing-1", "test-*");
    for (action, resource) in requests("thing-2").into_iter().chain(requests("thing-11")) {
        assert!(
            !is_allowed(&policy, action, &resource),
            "{action} {resource}"
        );
    }
    let own = |rest: &str| format!("$aws/things/thing-1/{rest}");
    for (action, resource) in [
        ("iot:Connect", arns().client("other")),
        ("iot:Connect", arns().client("thing-1")),
        ("iot:Publish", arns().topic(&own("jobs/notify"))),
        ("iot:Publish", arns().topic(&own("jobs/get/accepted"))),
        ("iot:Publish", arns().topic(&own("shadow/get"))),
        ("iot:RetainPublish", arns().topic(&own("jobs/get"))),
        ("iot:Subscribe", arns().topic_filter(&own("jobs/#"))),
        (
            "iot:Subscribe",
            arns().topic_filter("$aws/things/+/jobs/notify"),
        ),
        ("iot:Subscribe", arns().topic_filter("#")),
        ("iot:Receive", arns().topic(&own("shadow/get/accepted"))),
        (
            "iot:CreateJob",
            "arn:aws:iot:ap-southeast-1:123456789012:job/J".to_owned(),
        ),
    ] {
        assert!(
            !is_allowed(&policy, action, &resource),
            "{action} {resource}"
        );
    }
}

/// The statements that a user can leave out, by the end of their names.
fn without(policy: &str, optional: &[&str]) -> String {
    let mut json: serde_json::Value = serde_json::from_str(policy).expect("JSON");
    let statements = json["Statement"].as_array_mut().expect("statements");
    let before = statements.len();
    statements.retain(|statement| {
        let sid = statement["Sid"].as_str().expect("a Sid");
        !optional
            .iter()
            .any(|end| sid.starts_with("Optional") && sid.ends_with(end))
    });
    assert!(statements.len() < before, "{optional:?}");
    json.to_string()
}

/// Three policies: with the necessary statements alone, with those for one thing, and with all.
#[test]
fn the_control_plane_policy_allows_what_its_statements_say() {
    let all = fill(CONTROL_PLANE, "thing-1", "");
    let of_others = [
        "ThingsAndGroups",
        "SetUpDevices",
        "CertificatesAndEvents",
        "Tags",
    ];
    let one_thing = without(&all, &of_others);
    let necessary = without(&all, &[""]);
    let arn = |rest: &str| format!("arn:aws:iot:{REGION}:{ACCOUNT}:{rest}");
    for (action, resource, expected) in [
        ("CreateJob", "job/Job1", [true, true, true]),
        ("CreateJob", "thing/thing-1", [true, true, true]),
        ("CreateJob", "thing/thing-2", [false, false, true]),
        ("CreateJob", "thinggroup/all", [false, false, true]),
        ("DeleteJob", "job/Job1", [true, true, true]),
        ("DeleteJob", "jobtemplate/T", [false, false, false]),
        ("DescribeThing", "thing/thing-1", [true, true, true]),
        ("DescribeThing", "thing/thing-2", [false, false, true]),
        ("DescribeThingGroup", "thinggroup/all", [false, false, true]),
        ("CreateThing", "thing/thing-1", [true, true, true]),
        ("CreateThing", "thing/thing-2", [false, false, true]),
        ("DeleteThing", "thing/thing-1", [false, false, true]),
        ("DescribeJob", "job/Job1", [false, true, true]),
        ("GetJobDocument", "job/Job1", [false, true, true]),
        ("CancelJob", "job/Job1", [false, true, true]),
        ("UpdateJob", "job/Job1", [false, true, true]),
        ("AssociateTargetsWithJob", "job/Job1", [false, true, true]),
        (
            "AssociateTargetsWithJob",
            "thinggroup/all",
            [false, false, true],
        ),
        ("UpdateThing", "thing/thing-1", [false, false, true]),
        ("CreateThingType", "thingtype/T", [false, false, true]),
        ("TagResource", "job/Job1", [false, false, true]),
        ("CreatePolicy", "policy/P", [false, false, true]),
        ("AttachPolicy", "cert/C", [false, false, true]),
        ("UpdateCertificate", "cert/C", [false, false, true]),
        ("DeleteCertificate", "cacert/C", [false, false, false]),
        ("ListCertificates", "*", [false, true, true]),
        ("CreateKeysAndCertificate", "*", [false, false, true]),
        ("UpdateEventConfigurations", "*", [false, false, true]),
        ("ListJobExecutionsForJob", "job/Job1", [false, true, true]),
        (
            "ListJobExecutionsForThing",
            "thing/thing-1",
            [false, true, true],
        ),
        (
            "ListJobExecutionsForThing",
            "thing/thing-2",
            [false, false, true],
        ),
        ("DescribeJobExecution", "job/Job1", [false, true, true]),
        ("DescribeJobExecution", "thing/thing-1", [false, true, true]),
        ("CancelJobExecution", "thing/thing-1", [false, true, true]),
        ("DeleteJobExecution", "thing/thing-2", [false, false, true]),
        ("CreateThingGroup", "thinggroup/all", [false, false, true]),
        ("DeleteThingGroup", "thinggroup/all", [false, false, true]),
        (
            "ListThingsInThingGroup",
            "thinggroup/all",
            [false, false, true],
        ),
        (
            "AddThingToThingGroup",
            "thing/thing-1",
            [false, false, true],
        ),
        (
            "AddThingToThingGroup",
            "thinggroup/all",
            [false, false, true],
        ),
        (
            "RemoveThingFromThingGroup",
            "thinggroup/all",
            [false, false, true],
        ),
        ("ListJobs", "*", [false, true, true]),
        ("ListThings", "*", [false, true, true]),
        ("ListThingGroups", "*", [false, true, true]),
        ("DescribeEndpoint", "*", [false, true, true]),
        ("Publish", "topic/a", [false, false, false]),
    ] {
        let action = format!("iot:{action}");
        let resource = if resource == "*" {
            resource.to_owned()
        } else {
            arn(resource)
        };
        let allowed =
            [&necessary, &one_thing, &all].map(|policy| is_allowed(policy, &action, &resource));
        assert_eq!(allowed, expected, "{action} {resource}");
    }
}

#[test]
fn both_policies_are_json_of_a_size_that_aws_takes() {
    // A thing may have 128 characters, but its name stands fourteen times in the device policy: beyond about 40 the
    // policy must be split into two.
    for (name, policy, thing, limit) in [
        ("device", DEVICE, "t".repeat(32), LENGTH_MAX),
        (
            "control-plane",
            CONTROL_PLANE,
            "t".repeat(128),
            IAM_LENGTH_MAX,
        ),
    ] {
        let filled = fill(policy, &thing, CLIENT_ID);
        let length = filled.chars().filter(|c| !c.is_whitespace()).count();
        assert!(length <= limit, "{name}: {length} of {limit}");
        for text in [policy, &filled] {
            let json = serde_json::from_str::<serde_json::Value>(text);
            assert!(json.is_ok_and(|json| json.is_object()), "{name}");
        }
        for placeholder in ["REGION", "ACCOUNT", "THING", "CLIENT_ID"] {
            assert!(!filled.contains(placeholder), "{name}: {placeholder}");
        }
    }
}

#[test]
fn a_sid_has_only_the_characters_that_iam_takes() {
    for policy in [DEVICE, CONTROL_PLANE] {
        let json: serde_json::Value = serde_json::from_str(policy).expect("JSON");
        let statements = json["Statement"].as_array().expect("statements");
        assert!(!statements.is_empty());
        for statement in statements {
            let sid = statement["Sid"].as_str().expect("a Sid");
            assert!(
                !sid.is_empty() && sid.chars().all(|c| c.is_ascii_alphanumeric()),
                "{sid}"
            );
        }
    }
}

#[test]
fn the_device_of_serve_hears_of_every_job_and_publishes_nothing_but_requests() {
    for (action, topic, expected) in [
        ("iot:Publish", "$aws/things/a/jobs/Job1/update", true),
        ("iot:Publish", "$aws/things/b/jobs/start-next", true),
        ("iot:Publish", "$aws/things/a/jobs/notify", false),
        ("iot:Publish", "$aws/things/a/shadow/update", false),
        ("iot:Publish", "$aws/events/job/Job1/completed", false),
        ("iot:Publish", "a", false),
        ("iot:Subscribe", "$aws/things/+/jobs/#", true),
        ("iot:Subscribe", "$aws/events/#", true),
        ("iot:Subscribe", "$aws/events/jobExecution/+/failed", true),
        ("iot:Subscribe", "#", false),
        ("iot:Receive", "$aws/things/b/jobs/notify-next", true),
        ("iot:Receive", "$aws/events/job/Job1/completed", true),
        ("iot:Receive", "$aws/events/jobExecution/Job1/failed", true),
        ("iot:Receive", "a", false),
    ] {
        let arn = match action {
            "iot:Subscribe" => arns().topic_filter(topic),
            _ => arns().topic(topic),
        };
        assert_eq!(
            is_allowed(SERVE, action, &arn),
            expected,
            "{action} {topic}"
        );
    }
}
