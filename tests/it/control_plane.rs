//! The commands of the control plane, each through the AWS SDK against the local service.

use serde_json::Value;

use crate::script::ended;

/// Runs a script and gives the payload of each response, by operation, in order.
fn responses(script: &str) -> Vec<(String, Value)> {
    let (code, output, said) = ended(&["--output", "jsonl"], script);
    assert_eq!(code, 0, "{output}{said}");
    output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect(line))
        .filter(|line| line["type"] == "response")
        .map(|line| {
            let operation = line["operation"].as_str().unwrap_or_default();
            (operation.to_owned(), line["payload"].clone())
        })
        .collect()
}

#[test]
fn every_operation_is_answered() {
    let script = "create-thing lamp\n\
        describe-thing lamp\n\
        list-things\n\
        create-thing-group lamps\n\
        add-thing-to-thing-group lamps lamp\n\
        add-thing-to-thing-group lamps\n\
        list-things-in-thing-group lamps\n\
        list-thing-groups\n\
        create-job J {\"a\": 1} --target lamps --target lamp --continuous --description 'a job' --timeout 5\n\
        describe-job J\n\
        list-jobs --status IN_PROGRESS\n\
        get-job-document J\n\
        list-job-executions J --status queued\n\
        list-job-executions --thing lamp\n\
        list-job-executions\n\
        cancel-job-execution J --thing lamp\n\
        delete-job-execution J 1 --thing lamp\n\
        describe-job-execution J --thing sandbox-thing\n\
        cancel-job J --comment 'no longer'\n\
        delete-job J\n\
        remove-thing-from-thing-group lamps lamp\n\
        delete-thing-group lamps\n\
        delete-thing lamp\n";
    let responses = responses(script);
    let operations: Vec<&str> = responses.iter().map(|(name, _)| name.as_str()).collect();
    let payload = |wanted: &str| {
        let found = responses.iter().find(|(name, _)| name == wanted);
        &found.expect(wanted).1
    };
    assert_eq!(
        operations,
        [
            "CreateThing",
            "DescribeThing",
            "ListThings",
            "CreateThingGroup",
            "AddThingToThingGroup",
            "AddThingToThingGroup",
            "ListThingsInThingGroup",
            "ListThingGroups",
            "CreateJob",
            "DescribeJob",
            "ListJobs",
            "GetJobDocument",
            "ListJobExecutionsForJob",
            "ListJobExecutionsForThing",
            "ListJobExecutionsForThing",
            "CancelJobExecution",
            "DeleteJobExecution",
            "DescribeJobExecution",
            "CancelJob",
            "DeleteJob",
            "RemoveThingFromThingGroup",
            "DeleteThingGroup",
            "DeleteThing",
        ]
    );
    let job = &payload("DescribeJob")["job"];
    for (member, expected) in [
        ("targetSelection", "CONTINUOUS"),
        ("description", "a job"),
        ("status", "IN_PROGRESS"),
    ] {
        assert_eq!(job[member], expected, "{member}");
    }
    assert_eq!(job["timeoutConfig"]["inProgressTimeoutInMinutes"], 5);
    let targets = job["targets"].as_array().expect("targets");
    assert!(
        targets[0]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":thinggroup/lamps"))
    );
    assert!(
        targets[1]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":thing/lamp"))
    );
    assert_eq!(payload("GetJobDocument")["document"], "{\"a\": 1}");
    assert_eq!(
        payload("DescribeJobExecution")["execution"]["status"],
        "QUEUED"
    );
}

#[test]
fn what_is_not_there_is_said_with_the_next_step() {
    for (command, expected) in [
        ("describe-job J", "`list-jobs` lists"),
        ("cancel-job J", "`list-jobs` lists"),
        ("describe-thing nothing", "`list-things` list"),
        ("add-thing-to-thing-group nothing", "`list-thing-groups`"),
        ("cancel-job-execution J", "`list-jobs` lists"),
        (
            "create-job J 1 --target nothing",
            "CreateJob was not sent: the target `nothing` is neither a thing nor a thing group",
        ),
        ("create-thing-group ''", "needs a value"),
        ("create-thing a/b", "contains '/'"),
    ] {
        let (code, output, _) = ended(&["-c", command], "");
        assert!(output.contains(expected), "{command}: {output}");
        assert!(code == 1 || code == 2, "{command}: {code}");
    }
}
