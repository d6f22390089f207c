//! What a command would be for the AWS CLI and for mosquitto's clients. Pure. Nothing secret: keys and certificates are named by
//! what they are.

mod service_address;

use crate::control::{Page, Request};
use crate::protocol::{JobId, JobsTopic, Operation, StatusDetails, Topic};
use crate::repl::input::command::{Command, CreateJob, Document};
use crate::text::quote;

pub use crate::repl::guide::explain::service_address::{Files, ServiceAddress};

/// What `explain` says of a command.
pub fn text(command: &Command, address: &ServiceAddress) -> String {
    let own = "This command is the sandbox's own: nothing is sent to the service.\n";
    explain(command, address).unwrap_or_else(|| own.to_owned())
}

/// The equivalent of a command, as it would be typed in a shell; `None` if it has none.
fn explain(command: &Command, address: &ServiceAddress) -> Option<String> {
    let publish = |operation: Operation, payload: Result<String, serde_json::Error>| {
        let topic = Topic::Request(operation);
        let topic = JobsTopic {
            thing: address.thing.clone(),
            topic,
        };
        Some(mosquitto(address, &topic.to_string(), &payload.ok()?))
    };
    match command {
        Command::GetPendingJobExecutions => {
            publish(Operation::GetPendingJobExecutions, Ok("{}".to_owned()))
        }
        Command::StartNextPendingJobExecution(request) => publish(
            Operation::StartNextPendingJobExecution,
            serde_json::to_string(request),
        ),
        Command::DescribeJobExecution { job, request } => publish(
            Operation::DescribeJobExecution(job.clone()),
            serde_json::to_string(request),
        ),
        Command::UpdateJobExecution { job, request } => publish(
            Operation::UpdateJobExecution(job.clone()),
            serde_json::to_string(request),
        ),
        Command::CreateJob(create) => Some(create_job(create, address)),
        Command::Control(request) => Some(control(request, address)),
        Command::Wait { .. }
        | Command::ShowEvents(_)
        | Command::LastEvents(_)
        | Command::Watch { .. }
        | Command::ShowWire(_)
        | Command::ShowNotes(_)
        | Command::Explain(_)
        | Command::Tutorial(_)
        | Command::Doctor
        | Command::Help(_)
        | Command::Quit => None,
    }
}

/// Subscribes, publishes, and waits for one answer.
fn mosquitto(address: &ServiceAddress, topic: &str, payload: &str) -> String {
    let connection = address.mosquitto();
    let note = if address.endpoint.is_some() && address.files.is_none() {
        "# this local service keeps its CA, certificate and key in memory; `jobs-sandbox serve` writes them to files\n"
    } else {
        ""
    };
    format!(
        "mosquitto_rr {connection} -V mqttv311 -q 1 \\\n    -t {} -e {} -m {}\n\
         # the refusal comes on {}\n{note}",
        quote(topic),
        quote(&format!("{topic}/accepted")),
        quote(payload),
        quote(&format!("{topic}/rejected")),
    )
}

fn create_job(create: &CreateJob, address: &ServiceAddress) -> String {
    let mut words = Words::new("create-job");
    words.option("job-id", create.job.as_str());
    let arn = |target: &String| match target {
        arn if arn.starts_with("arn:") => arn.clone(),
        name => address.arn_of(name),
    };
    let mut targets: Vec<String> = create.targets.iter().map(arn).collect();
    if targets.is_empty() {
        targets.push(address.own_arn());
    }
    words.0.push("--targets".to_owned());
    words
        .0
        .extend(targets.iter().map(|arn| quote(arn).into_owned()));
    match &create.document {
        Document::Inline(text) => words.option("document", text),
        Document::File(file) => words.option("document", &format!("file://{file}")),
        Document::Stdin => words.option("document", "file:///dev/stdin"),
        Document::Job(job) => {
            let mut inner = Words::new("get-job-document");
            inner.option("job-id", job.as_str());
            inner.0.push("--query document --output text".to_owned());
            let inner = inner.line(address);
            words
                .0
                .push(format!("--document \"$({})\"", inner.trim_end()));
        }
        Document::Editor(_) => words.option("document", "file://document.json"),
    }
    if create.continuous {
        words.option("target-selection", "CONTINUOUS");
    }
    words.some("description", create.description.as_deref());
    let timeout = create
        .timeout_min
        .map(|minutes| format!("inProgressTimeoutInMinutes={minutes}"));
    words.some("timeout-config", timeout.as_deref());
    if !create.more.is_empty() {
        let more = serde_json::to_string(&create.more).unwrap_or_default();
        words.option("cli-input-json", &more);
    }
    words.line(address)
}

fn control(request: &Request, address: &ServiceAddress) -> String {
    let mut words = Words::new(&kebab(request.operation()));
    match request {
        Request::CreateJob { job, document, .. } => {
            words.option("job-id", job.as_str());
            words.option("document", document);
        }
        Request::CancelJob {
            job,
            force,
            comment,
            reason_code,
        } => {
            words.option("job-id", job.as_str());
            words.flag("force", *force);
            words.some("comment", comment.as_deref());
            words.some("reason-code", reason_code.as_deref());
        }
        Request::DeleteJob { job, force } => {
            words.option("job-id", job.as_str());
            words.flag("force", *force);
        }
        Request::DescribeJob { job } | Request::GetJobDocument { job } => {
            words.option("job-id", job.as_str());
        }
        Request::ListJobs {
            status,
            target_selection,
            thing_group,
            thing_group_id,
            namespace_id,
            page,
        } => {
            words.some("status", status.as_deref());
            words.some("target-selection", target_selection.as_deref());
            words.some("thing-group-name", thing_group.as_deref());
            words.some("thing-group-id", thing_group_id.as_deref());
            words.some("namespace-id", namespace_id.as_deref());
            words.page(page);
        }
        Request::DescribeJobExecution {
            job,
            thing,
            execution_number,
        } => {
            words.option("job-id", job.as_str());
            words.option("thing-name", thing.as_str());
            words.number("execution-number", *execution_number);
        }
        Request::ListJobExecutionsForJob { job, status, page } => {
            words.option("job-id", job.as_str());
            words.some("status", status.as_deref());
            words.page(page);
        }
        Request::ListJobExecutionsForThing {
            thing,
            job,
            status,
            namespace_id,
            page,
        } => {
            words.option("thing-name", thing.as_str());
            words.some("job-id", job.as_ref().map(JobId::as_str));
            words.some("status", status.as_deref());
            words.some("namespace-id", namespace_id.as_deref());
            words.page(page);
        }
        Request::CancelJobExecution {
            job,
            thing,
            force,
            expected_version,
            status_details,
        } => {
            words.option("job-id", job.as_str());
            words.option("thing-name", thing.as_str());
            words.flag("force", *force);
            words.number("expected-version", *expected_version);
            let details = status_details.as_ref().map(details);
            words.some("status-details", details.as_deref());
        }
        Request::DeleteJobExecution {
            job,
            thing,
            execution_number,
            force,
        } => {
            words.option("job-id", job.as_str());
            words.option("thing-name", thing.as_str());
            words.number("execution-number", Some(*execution_number));
            words.flag("force", *force);
        }
        Request::CreateThing { thing }
        | Request::DescribeThing { thing }
        | Request::DeleteThing { thing } => words.option("thing-name", thing.as_str()),
        Request::ListThings {
            attribute_name,
            attribute_value,
            thing_type,
            use_prefix,
            page,
        } => {
            words.some("attribute-name", attribute_name.as_deref());
            words.some("attribute-value", attribute_value.as_deref());
            words.some("thing-type-name", thing_type.as_deref());
            words.flag("use-prefix-attribute-value", *use_prefix);
            words.page(page);
        }
        Request::ListThingGroups {
            parent_group,
            name_prefix,
            recursive,
            page,
        } => {
            words.some("parent-group", parent_group.as_deref());
            words.some("name-prefix-filter", name_prefix.as_deref());
            words.flag("recursive", *recursive == Some(true));
            words.flag("no-recursive", *recursive == Some(false));
            words.page(page);
        }
        Request::ListThingsInThingGroup {
            group,
            recursive,
            page,
        } => {
            words.option("thing-group-name", group);
            words.flag("recursive", *recursive);
            words.page(page);
        }
        Request::CreateThingGroup { group }
        | Request::DescribeThingGroup { group }
        | Request::DeleteThingGroup { group } => words.option("thing-group-name", group),
        Request::AddThingToThingGroup { thing, group }
        | Request::RemoveThingFromThingGroup { thing, group } => {
            words.option("thing-group-name", group);
            words.option("thing-name", thing.as_str());
        }
    }
    words.line(address)
}

fn details(details: &StatusDetails) -> String {
    serde_json::to_string(details).unwrap_or_default()
}

/// `CreateJob` as the AWS CLI writes it: `create-job`.
fn kebab(operation: &str) -> String {
    let mut name = String::new();
    for c in operation.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The words of one command of the AWS CLI, quoted.
struct Words(Vec<String>);

impl Words {
    fn new(operation: &str) -> Self {
        Self(["aws", "iot", operation].map(ToOwned::to_owned).to_vec())
    }

    fn option(&mut self, name: &str, value: &str) {
        if value.starts_with('-') {
            // Alone it would be taken for an option.
            self.0.push(format!("--{name}={}", quote(value)));
        } else {
            self.0
                .extend([format!("--{name}"), quote(value).into_owned()]);
        }
    }

    fn some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.option(name, value);
        }
    }

    fn number(&mut self, name: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.option(name, &value.to_string());
        }
    }

    /// The AWS CLI follows pages by itself; asked for one, it must not.
    fn page(&mut self, page: &Page) {
        if page.all {
            self.number("page-size", page.max_results.map(i64::from));
            self.some("starting-token", page.next_token.as_deref());
            return;
        }
        self.number("max-results", page.max_results.map(i64::from));
        self.some("next-token", page.next_token.as_deref());
        self.0.push("--no-paginate".to_owned());
    }

    fn flag(&mut self, name: &str, is_set: bool) {
        if is_set {
            self.0.push(format!("--{name}"));
        }
    }

    fn line(self, address: &ServiceAddress) -> String {
        let (before, behind) = address.aws();
        format!("{before}{}{behind}\n", self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ThingName;
    use crate::repl::input::command::parse;

    fn address() -> ServiceAddress {
        ServiceAddress::unknown(ThingName::new("lamp").expect("a thing name"))
    }

    fn check(address: &ServiceAddress, line: &str, expected: &str) {
        let command = parse(line, &address.thing).expect(line).expect(line);
        let explained = explain(&command, address).unwrap_or_default();
        assert_eq!(explained, expected, "{line}");
    }

    #[test]
    fn every_command_of_the_service_has_its_equivalent() {
        for (line, expected) in [
            (
                "create-job J {\"it's\": 1} --timeout 5",
                "aws iot create-job --job-id J --targets arn:aws:iot:REGION:ACCOUNT:thing/lamp \
                 --document '{\"it'\\''s\": 1}' --timeout-config inProgressTimeoutInMinutes=5\n",
            ),
            (
                "create-job J @a.json --target arn:x --continuous",
                "aws iot create-job --job-id J --targets arn:x --document file://a.json --target-selection CONTINUOUS\n",
            ),
            (
                "create-job J --from I --with {\"tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
                "aws iot create-job --job-id J --targets arn:aws:iot:REGION:ACCOUNT:thing/lamp \
                 --document \"$(aws iot get-job-document --job-id I --query document --output text)\" \
                 --cli-input-json '{\"tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}'\n",
            ),
            (
                "delete J --force",
                "aws iot delete-job --job-id J --force\n",
            ),
            (
                "cancel J --comment='-1 is too old'",
                "aws iot cancel-job --job-id J --comment='-1 is too old'\n",
            ),
            (
                "delete-job-execution J -1",
                "aws iot delete-job-execution --job-id J --thing-name lamp --execution-number=-1\n",
            ),
            (
                "executions",
                "aws iot list-job-executions-for-thing --thing-name lamp --no-paginate\n",
            ),
            (
                "jobs --all --max-results 5 --next-token t",
                "aws iot list-jobs --page-size 5 --starting-token t\n",
            ),
            (
                "jobs --status completed --thing-group g --max-results 5 --next-token -x",
                "aws iot list-jobs --status COMPLETED --thing-group-name g --max-results 5 --next-token=-x --no-paginate\n",
            ),
            (
                "cancel-job-execution J --detail 'a=b c'",
                "aws iot cancel-job-execution --job-id J --thing-name lamp --status-details '{\"a\":\"b c\"}'\n",
            ),
            (
                "add-thing-to-thing-group g",
                "aws iot add-thing-to-thing-group --thing-group-name g --thing-name lamp\n",
            ),
            ("things", "aws iot list-things --no-paginate\n"),
            (
                "update J failed --detail a=b",
                "mosquitto_rr -h ENDPOINT -p 8883 --cafile CA.pem --cert CERT.pem --key KEY.pem -i test-mosquitto -V mqttv311 -q 1 \\\n    \
                 -t '$aws/things/lamp/jobs/J/update' -e '$aws/things/lamp/jobs/J/update/accepted' \
                 -m '{\"status\":\"FAILED\",\"statusDetails\":{\"a\":\"b\"}}'\n\
                 # the refusal comes on '$aws/things/lamp/jobs/J/update/rejected'\n",
            ),
            ("wait 2s", ""),
            ("quit", ""),
        ] {
            check(&address(), line, expected);
        }
    }

    #[test]
    fn what_is_known_of_the_service_is_filled_in() {
        let mut address = address();
        address.region = Some("cn-north-1".to_owned());
        let create = "create-job J 1 --target other";
        let expected = "aws iot create-job --job-id J --targets arn:aws:iot:cn-north-1:ACCOUNT:thing/other --document 1 --region cn-north-1\n";
        check(&address, create, expected);
        address.thing_arn = Some("arn:aws-cn:iot:cn-north-1:1:thing/lamp".to_owned());
        let expected = "aws iot create-job --job-id J --targets arn:aws-cn:iot:cn-north-1:1:thing/other --document 1 --region cn-north-1\n";
        check(&address, create, expected);
        address.control_url = Some("http://127.0.0.1:1".to_owned());
        check(
            &address,
            "things",
            "AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws iot list-things --no-paginate --region cn-north-1 --endpoint-url http://127.0.0.1:1\n",
        );
        address.endpoint = Some(("host".to_owned(), 443));
        let keeps = "this local service keeps its CA";
        assert!(text(&Command::GetPendingJobExecutions, &address).contains(keeps));
        address.files = Some(Files {
            ca: None,
            cert: "a b.pem".into(),
            key: "k.pem".into(),
        });
        let pending = text(&Command::GetPendingJobExecutions, &address);
        let expected = "mosquitto_rr -h host -p 443 --tls-alpn x-amzn-mqtt-ca --tls-use-os-certs --cert 'a b.pem' --key k.pem -i test-mosquitto ";
        assert!(
            pending.starts_with(expected) && !pending.contains(keeps),
            "{pending}"
        );
    }
}
