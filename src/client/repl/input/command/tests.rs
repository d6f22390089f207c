//! The commands of lines, and the messages for mistakes.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::*;
use crate::argument::DocumentText;
use crate::control::ControlRequest;
use crate::control::declared::Declared;
use crate::control::document_args::DocumentArgs;
use crate::control::operations::{
    add_thing_to_thing_group, create_job, delete_job, describe_job_execution,
    list_job_executions_for_job, list_job_executions_for_thing,
};
use crate::control::page::Page;
use crate::excerpt::EXCERPT_CHARS;
use crate::protocol::{
    DescribeJobExecutionRequest, DeviceRequest, EventName, GetPendingJobExecutionsRequest,
    JobExecutionStatus, JobId, JobRef, StartNextPendingJobExecutionRequest, StatusDetails,
    UpdateJobExecutionRequest,
};
use crate::repl::input::grammar;
use crate::repl::input::words::MAX_LINE_BYTES;
use crate::repl::output::form::Form;
use crate::text::quote;

fn job(id: &str) -> JobId {
    JobId::new(id).expect("a job id")
}

fn update_request(status: &str) -> UpdateJobExecutionRequest {
    UpdateJobExecutionRequest {
        status: status.to_owned(),
        ..UpdateJobExecutionRequest::default()
    }
}

fn details(pairs: &[(&str, &str)]) -> StatusDetails {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A request of the control plane with these members.
fn control(operation: &'static Declared, members: &Value) -> ControlRequest {
    let mut request = ControlRequest::new(operation);
    for argument in operation.arguments {
        if let Some(value) = members.get(argument.member) {
            request.set(argument.member, value.clone());
        }
    }
    request.job_id = members["jobId"].as_str().map(job);
    request
}

fn create_from(document: DocumentArgs, members: &Value) -> ControlRequest {
    let mut create = control(&create_job::OPERATION, members);
    create.set("jobId", "Job1".into());
    create.job_id = Some(job("Job1"));
    create.document = Some(document);
    create.targets = Some(Vec::new());
    create
}

fn typed(document: &str) -> DocumentArgs {
    DocumentArgs::inline(DocumentText(document.to_owned()))
}

fn create(document: &str) -> Command {
    create_from(typed(document), &json!({})).into()
}

fn explain(command: Command) -> Command {
    let query = None;
    OwnCommand::Explain(Box::new(Explained { command, query })).into()
}

fn pending() -> Command {
    let request = GetPendingJobExecutionsRequest::default();
    DeviceRequest::GetPendingJobExecutions(request).into()
}

fn update_job(status: &str) -> Command {
    DeviceRequest::UpdateJobExecution {
        job: job("Job1"),
        request: update_request(status),
    }
    .into()
}

fn delete(force: bool) -> Command {
    let mut members = json!({ "jobId": "Job1" });
    if force {
        members["force"] = true.into();
    }
    control(&delete_job::OPERATION, &members).into()
}

fn watch(command: Command, every_s: u64, count: Option<u64>) -> Command {
    let Command::Service(request) = command else {
        panic!("{command:?}");
    };
    OwnCommand::Watch(Box::new(Watch {
        request,
        query: None,
        every: Duration::from_secs(every_s),
        count,
    }))
    .into()
}

fn wait(until: Until, timeout_s: Option<u64>) -> Command {
    OwnCommand::Wait {
        until,
        timeout: timeout_s.map(Duration::from_secs),
    }
    .into()
}

fn agent(by_step: bool, plan: Option<&str>, seed: Option<u64>) -> Command {
    let plan = plan.map(|plan| Box::new(plan.parse().expect(plan)));
    OwnCommand::Agent(AgentCommand::On(AgentStart {
        by_step,
        plan,
        seed,
    }))
    .into()
}

fn describe(job: JobRef, request: DescribeJobExecutionRequest) -> Command {
    DeviceRequest::DescribeJobExecution { job, request }.into()
}

fn show(shown: Shown) -> Command {
    OwnCommand::Set(Setting::Events(Some(shown))).into()
}

#[test]
fn lines_become_commands() {
    let start_next = |request| Command::from(DeviceRequest::StartNextPendingJobExecution(request));
    let default = DescribeJobExecutionRequest::default;
    for (line, expected) in [
        ("get-pending-job-executions", pending()),
        ("  pending ", pending()),
        (
            "start-next-pending-job-execution",
            start_next(StartNextPendingJobExecutionRequest::default()),
        ),
        (
            "next --detail k=v --detail 'a=b c=d' --step-timeout 5",
            start_next(StartNextPendingJobExecutionRequest {
                status_details: Some(details(&[("a", "b c=d"), ("k", "v")])),
                step_timeout_in_minutes: Some(5),
                client_token: None,
            }),
        ),
        (
            "describe-job-execution Job1",
            describe(JobRef::Id(job("Job1")), default()),
        ),
        (
            "describe '$next' --no-document --execution-number 1",
            describe(
                JobRef::Next,
                DescribeJobExecutionRequest {
                    execution_number: Some(1),
                    include_job_document: Some(false),
                    client_token: None,
                },
            ),
        ),
        (
            "update-job-execution Job1 SUCCEEDED",
            update_job("SUCCEEDED"),
        ),
        ("update Job1 in_progress", update_job("IN_PROGRESS")),
        ("update Job1 Canceled", update_job("CANCELED")),
        ("update Job1 QUEUED", update_job("QUEUED")),
        ("done Job1", update_job("SUCCEEDED")),
        ("fail Job1", update_job("FAILED")),
        (
            "update-job-execution Job1 IN_PROGRESS --detail k=v --expected-version 2 --step-timeout -1 \
             --include-document --include-state --execution-number 1",
            DeviceRequest::UpdateJobExecution {
                job: job("Job1"),
                request: UpdateJobExecutionRequest {
                    status: "IN_PROGRESS".to_owned(),
                    status_details: Some(details(&[("k", "v")])),
                    expected_version: Some(2),
                    execution_number: Some(1),
                    include_job_execution_state: Some(true),
                    include_job_document: Some(true),
                    step_timeout_in_minutes: Some(-1),
                    client_token: None,
                },
            }
            .into(),
        ),
        (
            r#"create-job Job1 {"Todo":"Reboot"}"#,
            create(r#"{"Todo":"Reboot"}"#),
        ),
        (
            r#"create-job Job1 {"b": 1,  "a": 1.0}"#,
            create(r#"{"b": 1,  "a": 1.0}"#),
        ),
        (
            r#"create Job1 '{"Todo":"Reboot"}'"#,
            create(r#"{"Todo":"Reboot"}"#),
        ),
        (
            r#"create Job1 "{\"Todo\":\"Reboot\"}""#,
            create(r#"{"Todo":"Reboot"}"#),
        ),
        ("create Job1 {\n\"a\":\t1\n}", create("{\n\"a\":\t1\n}")),
        ("create Job1 -1", create("-1")),
        ("create Job1 @a.json", create("@a.json")),
        ("create Job1 @-", create("@-")),
        (
            "create --target g Job1 {\"a\": 1} --target arn:x --continuous --description 'a b' --timeout 5",
            ControlRequest {
                targets: Some(vec!["g".to_owned(), "arn:x".to_owned()]),
                ..create_from(
                    typed("{\"a\": 1}"),
                    &json!({
                        "targetSelection": "CONTINUOUS",
                        "description": "a b",
                        "timeoutConfig": { "inProgressTimeoutInMinutes": 5 },
                    }),
                )
            }
            .into(),
        ),
        (
            "create Job1 --from Job0",
            create_from(
                DocumentArgs {
                    from: Some(job("Job0")),
                    ..DocumentArgs::default()
                },
                &json!({}),
            )
            .into(),
        ),
        (
            "create Job1 --document-source https://s3.amazonaws.com/files/d --presigned-url-config roleArn=r,expiresInSec=60",
            ControlRequest {
                document: None,
                ..create_from(
                    DocumentArgs::default(),
                    &json!({
                        "documentSource": "https://s3.amazonaws.com/files/d",
                        "presignedUrlConfig": { "roleArn": "r", "expiresInSec": 60 },
                    }),
                )
            }
            .into(),
        ),
        (
            "create Job1 --from Job0 --edit",
            create_from(
                DocumentArgs {
                    from: Some(job("Job0")),
                    edit: true,
                    ..DocumentArgs::default()
                },
                &json!({}),
            )
            .into(),
        ),
        (
            "create Job1 {\"a\": 1} --with {\"abortConfig\": {\"x\": [1, 2]}} --description d",
            ControlRequest {
                with: Map::from_iter([("abortConfig".to_owned(), json!({ "x": [1, 2] }))]),
                ..create_from(typed("{\"a\": 1}"), &json!({ "description": "d" }))
            }
            .into(),
        ),
        (
            "create Job1 1 --start-time a --maintenance-window 'cron(0 2 ? * SUN *) for 60' --end-behavior cancel",
            create_from(
                typed("1"),
                &json!({
                    "schedulingConfig.startTime": "a",
                    "schedulingConfig.endBehavior": "CANCEL",
                    "schedulingConfig.maintenanceWindows":
                        [{ "startTime": "cron(0 2 ? * SUN *)", "durationInMinutes": 60 }],
                }),
            )
            .into(),
        ),
        (
            "describe Job1 --thing t --execution-number 2",
            ControlRequest {
                job_id: None,
                ..control(
                    &describe_job_execution::OPERATION,
                    &json!({ "jobId": "Job1", "thingName": "t", "executionNumber": 2 }),
                )
            }
            .into(),
        ),
        (
            "list-job-executions Job1 --status failed",
            control(
                &list_job_executions_for_job::OPERATION,
                &json!({ "jobId": "Job1", "status": "FAILED" }),
            )
            .into(),
        ),
        (
            "executions",
            control(&list_job_executions_for_thing::OPERATION, &json!({})).into(),
        ),
        (
            "executions J --thing t --namespace-id n --max-results 5 --next-token -t",
            ControlRequest {
                page: Page {
                    max_results: Some(5),
                    next_token: Some("-t".to_owned()),
                    ..Page::default()
                },
                ..control(
                    &list_job_executions_for_thing::OPERATION,
                    &json!({ "jobId": "J", "thingName": "t", "namespaceId": "n" }),
                )
            }
            .into(),
        ),
        (
            "add-thing-to-thing-group g",
            control(
                &add_thing_to_thing_group::OPERATION,
                &json!({ "thingGroupName": "g" }),
            )
            .into(),
        ),
        ("agent", OwnCommand::Agent(AgentCommand::State).into()),
        (
            "agent status",
            OwnCommand::Agent(AgentCommand::Status).into(),
        ),
        ("agent off", OwnCommand::Agent(AgentCommand::Off).into()),
        ("agent on", agent(false, None, None)),
        ("agent step --seed 7", agent(true, None, Some(7))),
        (
            "agent on --seed 7 succeed after 1s;  'fail 10%; Boot-*:' reject",
            agent(
                false,
                Some("succeed after 1s; fail 10%; Boot-*: reject"),
                Some(7),
            ),
        ),
        ("wait 2s", wait(Until::Time(Duration::from_secs(2)), None)),
        (
            "wait 250ms",
            wait(Until::Time(Duration::from_millis(250)), None),
        ),
        ("wait event", wait(Until::Event(None), None)),
        (
            "wait event nextjobexecutionchanged --timeout 3",
            wait(
                Until::Event(Some(EventName::NextJobExecutionChanged)),
                Some(3),
            ),
        ),
        (
            "wait Job1 succeeded",
            wait(
                Until::Status {
                    job: job("Job1"),
                    status: JobExecutionStatus::Succeeded,
                },
                None,
            ),
        ),
        ("events", OwnCommand::Set(Setting::Events(None)).into()),
        ("events off", show(Shown::None)),
        ("events on", show(Shown::All)),
        (
            "events only changed",
            show(Shown::Named(EventName::JobExecutionsChanged)),
        ),
        (
            "events only nextjobexecutionchanged",
            show(Shown::Named(EventName::NextJobExecutionChanged)),
        ),
        ("events only Job1", show(Shown::Job(job("Job1")))),
        ("watch pending", watch(pending(), 2, None)),
        (
            "watch --count 3 --every 5 describe Job1 --no-document",
            watch(
                describe(
                    JobRef::Id(job("Job1")),
                    DescribeJobExecutionRequest {
                        include_job_document: Some(false),
                        ..default()
                    },
                ),
                5,
                Some(3),
            ),
        ),
        ("watch pending 5", watch(pending(), 5, None)),
        (
            "watch describe 5",
            watch(describe(JobRef::Id(job("5")), default()), 2, None),
        ),
        ("wire on", OwnCommand::Set(Setting::Wire(Some(true))).into()),
        ("wire", OwnCommand::Set(Setting::Wire(None)).into()),
        (
            "notes off",
            OwnCommand::Set(Setting::Notes(Some(false))).into(),
        ),
        ("output", OwnCommand::Set(Setting::Output(None)).into()),
        (
            "output pretty",
            OwnCommand::Set(Setting::Output(Some(Form::Pretty))).into(),
        ),
        ("notes", OwnCommand::Set(Setting::Notes(None)).into()),
        (
            "explain create-job Job1 {\"a\": 1}",
            explain(create("{\"a\": 1}")),
        ),
        (" explain  delete --force Job1", explain(delete(true))),
        ("events last", OwnCommand::LastEvents(10).into()),
        ("events last 3", OwnCommand::LastEvents(3).into()),
        ("delete-job Job1", delete(false)),
        ("delete --force Job1", delete(true)),
        ("quit", OwnCommand::Quit.into()),
        ("exit", OwnCommand::Quit.into()),
    ] {
        assert_eq!(parse(line), Ok(Some(expected)), "{line:?}");
    }
}

#[test]
fn a_command_has_its_help_behind_it() {
    for (line, name) in [
        ("describe-job --help", "describe-job"),
        ("describe-job Job1 -h", "describe-job"),
        ("create-job --help", "create-job"),
        ("create-job J --help", "create-job"),
        ("explain describe-job --help", "explain"),
        ("wait --help", "wait"),
        ("help --help", "help"),
    ] {
        let help = Command::Own(OwnCommand::Help(HelpTopic::Command(name)));
        assert_eq!(parse(line), Ok(Some(help)), "{line}");
    }
}

#[test]
fn blank_lines_and_comments_are_nothing() {
    // Text that is pasted from a file may start with a byte order mark, as files do.
    assert_eq!(parse("\u{feff}# a"), Ok(None));
    assert_eq!(parse("\u{feff}pending"), parse("pending"));
    for line in ["", "   ", "# create-job", "  #'", "\n"] {
        assert_eq!(parse(line), Ok(None), "{line:?}");
        assert_eq!(words(line), Ok(Vec::new()), "{line:?}");
    }
}

#[test]
fn mistakes_are_named() {
    let update_usage = "usage: update-job-execution <jobId> \
        <IN_PROGRESS | SUCCEEDED | FAILED | REJECTED>";
    for (line, expected) in [
        (
            "delete-job",
            "delete-job needs <jobId>\nusage: delete-job <jobId>",
        ),
        (
            "delete",
            "delete-job needs <jobId>\nusage: delete-job <jobId>",
        ),
        (
            "create-job",
            "create-job needs <jobId> and <document>\nusage: create-job <jobId> <document>",
        ),
        (
            "create-job Job1",
            "create-job needs <document>\nusage: create-job <jobId> <document>",
        ),
        (
            "delete-job a b",
            "delete-job does not take `b`\nusage: delete-job <jobId>",
        ),
        (
            "delete-job a --forse",
            "delete-job does not take `--forse`\nhint: did you mean `--force`?\nusage: delete-job <jobId>",
        ),
        (
            "delete-job a/b",
            "<jobId>: `a/b` contains '/', which a name cannot have\nhint: a job id has 1 to 64 letters, digits, `-` and `_`\nusage: delete-job <jobId>",
        ),
        (
            "delete-job $next",
            "<jobId>: `$next` starts with `$`, which AWS keeps for itself\nhint: a job id has 1 to 64 letters, digits, `-` and `_`\nusage: delete-job <jobId>",
        ),
        (
            "delete-job ''",
            "<jobId>: `` is empty\nhint: a job id has 1 to 64 letters, digits, `-` and `_`\nusage: delete-job <jobId>",
        ),
        (
            "next --step-timeout x",
            "--step-timeout-in-minutes <minutes>: `x` is not a whole number\n\
             usage: start-next-pending-job-execution",
        ),
        (
            "next --detail k",
            "--detail <name=value>: `k` is not of the form name=value\nusage: start-next-pending-job-execution",
        ),
        (
            "next --detail",
            "--detail <name=value> needs a value\nusage: start-next-pending-job-execution",
        ),
        (
            "delete-job a --force --force",
            "--force can be given only once\nusage: delete-job <jobId>",
        ),
        (
            "create-job J {} --edit",
            "<document> and --edit cannot be combined\nusage: create-job <jobId> <document>",
        ),
        (
            "update-job J --timeout x",
            "--timeout-config <minutes>: `x` is not a whole number of minutes\nusage: update-job <jobId>",
        ),
        (
            "update-job J --presigned-url-config foo=1",
            "--presigned-url-config <config>: `foo=1` contains `foo`, which is not a member\nhint: write it as `roleArn=…,expiresInSec=…`, or as JSON\nusage: update-job <jobId>",
        ),
        (
            "create-job --document {} J --comment",
            "create-job does not take `--comment`\nusage: create-job <jobId> <document>",
        ),
        (
            "create-job --document {} J --description",
            "--description <text> needs a value\nusage: create-job <jobId> <document>",
        ),
        (
            "create-job J {} --target foo/x",
            "--targets <name>: `foo/x` contains '/', which a name cannot have\nhint: a target is NAME, thing/NAME, thinggroup/NAME, or an ARN\nusage: create-job <jobId> <document>",
        ),
        (
            "tag-resource attic x=y",
            "<resource>: `attic` does not name a resource and its kind\nhint: write it as thinggroup/attic, job/attic, policy/attic, …\nusage: tag-resource <resource> <name=value,…>",
        ),
        (
            "describe-job arn:aws:iot:us-east-1:123456789012:job/Job1",
            "<jobId>: `arn:aws:iot:us-east-1:123456789012:job/Job1` contains '/', which a name cannot have\nhint: give the name alone: `Job1`\nusage: describe-job <jobId>",
        ),
        // A bracket that is not closed.
        (
            "create-job-template t {\"a\":1 --description d",
            "the document is not JSON: `{` is not closed at line 1 column 1\n  {\"a\":1 --description d\n  ^\nhint: add `}` before `--description`",
        ),
        (
            "create-job J {\"a\": [1, --timeout 5",
            "the document is not JSON: `[` is not closed at line 1 column 7\n  {\"a\": [1, --timeout 5\n        ^\nhint: add `]` before `--timeout`",
        ),
        (
            "create-policy p --tags a=b --policy-document {\"a\": {} --edit",
            "the document is not JSON: `{` is not closed at line 1 column 1\n  {\"a\": {}\n  ^\nhint: add `}`",
        ),
        (
            "update-job J --abort-config {\"a\":1 --description d",
            "--abort-config <config>: `{\"a\":1` is not a JSON object: `{` is not closed at line 1 column 1\nhint: add `}`\nusage: update-job <jobId>",
        ),
        // Quotes that are missing.
        (
            "create-dynamic-thing-group g thingName:a AND thingName:b --description d",
            "create-dynamic-thing-group does not take `AND`\nhint: a value with spaces needs quotes: `create-dynamic-thing-group g 'thingName:a AND thingName:b' --description d`\nusage: create-dynamic-thing-group <group> <query>",
        ),
        (
            "create-job-template t {} --description a lamp | jq .",
            "create-job-template does not take `lamp`\nhint: a value with spaces needs quotes: `create-job-template t {} --description 'a lamp' | jq .`\nusage: create-job-template <templateId> <document> --description <text>",
        ),
        (
            "create-job J {} --maintenance-window cron(0 2 ? * SUN *) for 60",
            "--maintenance-windows <window>: `cron(0` is not a maintenance window\nhint: a value with spaces needs quotes: `create-job J {} --maintenance-window 'cron(0 2 ? * SUN *) for 60'`\nusage: create-job <jobId> <document>",
        ),
        (
            "create-job J --description a lamp {}",
            "the document is not JSON: `lamp` has no quotes at line 1 column 1\n  lamp {}\n  ^\nhint: a value with spaces needs quotes: `create-job J --description 'a lamp' {}`",
        ),
        (
            "tag-resource job/J a=b c=d e",
            "<name=value,…>: `e` is not of the form name=value\nhint: a value with spaces needs quotes: `tag-resource job/J a=b 'c=d e'`\nusage: tag-resource <resource> <name=value,…>",
        ),
        (
            "explain list-jobs --query jobs[*].{a: jobId}",
            "list-jobs does not take `jobId}`\nhint: a value with spaces needs quotes: `explain list-jobs --query 'jobs[*].{a: jobId}'`\nusage: list-jobs",
        ),
        (
            "associate-targets-with-job J thing/a lamp",
            "associate-targets-with-job does not take `thing/a`\nhint: did you mean `associate-targets-with-job J --targets thing/a lamp`?\nusage: associate-targets-with-job <jobId>",
        ),
        (
            "update-dynamic-thing-group g thingName:a",
            "update-dynamic-thing-group does not take `thingName:a`\nhint: did you mean `update-dynamic-thing-group g --query-string thingName:a`?\nusage: update-dynamic-thing-group <group>",
        ),
        (
            "update-job J SUCCEEDED",
            "update-job does not take `SUCCEEDED`\nhint: did you mean `update-job-execution J SUCCEEDED`?\nusage: update-job <jobId>",
        ),
        (
            "create-certificate-from-csr @a.csr --set-as-active true",
            "create-certificate-from-csr does not take `true`\nhint: did you mean `create-certificate-from-csr @a.csr --set-as-active`?\nusage: create-certificate-from-csr <request>",
        ),
        (
            "create-job-template",
            "create-job-template needs <templateId>, <document> and --description <text>\nusage: create-job-template <templateId> <document> --description <text>",
        ),
        (
            "create-job-template t reboot --description d",
            "the document is not JSON: `reboot` has no quotes at line 1 column 1\n  reboot\n  ^\nhint: write a string as \"reboot\"",
        ),
        (
            "create-job-template t a.json --description d",
            "the document is not JSON: it looks like a path\n  a.json\n  ^\nhint: a file is given as `@a.json`",
        ),
        (
            "get-policy arn:aws:iot:us-east-1:123456789012:policy/p",
            "<policy>: `arn:aws:iot:us-east-1:123456789012:policy/p` is a resource\nhint: give the name alone: `p`\nusage: get-policy <policy>",
        ),
        (
            "delete-job a b c",
            "delete-job does not take `b`\nusage: delete-job <jobId>",
        ),
        (
            "update-job-executoin Job1",
            "`update-job-executoin` is not a command\nhint: did you mean `update-job-execution`?",
        ),
        (
            "xyz",
            "`xyz` is not a command\nhint: `help` lists the commands",
        ),
        (
            "AWS_PROFILE=a aws iot list-jobs",
            "`AWS_PROFILE=a` is not a command\nhint: a line of the AWS CLI begins with `aws`: `aws iot list-jobs`",
        ),
        (
            "$ aws iot list-jobs",
            "`$` is not a command\nhint: leave out `$`, the prompt of a shell",
        ),
        (
            "update-thing t --attribute-payload attributes={a=b} --attribute c=d",
            "--attribute-payload cannot contain `attributes`: the command line gives it already\nusage: update-thing <thing>",
        ),
        (
            r#"create Job1 {} --end-time x --scheduling-config {"startTime":"y","endTime":null}"#,
            "--scheduling-config cannot contain `endTime`: the command line gives it already\nusage: create-job <jobId> <document>",
        ),
        (
            r#"update-thing-group g --attribute a=b --thing-group-properties {"attributePayload":1}"#,
            "--thing-group-properties cannot contain `attributePayload.attributes`: the command line gives it already\nusage: update-thing-group <group>",
        ),
        (
            "create-thing t --attribute a=1 --attribute b=2 --attribute a=3",
            "--attribute <name=value> gives `a` twice\nusage: create-thing <thing>",
        ),
        (
            "done Job1 --detail a=1 --detail a=1",
            "--detail <name=value> gives `a` twice\nusage: done <jobId>",
        ),
        (
            "cancel-job-execution Job1 --status-details a=1,a=2",
            "--status-details <details>: `a=1,a=2` gives `a` twice\nusage: cancel-job-execution <jobId>",
        ),
        (
            "aws iot create-job --job-id Job1 --document {}",
            "create-job needs --targets\nhint: without `aws iot` it is optional",
        ),
        (
            "aws iot create-job --job-id Job1 --targets t --document file://d.json --description file://d.txt",
            "--description does not read a file here\nhint: give the value itself; only a document is read from a file",
        ),
        (
            "aws iot create-job --document file://d.json --job-id Job1 --targets t fileb://t",
            "--targets does not read a file here\nhint: give the value itself; only a document is read from a file",
        ),
        (
            "aws iot create-thing --thing-name=file://t",
            "--thing-name does not read a file here\nhint: give the value itself; only a document is read from a file",
        ),
        (
            "aws iot cancel-job-execution --job-id Job1 --force",
            "cancel-job-execution needs --thing-name\nhint: without `aws iot` it is optional",
        ),
        (
            "aws iot list-job-executions-for-thing",
            "list-job-executions-for-thing needs --thing-name\nhint: without `aws iot` it is optional",
        ),
        (
            "aws iot list-job-executions-for-thing --job-id Job1",
            "list-job-executions-for-thing needs other arguments\nhint: with these it is `list-job-executions-for-job`\nusage: list-job-executions [jobId]",
        ),
        (
            "list-job-executions-for-thing lamp",
            "list-job-executions-for-thing needs other arguments\nhint: with these it is `list-job-executions-for-job`\nusage: list-job-executions [jobId]",
        ),
        (
            "aws iot list-job-executions --job-id Job1",
            "`list-job-executions` is not a command of `aws iot`\nhint: type `list-job-executions` by itself",
        ),
        (
            "aws iot update-thing-group --thing-group-name g",
            "update-thing-group needs --thing-group-properties\nhint: without `aws iot` it is optional",
        ),
        (
            "aws iot list-job-executions-for-job --thing-name t",
            "list-job-executions-for-job needs other arguments\nhint: with these it is `list-job-executions-for-thing`\nusage: list-job-executions [jobId]",
        ),
        (
            "aws iot-jobs-data get-pending-job-executions",
            "get-pending-job-executions needs --thing-name\nhint: without `aws iot-jobs-data` it is optional",
        ),
        (
            "aws iot list-jobs --profile p",
            "`--profile` is not an option of a single command here\nhint: leave it out: the session's own endpoint, region and credentials apply",
        ),
        (
            "aws iot delete-job --job-id",
            "--job-id needs a value\nusage: delete-job <jobId>",
        ),
        (
            "explain aws iot list-jobs",
            "explain does not take `aws`\nhint: such as `explain list-jobs`\nusage: explain <command>",
        ),
        (
            "help delet-job",
            "`delet-job` is not a command\nhint: did you mean `delete-job`?",
        ),
        ("''", "`` is not a command\nhint: `help` lists the commands"),
        ("create-job Job1 {\"a\"", "the JSON value is not complete"),
        (
            "create-job Job1 {\"Todo\" \"Reboot\"}",
            "the document is not JSON: a colon is missing at line 1 column 9\n  {\"Todo\" \"Reboot\"}\n          ^\nhint: write an object as {\"name\": value}",
        ),
        (
            "create-job Job1 {\n\"a\": nul }",
            "the document is not JSON: `nul` has no quotes at line 2 column 6\n  \"a\": nul }\n       ^\nhint: write a string as \"nul\"",
        ),
        (
            "create-job Job1 {} {}",
            "the document is not JSON: text after the end at line 1 column 4\n  {} {}\n     ^\nhint: put several values in a list: [1, 2]",
        ),
        (
            "create-job Job1 \u{feff}[\t1 2]",
            "the document is not JSON: a comma is missing at line 1 column 5\n  [ 1 2]\n      ^\nhint: put a comma between members and between elements",
        ),
        (
            "create-job Job1 [\u{feff}\t1]",
            "the document is not JSON: expected value at line 1 column 2\n  [\u{feff} 1]\n   ^\nhint: strings need double quotes",
        ),
        ("delete-job 'a", "the quote ' is not closed"),
        (
            "create-job J {} --force",
            "create-job does not take `--force`\nusage: create-job <jobId> <document>",
        ),
        (
            "create-job J @",
            "@ needs the name of a file\nusage: create-job <jobId> <document>",
        ),
        (
            "explain",
            "explain needs <command>\nusage: explain <command>",
        ),
        (
            "explain explain quit",
            "explain does not take `explain`\nhint: such as `explain list-jobs`\nusage: explain <command>",
        ),
        (
            "explain dne J",
            "`dne` is not a command\nhint: `help` lists the commands",
        ),
        (
            "wait 2h",
            "`2h` is not a duration\nhint: write a duration as `500ms`, `2s` or `5m`; a job id needs a status after it\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "wait 2s --timeout 3",
            "--timeout cannot be combined with a duration\nhint: `wait 2s` waits that long\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "wait 99999999999999999m",
            "`99999999999999999m` is more than a day\nhint: the longest duration is `1440m`\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "wait event Changed",
            "`Changed` is not the name of an event\nhint: it is JobExecutionsChanged or NextJobExecutionChanged\n\
             usage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "wait J GONE",
            "`GONE` is not a status\nhint: it is one of QUEUED, IN_PROGRESS, SUCCEEDED, FAILED, TIMED_OUT, REJECTED, REMOVED, CANCELED\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "events of",
            "[on | off | only | last]: `of` is not one of these\nhint: did you mean `off`?\n\
             usage: events [on | off | only | last] [changed | next | jobId | count]",
        ),
        (
            "events off 3",
            "events off does not take `3`\nusage: events [on | off | only | last] [changed | next | jobId | count]",
        ),
        (
            "events only a/b",
            "`a/b` is not a job id\nhint: a job id has 1 to 64 letters, digits, `-` and `_`\nusage: events [on | off | only | last] [changed | next | jobId | count]",
        ),
        (
            "watch watch pending",
            "watch does not take `watch`\nhint: such as `watch list-jobs`\nusage: watch <command>",
        ),
        (
            "watch done Job1",
            "watch repeats only commands that change nothing, such as pending, describe and list-jobs\nusage: watch <command>",
        ),
        (
            "watch create-job J {\"it's\": 1}",
            "watch repeats only commands that change nothing, such as pending, describe and list-jobs\nusage: watch <command>",
        ),
        (
            "watch pending > answers.txt",
            "the output of watch cannot go to a file or a command\nhint: redirect the command without watch\nusage: watch <command>",
        ),
        (
            "watch --count 2 pending | jq .",
            "the output of watch cannot go to a file or a command\nhint: redirect the command without watch\nusage: watch <command>",
        ),
        (
            "watch --every 3 pending 5",
            "get-pending-job-executions does not take `5`\nusage: get-pending-job-executions",
        ),
        (
            "executions J --namespace-id n",
            "--namespace-id needs --thing: a job is of one namespace\nusage: list-job-executions [jobId]",
        ),
        (
            "pending --query 'a..b'",
            "--query is not a JMESPath expression: expected identifier, '*', '{', '[', '&', or '[?'\n  a..b\n    ^",
        ),
        (
            "pending --query",
            "--query <expression> needs a value\nusage: get-pending-job-executions",
        ),
        (
            "wait 1s --query a",
            "wait does not take `--query`\nusage: wait <TIME | event | jobId> [NAME | STATUS]",
        ),
        (
            "explain pending --query a",
            "explain does not take --query here: mosquitto's clients have no such option\nusage: explain <command>",
        ),
        (
            "pending |",
            "| needs a command of the shell\nhint: such as `pending | jq .`",
        ),
        (
            "pending >> ",
            ">> needs the name of a file\nhint: such as `pending >> FILE`",
        ),
        (
            "pending > a b",
            "only one file can follow >\nhint: quote a name that has spaces; `| tee FILE` both writes and shows",
        ),
        (
            "> a",
            "a command is missing before `>`\nhint: put it behind a command, such as `pending > …`",
        ),
        ("pending | jq '.a", "the quote ' is not closed"),
        (
            "describe $next --thing t",
            "the control plane does not know $next; give the job id\nusage: describe-job-execution <jobId>",
        ),
    ] {
        let error = parse(line).expect_err(line).to_string();
        assert_eq!(error, expected, "{line:?}");
    }
    let error = parse("update Job1 SUCCESS")
        .expect_err("no status")
        .to_string();
    assert_eq!(
        error,
        format!(
            "`SUCCESS` is not a status\nhint: did you mean `SUCCEEDED`? a device may report IN_PROGRESS, SUCCEEDED, FAILED, REJECTED\n{update_usage}"
        )
    );
}

/// Values that most arguments do not take.
const RUBBISH: [&str; 18] = [
    "x",
    "a/b",
    "1x",
    "-1.5",
    "99999999999999999999",
    "-99999999999999999999",
    "=x",
    "foo=1",
    "roleArn=a,roleArn=b",
    "expiresInSec=soon",
    "criteriaList=[{action=",
    "{",
    "[1",
    "{\"a\":1}",
    "[1]",
    ",",
    "cron(0",
    "🦀",
];

#[test]
fn every_reason_is_a_predicate_of_the_value() {
    const VERBS: [&str; 6] = ["is", "contains", "starts", "gives", "does", "needs"];
    let mut reasons = BTreeSet::new();
    for entry in grammar::table().get_subcommands() {
        let arguments = entry
            .get_arguments()
            .filter(|arg| grammar::takes_value(arg));
        for (arg, value) in arguments.flat_map(|arg| RUBBISH.map(|value| (arg, value))) {
            let flag = format!("--{}", arg.get_id().as_str().replace('_', "-"));
            let flag = grammar::flag(arg).unwrap_or(flag);
            let line = format!("{} {flag} {}", entry.get_name(), quote(value));
            let Err(CommandError::Arguments { what, .. }) = parse(&line) else {
                continue;
            };
            let what = what.split('\n').next().unwrap_or_default();
            let behind = format!(": `{value}` ");
            let Some((_, reason)) = what.split_once(&behind) else {
                continue;
            };
            let verb = reason.split(' ').next().unwrap_or_default();
            assert!(VERBS.contains(&verb), "{line}: {what}");
            if reason.contains("number") && !reason.contains("JSON") {
                let names = ["minutes", "number", "seconds", "times", "version", "config"];
                let is_number = names.iter().any(|name| arg.to_string().contains(name));
                assert!(is_number, "{line}: {what}");
            }
            reasons.insert(reason.replace(value, "…"));
        }
    }
    assert!(reasons.len() > 20, "{reasons:?}");
}

#[test]
fn a_line_has_a_limit() {
    let document = format!("create-job J \"{}\"", "x".repeat(MAX_LINE_BYTES));
    assert_eq!(parse(&document), Err(CommandError::TooLong));
}

#[test]
fn the_place_in_a_long_document_is_shown_in_its_surroundings() {
    let document = format!("{{\"{}\" 1, \"{}\": 2}}", "a".repeat(100), "b".repeat(100));
    let error = parse(&format!("create-job J {document}"))
        .expect_err("no JSON")
        .to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines[1].chars().count(), 2 + 2 * EXCERPT_CHARS);
    assert_eq!(lines[1].as_bytes()[lines[2].len() - 1], b'1');
}

proptest::proptest! {
    #[test]
    fn any_line_is_answered_without_panic(line in proptest::prelude::any::<String>(), start in 0_usize..6) {
        let start = ["", "create-job J ", "wait ", "help ", "next --detail ", "describe "][start];
        let line = format!("{start}{line}");
        let _ = parse(&line).map_err(|error| error.to_string());
        let _ = words(&line);
    }
}
