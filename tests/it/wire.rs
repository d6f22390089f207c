//! Every flag of every command of the service, and what it puts on the wire.

use std::collections::BTreeSet;
use std::process::Command;

use jobs_sandbox::protocol::ThingName;
use jobs_sandbox::repl::guide::explain::{self, ServiceAddress};
use jobs_sandbox::repl::input::command::{self, Explained};
use jobs_sandbox::repl::input::grammar::{self, CommandKind};
use serde_json::Value;

use crate::serve::Folder;
use crate::test_service::run;

/// A command, and what of it is sent: the topic behind the thing, or method and path, and the payload without its client token.
const TABLE: &[(&str, &str)] = &[
    ("get-pending-job-executions", "get {}"),
    ("start-next-pending-job-execution", "start-next {}"),
    (
        "start-next-pending-job-execution --detail b=2 --detail a=1 --step-timeout 5",
        r#"start-next {"statusDetails":{"a":"1","b":"2"},"stepTimeoutInMinutes":5}"#,
    ),
    ("describe-job-execution J", "J/get {}"),
    ("describe-job-execution $next", "$next/get {}"),
    (
        "describe-job-execution J --no-document --execution-number 3",
        r#"J/get {"executionNumber":3,"includeJobDocument":false}"#,
    ),
    (
        "describe-job-execution J --thing t --execution-number 3",
        "GET /things/t/jobs/J?executionNumber=3",
    ),
    (
        "update-job-execution J in_progress",
        r#"J/update {"status":"IN_PROGRESS"}"#,
    ),
    (
        "update-job-execution J FAILED --detail k=v --expected-version 2 --execution-number 1 --include-state --include-document \
         --step-timeout -1",
        r#"J/update {"status":"FAILED","statusDetails":{"k":"v"},"expectedVersion":2,"executionNumber":1,"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":-1}"#,
    ),
    (
        "done J --detail k=v --expected-version 2 --execution-number 1 --include-state --include-document --step-timeout 1",
        r#"J/update {"status":"SUCCEEDED","statusDetails":{"k":"v"},"expectedVersion":2,"executionNumber":1,"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "fail J --detail k=v --expected-version 2 --execution-number 1 --include-state --include-document --step-timeout 1",
        r#"J/update {"status":"FAILED","statusDetails":{"k":"v"},"expectedVersion":2,"executionNumber":1,"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "reject J --detail k=v --expected-version 2 --execution-number 1 --include-state --include-document --step-timeout 1",
        r#"J/update {"status":"REJECTED","statusDetails":{"k":"v"},"expectedVersion":2,"executionNumber":1,"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "create-job J {\"a\":  1}",
        r#"PUT /jobs/J {"document":"{\"a\":  1}","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"]}"#,
    ),
    (
        "create-job J 1 --target arn:aws:iot:us-east-1:123456789012:thing/t --continuous --description 'a b' \
         --timeout 5",
        r#"PUT /jobs/J {"description":"a b","document":"1","targetSelection":"CONTINUOUS","targets":["arn:aws:iot:us-east-1:123456789012:thing/t"],"timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#,
    ),
    (
        "create-job J 1 --with {\"tags\":[{\"Key\":\"room\", \"Value\":\"attic\"}],\"abortConfig\":{\"x\":1}}",
        r#"PUT /jobs/J {"document":"1","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"],"tags":[{"Key":"room","Value":"attic"}],"abortConfig":{"x":1}}"#,
    ),
    (
        "create-job J 1 --start-time 2030-01-31T08:00 --end-time 2030-02-01T08:00 --end-behavior force_cancel",
        r#"PUT /jobs/J {"document":"1","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"],"schedulingConfig":{"startTime":"2030-01-31T08:00","endTime":"2030-02-01T08:00","endBehavior":"FORCE_CANCEL"}}"#,
    ),
    (
        "create-job J 1 --continuous --start-time 2030-01-31T08:00 --maintenance-window 'cron(0 2 ? * SUN *) for 60' \
         --maintenance-windows startTime=cron(0/5,1,2,*,?,*),durationInMinutes=1431",
        r#"PUT /jobs/J {"document":"1","targetSelection":"CONTINUOUS","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"],"schedulingConfig":{"startTime":"2030-01-31T08:00","maintenanceWindows":[{"startTime":"cron(0 2 ? * SUN *)","durationInMinutes":60},{"startTime":"cron(0/5,1,2,*,?,*)","durationInMinutes":1431}]}}"#,
    ),
    (
        "create-job J --document-source https://s3.amazonaws.com/files/d --presigned-url-config \
         roleArn=arn:aws:iam::123456789012:role/r,expiresInSec=60",
        r#"PUT /jobs/J {"documentSource":"https://s3.amazonaws.com/files/d","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"],"presignedUrlConfig":{"roleArn":"arn:aws:iam::123456789012:role/r","expiresInSec":60}}"#,
    ),
    (
        "create-job --document 1 --job-id J --targets thing/a thinggroup/b --abort-config \
         criteriaList=[{failureType=FAILED,action=CANCEL,thresholdPercentage=12.5,minNumberOfExecutedThings=1}] \
         --job-executions-rollout-config maximumPerMinute=5 --job-executions-retry-config criteriaList=[{failureType=ALL,numberOfRetries=2}] \
         --tags Key=a,Value=b Key=c,Value=d --namespace-id n --destination-package-versions arn:v",
        r#"PUT /jobs/J {"document":"1","targets":["arn:aws:iot:us-east-1:123456789012:thing/a","arn:aws:iot:us-east-1:123456789012:thinggroup/b"],"jobExecutionsRolloutConfig":{"maximumPerMinute":5},"abortConfig":{"criteriaList":[{"failureType":"FAILED","action":"CANCEL","thresholdPercentage":12.5,"minNumberOfExecutedThings":1}]},"jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"ALL","numberOfRetries":2}]},"tags":[{"Key":"a","Value":"b"},{"Key":"c","Value":"d"}],"namespaceId":"n","destinationPackageVersions":["arn:v"]}"#,
    ),
    (
        "create-job J 1 --scheduling-config startTime=2030-01-31T08:00,maintenanceWindows=[{startTime='cron(0 2 ? * SUN *)',durationInMinutes=60}] \
         --end-time 2030-02-01T08:00",
        r#"PUT /jobs/J {"document":"1","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"],"schedulingConfig":{"startTime":"2030-01-31T08:00","maintenanceWindows":[{"startTime":"cron(0 2 ? * SUN *)","durationInMinutes":60}],"endTime":"2030-02-01T08:00"}}"#,
    ),
    (
        "create-job J --template T",
        r#"PUT /jobs/J {"jobTemplateArn":"arn:aws:iot:us-east-1:123456789012:jobtemplate/T","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"]}"#,
    ),
    (
        "create-job J --template AWS-Run-Command --parameter command=echo,a=b --target arn:aws:iot:us-east-1:123456789012:thing/t",
        r#"PUT /jobs/J {"documentParameters":{"command":"echo,a=b"},"jobTemplateArn":"arn:aws:iot:us-east-1::jobtemplate/AWS-Run-Command:1.0","targets":["arn:aws:iot:us-east-1:123456789012:thing/t"]}"#,
    ),
    (
        "create-job-template T {\"a\":  1} --description 'a b' --timeout 5",
        r#"PUT /job-templates/T {"document":"{\"a\":  1}","description":"a b","timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#,
    ),
    (
        "create-job-template T --job J --description d --rollout-config {\"maximumPerMinute\":1} --abort-config {} --retry-config {} \
         --presigned-url-config {} --maintenance-windows 'cron(0 2 ? * SUN *) for 60' --tags a=b",
        r#"PUT /job-templates/T {"description":"d","jobArn":"arn:aws:iot:us-east-1:123456789012:job/J","jobExecutionsRolloutConfig":{"maximumPerMinute":1},"abortConfig":{},"jobExecutionsRetryConfig":{},"presignedUrlConfig":{},"maintenanceWindows":[{"startTime":"cron(0 2 ? * SUN *)","durationInMinutes":60}],"tags":[{"Key":"a","Value":"b"}]}"#,
    ),
    (
        "create-job-template T --document-source https://s3.amazonaws.com/files/d --description d",
        r#"PUT /job-templates/T {"description":"d","documentSource":"https://s3.amazonaws.com/files/d"}"#,
    ),
    ("describe-job-template T", "GET /job-templates/T"),
    ("list-job-templates", "GET /job-templates"),
    (
        "list-job-templates --max-results 5 --next-token n",
        "GET /job-templates?maxResults=5&nextToken=n",
    ),
    ("delete-job-template T", "DELETE /job-templates/T"),
    (
        "list-managed-job-templates --template AWS-Reboot --max-results 5 --next-token n",
        "GET /managed-job-templates?templateName=AWS-Reboot&maxResults=5&nextToken=n",
    ),
    (
        "describe-managed-job-template AWS-Reboot --version 1.0",
        "GET /managed-job-templates/AWS-Reboot?templateVersion=1.0",
    ),
    ("cancel-job J", "PUT /jobs/J/cancel {}"),
    (
        "cancel-job J --force --comment 'a b'",
        r#"PUT /jobs/J/cancel?force=true {"comment":"a b"}"#,
    ),
    ("delete-job J", "DELETE /jobs/J"),
    ("delete-job J --force", "DELETE /jobs/J?force=true"),
    ("delete-job J --force --yes", "DELETE /jobs/J?force=true"),
    ("describe-job J", "GET /jobs/J"),
    ("list-jobs", "GET /jobs"),
    ("list-jobs --status completed", "GET /jobs?status=COMPLETED"),
    ("get-job-document J", "GET /jobs/J/job-document"),
    ("list-job-executions J", "GET /jobs/J/things"),
    (
        "list-job-executions J --status failed",
        "GET /jobs/J/things?status=FAILED",
    ),
    (
        "list-job-executions --thing t --status QUEUED",
        "GET /things/t/jobs?status=QUEUED",
    ),
    (
        "cancel-job-execution J",
        "PUT /things/sandbox-thing/jobs/J/cancel {}",
    ),
    (
        "cancel-job-execution J --thing t --force --expected-version 2 --detail k=v",
        r#"PUT /things/t/jobs/J/cancel?force=true {"expectedVersion":2,"statusDetails":{"k":"v"}}"#,
    ),
    (
        "delete-job-execution J 2",
        "DELETE /things/sandbox-thing/jobs/J/executionNumber/2",
    ),
    (
        "delete-job-execution J 2 --thing t --force",
        "DELETE /things/t/jobs/J/executionNumber/2?force=true",
    ),
    ("create-thing t", "POST /things/t {}"),
    ("describe-thing t", "GET /things/t"),
    ("list-things", "GET /things"),
    (
        "list-things --attribute-name a --attribute-value v --use-prefix --thing-type t --max-results 5 --next-token n",
        "GET /things?attributeName=a&attributeValue=v&thingTypeName=t&usePrefixAttributeValue=true&maxResults=5&nextToken=n",
    ),
    ("describe-thing-group g", "GET /thing-groups/g"),
    (
        "list-jobs --target-selection snapshot --thing-group g --thing-group-id i --namespace-id n --max-results 5 --next-token t",
        "GET /jobs?targetSelection=SNAPSHOT&maxResults=5&nextToken=t&thingGroupName=g&thingGroupId=i&namespaceId=n",
    ),
    (
        "list-job-executions J --max-results 5 --next-token n",
        "GET /jobs/J/things?maxResults=5&nextToken=n",
    ),
    (
        "list-job-executions J --thing t --namespace-id n",
        "GET /things/t/jobs?namespaceId=n&jobId=J",
    ),
    (
        "list-thing-groups --parent-group g --name-prefix p --recursive --max-results 5 --next-token n",
        "GET /thing-groups?nextToken=n&maxResults=5&parentGroup=g&namePrefixFilter=p&recursive=true",
    ),
    (
        "list-thing-groups --no-recursive",
        "GET /thing-groups?recursive=false",
    ),
    (
        "list-things-in-thing-group g --recursive --max-results 5 --next-token n",
        "GET /thing-groups/g/things?recursive=true&maxResults=5&nextToken=n",
    ),
    (
        "cancel-job J --reason-code C",
        r#"PUT /jobs/J/cancel {"reasonCode":"C"}"#,
    ),
    ("delete-thing t", "DELETE /things/t"),
    ("create-thing-group g", "POST /thing-groups/g {}"),
    ("list-thing-groups", "GET /thing-groups"),
    ("list-things-in-thing-group g", "GET /thing-groups/g/things"),
    (
        "add-thing-to-thing-group g t",
        r#"PUT /thing-groups/addThingToThingGroup {"thingGroupName":"g","thingName":"t"}"#,
    ),
    (
        "remove-thing-from-thing-group g",
        r#"PUT /thing-groups/removeThingFromThingGroup {"thingGroupName":"g","thingName":"sandbox-thing"}"#,
    ),
    ("delete-thing-group g", "DELETE /thing-groups/g"),
    // AWS's spelling of flags, and of arguments that need none.
    (
        "start-next-pending-job-execution --status-details b=2,a=1 --step-timeout-in-minutes 5",
        r#"start-next {"statusDetails":{"a":"1","b":"2"},"stepTimeoutInMinutes":5}"#,
    ),
    (
        "describe-job-execution --job-id J --no-include-job-document --execution-number 3",
        r#"J/get {"executionNumber":3,"includeJobDocument":false}"#,
    ),
    (
        "describe-job-execution --job-id $next --include-job-document",
        r#"$next/get {"includeJobDocument":true}"#,
    ),
    (
        "describe-job-execution --thing-name t --job-id J",
        "GET /things/t/jobs/J",
    ),
    (
        "update-job-execution --job-id J --status FAILED --status-details {\"k\":\"a,b\"} --include-job-execution-state \
         --include-job-document --step-timeout-in-minutes -1",
        r#"J/update {"status":"FAILED","statusDetails":{"k":"a,b"},"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":-1}"#,
    ),
    (
        "done --job-id J --status-details k=v --include-job-execution-state --include-job-document --step-timeout-in-minutes 1",
        r#"J/update {"status":"SUCCEEDED","statusDetails":{"k":"v"},"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "fail --job-id=J --status-details k=v --include-job-execution-state --include-job-document --step-timeout-in-minutes 1",
        r#"J/update {"status":"FAILED","statusDetails":{"k":"v"},"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "reject --job-id=J --status-details k=v --include-job-execution-state --include-job-document --step-timeout-in-minutes 1",
        r#"J/update {"status":"REJECTED","statusDetails":{"k":"v"},"includeJobExecutionState":true,"includeJobDocument":true,"stepTimeoutInMinutes":1}"#,
    ),
    (
        "create-job --job-id J --document {\"a\": 1} --targets arn:aws:iot:us-east-1:123456789012:thing/t \
         --target-selection continuous --timeout-config inProgressTimeoutInMinutes=5",
        r#"PUT /jobs/J {"document":"{\"a\": 1}","targetSelection":"CONTINUOUS","targets":["arn:aws:iot:us-east-1:123456789012:thing/t"],"timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#,
    ),
    (
        "create-job --job-id J --job-template-arn arn:aws:iot:us-east-1:123456789012:jobtemplate/T --document-parameters a=b",
        r#"PUT /jobs/J {"documentParameters":{"a":"b"},"jobTemplateArn":"arn:aws:iot:us-east-1:123456789012:jobtemplate/T","targets":["arn:aws:iot:us-east-1:123456789012:thing/sandbox-thing"]}"#,
    ),
    (
        "create-job-template --job-template-id T --document {\"a\": 1} --description d --timeout-config inProgressTimeoutInMinutes=5",
        r#"PUT /job-templates/T {"document":"{\"a\": 1}","description":"d","timeoutConfig":{"inProgressTimeoutInMinutes":5}}"#,
    ),
    (
        "create-job-template T 1 --description d --job-executions-rollout-config {} --job-executions-retry-config {} --maintenance-window 'cron(0 2 ? * SUN *) for 60'",
        r#"PUT /job-templates/T {"document":"1","description":"d","jobExecutionsRolloutConfig":{},"jobExecutionsRetryConfig":{},"maintenanceWindows":[{"startTime":"cron(0 2 ? * SUN *)","durationInMinutes":60}]}"#,
    ),
    (
        "create-job-template --job-template-id T --job-arn arn:aws:iot:us-east-1:123456789012:job/J --description d",
        r#"PUT /job-templates/T {"description":"d","jobArn":"arn:aws:iot:us-east-1:123456789012:job/J"}"#,
    ),
    (
        "describe-job-template --job-template-id T",
        "GET /job-templates/T",
    ),
    (
        "list-managed-job-templates --template-name AWS-Reboot",
        "GET /managed-job-templates?templateName=AWS-Reboot",
    ),
    (
        "describe-managed-job-template --template-name AWS-Reboot --template-version 1.0",
        "GET /managed-job-templates/AWS-Reboot?templateVersion=1.0",
    ),
    (
        "get-job-document J --before-substitution",
        "GET /jobs/J/job-document?beforeSubstitution=true",
    ),
    (
        "cancel-job --job-id J --reason-code C",
        r#"PUT /jobs/J/cancel {"reasonCode":"C"}"#,
    ),
    (
        "list-jobs --thing-group-name g",
        "GET /jobs?thingGroupName=g",
    ),
    (
        "list-job-executions --job-id J --thing-name t",
        "GET /things/t/jobs?jobId=J",
    ),
    (
        "cancel-job-execution --job-id J --thing-name t --status-details k=v",
        r#"PUT /things/t/jobs/J/cancel {"statusDetails":{"k":"v"}}"#,
    ),
    (
        "delete-job-execution --thing-name t --execution-number 2 --job-id J",
        "DELETE /things/t/jobs/J/executionNumber/2",
    ),
    (
        "list-things --attribute-name a --use-prefix-attribute-value --thing-type-name t",
        "GET /things?attributeName=a&thingTypeName=t&usePrefixAttributeValue=true",
    ),
    (
        "list-thing-groups --name-prefix-filter p",
        "GET /thing-groups?namePrefixFilter=p",
    ),
    ("describe-thing --thing-name t", "GET /things/t"),
    (
        "add-thing-to-thing-group --thing-name t --thing-group-name g",
        r#"PUT /thing-groups/addThingToThingGroup {"thingGroupName":"g","thingName":"t"}"#,
    ),
    (
        "remove-thing-from-thing-group --thing-group-name g",
        r#"PUT /thing-groups/removeThingFromThingGroup {"thingGroupName":"g","thingName":"sandbox-thing"}"#,
    ),
];

/// Flags that are not sent: they select the source of a document, or the number of requests.
const UNSENT: [&str; 4] = ["--edit", "--from", "--all", "--no-paginate"];

/// A line of the wire without the client token, and without what is in front of every topic.
fn sent(line: &str) -> String {
    let line = line
        .trim_start_matches("> ")
        .trim_start_matches("$aws/things/sandbox-thing/jobs/");
    match line.split_once("\"clientToken\":\"") {
        Some((before, token)) => {
            let rest = token.split_once('"').map_or("", |(_, rest)| rest);
            format!("{}{rest}", before.trim_end_matches(','))
        }
        None => line.to_owned(),
    }
}

/// All lines.
fn table() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TABLE.iter().chain(crate::wire_registry::TABLE)
}

/// The parameters of a request and its body, both of which have no order, behind what comes before them.
fn parts(request: &str) -> (&str, BTreeSet<&str>, Option<Value>) {
    let (before, body) = match request.split_once(" {") {
        Some((before, body)) => {
            let body = serde_json::from_str(&format!("{{{body}"));
            (before, Some(body.unwrap_or_else(|_| Value::from(request))))
        }
        None => (request, None),
    };
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    (path, query.split('&').collect(), body)
}

#[test]
fn every_flag_is_on_the_wire() {
    let mut script = String::from("wire on\n");
    for (line, _) in table() {
        script.extend([line, "\n"]);
    }
    let folder = Folder::new("wire");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.current_dir(&folder.0).arg("--keep-going");
    // Most are refused, because the job does not exist: only the sent requests matter.
    let ended = run(&mut command, &script);
    let (output, said) = (ended.stdout, ended.stderr);
    let shown: Vec<String> = output
        .lines()
        .filter(|line| line.starts_with("> "))
        .map(sent)
        .collect();
    for ((line, expected), shown) in table().zip(&shown) {
        assert_eq!(parts(shown), parts(expected), "{line}");
    }
    assert_eq!(shown.len(), table().count(), "{said}");
}

#[test]
fn no_flag_is_left_out() {
    let mut missing = BTreeSet::new();
    for entry in grammar::table().get_subcommands() {
        let name = entry.get_name();
        if grammar::kind(name) == CommandKind::Own {
            continue;
        }
        let lines: Vec<&str> = table().map(|(line, _)| *line).collect();
        let of_command = || {
            lines
                .iter()
                .filter(|line| line.split(' ').next() == Some(name))
        };
        if of_command().next().is_none() {
            missing.insert(name.to_owned());
        }
        // A query selects from what comes back.
        let own = entry.get_arguments().filter(|arg| grammar::is_own(arg));
        for flag in own.filter_map(grammar::flag) {
            if UNSENT.contains(&flag.as_str()) {
                continue;
            }
            if !of_command().any(|line| line.split(' ').any(|word| word == flag)) {
                missing.insert(format!("{name} {flag}"));
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}

/// The command of the AWS CLI for a line, without what comes before the operation; `None` if the line is not of the operator.
fn explained(line: &str) -> Option<String> {
    let command = command::parse(line);
    let command = command.unwrap_or_else(|error| panic!("{line}: {error}"))?;
    let thing = ThingName::new("sandbox-thing").expect("a name");
    let explained = Explained {
        command,
        query: None,
    };
    let text = explain::text(&explained, &ServiceAddress::unknown(thing));
    text.strip_prefix("aws iot ").map(ToOwned::to_owned)
}

/// The options of a command in one order.
fn options(command: &str) -> BTreeSet<&str> {
    command.trim_end().split(" --").collect()
}

#[test]
fn what_explain_prints_is_read_by_the_session() {
    let examples = grammar::table().get_subcommands().flat_map(|entry| {
        let examples = entry.get_after_help().map(ToString::to_string);
        let examples = examples.unwrap_or_default();
        examples.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    });
    let lines = table().map(|(line, _)| (*line).to_owned()).chain(examples);
    let mut commands = BTreeSet::new();
    for line in lines {
        let Some(printed) = explained(&line) else {
            continue;
        };
        commands.insert(line.split(' ').next().map(ToOwned::to_owned));
        // A shell puts the document of another job there.
        if printed.contains("\"$(") {
            continue;
        }
        // The AWS CLI fetches all pages by itself.
        let all = if line.contains(" --all") {
            " --all"
        } else {
            ""
        };
        let read = explained(&[printed.trim_end(), all].concat());
        let read = read.expect("a command of the operator");
        assert_eq!(options(&read), options(&printed), "{line}");
    }
    let of_operator = grammar::table().get_subcommands();
    let of_operator = of_operator.filter(|it| grammar::kind(it.get_name()) == CommandKind::Control);
    for entry in of_operator {
        let name = Some(entry.get_name().to_owned());
        assert!(commands.contains(&name), "{name:?}");
    }
}
