//! `policy`: prints the policies that the sandbox needs on AWS, filled in, or checks whether one is enough for the sandbox.

mod control_plane;
mod filling;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::cli::{PolicyAction, PolicyArgs, PolicyKind, PolicyNames};
use crate::excerpt::excerpt;
use crate::not_json::{self, NotJson};
use crate::policy::{
    AccessRequest, AttachedThing, ConnectionContext, Decision, LENGTH_MAX, PolicyDocument,
    PolicyDocumentError, ResourceArns, evaluate,
};
use crate::policy_command::filling::control_plane_policy;
use crate::protocol::{
    EventName, JobId, JobRef, JobsTopic, Operation, Partition, ThingName, Topic, Verdict,
};

use crate::text::{self, NotText};

pub(crate) use crate::policy_command::filling::{Filling, device_policies, literal};

/// The largest policy file that is read, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

/// The job that stands for any job.
const ANY_JOB: &str = "Job1";

/// Why a policy was neither printed nor checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyCommandError {
    /// A name that would have another meaning in a policy.
    #[error("--{option} `{value}` is not allowed in a policy\ngive {expected}")]
    Name {
        option: &'static str,
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The names are not given.
    #[error(
        "the thing, the region and the account are missing\ngive --thing, --region and --account"
    )]
    NoNames,
    /// The file cannot be read.
    #[error("cannot read the policy file `{path}`: {source}\ncheck the path and the permissions")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the policy file `{path}` {source}\nsave it as UTF-8")]
    NotText { path: PathBuf, source: NotText },
    #[error("`{path}` is not JSON: {}\n{excerpt}\nhint: {}", .reason.what, .reason.hint)]
    NotJson {
        path: PathBuf,
        reason: NotJson,
        excerpt: String,
    },
    /// The file does not hold a policy.
    #[error(
        "`{path}` is not a policy that AWS IoT accepts: {source}\nsee https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html"
    )]
    NotAPolicy {
        path: PathBuf,
        source: PolicyDocumentError,
    },
}

impl PolicyCommandError {
    /// Whether the command line is at fault, rather than a file.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Name { .. } | Self::NoNames)
    }
}

/// The policies, or the result of a check; and whether everything is allowed.
pub(crate) fn run(args: &PolicyArgs) -> Result<(String, bool), PolicyCommandError> {
    Ok(match &args.action {
        Some(PolicyAction::Check { file, names }) => {
            check_names(names)?;
            check_file(file, names)?
        }
        None => {
            let names = args.names.as_ref().ok_or(PolicyCommandError::NoNames)?;
            check_names(names)?;
            (print(names, args.only), true)
        }
    })
}

fn check_names(names: &PolicyNames) -> Result<(), PolicyCommandError> {
    let PolicyNames {
        thing,
        region,
        account,
        client_id,
    } = names;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    for (option, value, is_fine, expected) in [
        (
            "thing",
            thing,
            is_of(thing, ":_-"),
            "a name of letters, digits, `:`, `_` and `-`",
        ),
        (
            "region",
            region,
            is_of(region, "-"),
            "one such as us-east-1",
        ),
        ("account", account, is_account, "twelve digits"),
        (
            "client-id",
            client_id,
            is_of(client_id, ":_-.*"),
            "letters, digits, `:`, `_`, `-`, `.`, and `*` for anything",
        ),
    ] {
        if !is_fine {
            let value = value.clone();
            return Err(PolicyCommandError::Name {
                option,
                value,
                expected,
            });
        }
    }
    Ok(())
}

/// Whether a text consists of letters, digits and these other characters.
fn is_of(text: &str, others: &str) -> bool {
    let is = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    !text.is_empty() && text.chars().all(is)
}

fn print(names: &PolicyNames, only: Option<PolicyKind>) -> String {
    let filling = Filling {
        region: &names.region,
        account: &names.account,
        thing: &names.thing,
        client_id: &names.client_id,
    };
    let device = device_policies(&filling);
    let control_plane = control_plane_policy(&filling);
    let texts: Vec<&str> = device.iter().map(|(_, text)| text.as_str()).collect();
    let device = texts.join("\n");
    match only {
        Some(PolicyKind::Device) => device,
        Some(PolicyKind::ControlPlane) => control_plane,
        None => {
            let parts = match texts.len() {
                0 | 1 => String::new(),
                parts => {
                    format!(
                        "# In {parts} parts, because AWS IoT accepts {LENGTH_MAX} characters each.\n"
                    )
                }
            };
            format!(
                "# AWS IoT policy of the device's certificate: aws iot create-policy, aws iot attach-policy\n\
                 {parts}{device}\n\
                 # IAM policy of the user or role that creates and deletes jobs: aws iam put-user-policy\n\
                 {control_plane}"
            )
        }
    }
}

fn check_file(path: &Path, names: &PolicyNames) -> Result<(String, bool), PolicyCommandError> {
    let unreadable = |source| PolicyCommandError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let mut bytes = Vec::new();
    source
        .take(FILE_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let text = text::decode(bytes).map_err(|source| PolicyCommandError::NotText {
        path: path.to_owned(),
        source,
    })?;
    let text = in_answer(&text).unwrap_or(text);
    not_json::read::<IgnoredAny>(&text).map_err(|reason| PolicyCommandError::NotJson {
        path: path.to_owned(),
        excerpt: excerpt(&text, reason.place),
        reason,
    })?;
    let document =
        PolicyDocument::parse(&text).map_err(|source| PolicyCommandError::NotAPolicy {
            path: path.to_owned(),
            source,
        })?;
    Ok(check(document, names))
}

/// The policy in what `aws iot get-policy`, `get-policy-version` and `create-policy` print, or in a JSON text of it.
/// <https://docs.aws.amazon.com/cli/latest/reference/iot/get-policy.html>
fn in_answer(text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    match json.get("policyDocument") {
        // Another tool has already parsed the text.
        Some(document @ Value::Object(_)) => Some(document.to_string()),
        Some(document) => document.as_str().map(ToOwned::to_owned),
        None => json.as_str().map(ToOwned::to_owned),
    }
}

/// Every use of the sandbox with the statement that decides on it, and whether all are allowed.
fn check(document: PolicyDocument, names: &PolicyNames) -> (String, bool) {
    // A client id to try: what `*` stands for does not matter.
    let client_id = names.client_id.replace('*', "x");
    let policies = [("this file", document)];
    let thing = AttachedThing {
        name: names.thing.clone(),
        ..AttachedThing::default()
    };
    let context = ConnectionContext::connection(&client_id, &[thing]);
    let partition = Partition::of(&names.region).name;
    let arns = ResourceArns::in_partition(partition, &names.region, &names.account);
    let mut text = String::new();
    let mut missing = 0;
    for (action, resource) in uses(&names.thing, &client_id) {
        let Some(arn) = arn_of(&arns, &resource) else {
            continue;
        };
        let request = AccessRequest {
            action,
            resource: &arn,
            context: &context,
        };
        let decision = evaluate(&policies, &request);
        let (mark, by) = verdict(&decision);
        missing += usize::from(!decision.is_allowed());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark:<8} {action:<14} {resource}: {by}");
    }
    let _ = match missing {
        0 => writeln!(
            text,
            "The policy allows everything that the sandbox does over MQTT."
        ),
        1 => writeln!(text, "1 of these is not allowed."),
        more => writeln!(text, "{more} of these are not allowed."),
    };
    (text, missing == 0)
}

/// The ARN of a resource that is written as in [`uses`].
fn arn_of(arns: &ResourceArns, resource: &str) -> Option<String> {
    match resource.split_once('/')? {
        ("client", id) => Some(arns.client(id)),
        ("topicfilter", filter) => Some(arns.topic_filter(filter)),
        (_, topic) => Some(arns.topic(topic)),
    }
}

/// A decision in one word, and the statement that decided.
fn verdict(decision: &Decision<'_>) -> (&'static str, String) {
    match decision {
        Decision::Allowed(by) => ("ok", statement(by.statement, by.sid)),
        Decision::Denied(by) => ("DENIED", statement(by.statement, by.sid)),
        Decision::NotAllowed => ("MISSING", "no statement allows it".to_owned()),
    }
}

fn statement(index: usize, sid: Option<&str>) -> String {
    match sid {
        Some(sid) => format!("statement {} ({sid})", index + 1),
        None => format!("statement {}", index + 1),
    }
}

/// What the sandbox does over MQTT: actions with the resources that they are on. `Job1` stands for any job.
fn uses(thing: &str, client_id: &str) -> Vec<(&'static str, String)> {
    let mut uses = vec![("iot:Connect", format!("client/{client_id}"))];
    let (Ok(thing), Ok(job)) = (ThingName::new(thing), JobId::new(ANY_JOB)) else {
        return uses;
    };
    for filter in JobsTopic::filters(&thing) {
        uses.push(("iot:Subscribe", format!("topicfilter/{filter}")));
    }
    let topic = |topic| {
        let thing = thing.clone();
        format!("topic/{}", JobsTopic { thing, topic })
    };
    let operations = [
        Operation::GetPendingJobExecutions,
        Operation::StartNextPendingJobExecution,
        Operation::DescribeJobExecution(JobRef::Next),
        Operation::DescribeJobExecution(JobRef::Id(job.clone())),
        Operation::UpdateJobExecution(job),
    ];
    for operation in &operations {
        uses.push(("iot:Publish", topic(Topic::Request(operation.clone()))));
    }
    for event in EventName::ALL {
        uses.push(("iot:Receive", topic(event.topic())));
    }
    for operation in operations {
        for verdict in [Verdict::Accepted, Verdict::Rejected] {
            uses.push((
                "iot:Receive",
                topic(Topic::Reply(operation.clone(), verdict)),
            ));
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(thing: &str, client_id: &str) -> PolicyNames {
        PolicyNames {
            thing: thing.to_owned(),
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
            client_id: client_id.to_owned(),
        }
    }

    fn checked(policy: &str, names: &PolicyNames) -> (String, bool) {
        check(PolicyDocument::parse(policy).expect("a policy"), names)
    }

    #[test]
    fn what_is_printed_passes_its_own_check() {
        // Also with names that look like the words that are replaced.
        for (thing, client_id) in [
            ("lamp", "test-*"),
            ("CLIENT_ID", "THING"),
            ("ACCOUNT", "REGION"),
        ] {
            let names = names(thing, client_id);
            let (text, is_fine) = checked(&print(&names, Some(PolicyKind::Device)), &names);
            assert!(is_fine, "{text}");
            assert_eq!(text.lines().count(), 1 + 6 + 5 + 2 + 10 + 1, "{text}");
            let json: Result<Value, _> =
                serde_json::from_str(&print(&names, Some(PolicyKind::ControlPlane)));
            assert!(json.is_ok());
        }
    }

    #[test]
    fn a_policy_is_found_in_what_the_aws_cli_prints() {
        let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
        for (text, expected) in [
            (policy.to_owned(), None),
            (
                json!({"policyName": "p", "policyArn": "a", "policyDocument": policy, "defaultVersionId": "1"}).to_string(),
                Some(policy),
            ),
            (
                json!({"policyArn": "a", "policyDocument": policy, "policyVersionId": "2", "isDefaultVersion": true}).to_string(),
                Some(policy),
            ),
            (json!(policy).to_string(), Some(policy)),
            (
                format!("{{\"policyDocument\":{policy}}}"),
                Some(policy),
            ),
            (json!({"policyDocument": 7}).to_string(), None),
            ("{".to_owned(), None),
        ] {
            assert_eq!(in_answer(&text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_allowed_is_shown_with_its_statement() {
        let policy = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["iot:Connect","iot:Subscribe","iot:Receive","iot:Publish"],"Resource":"*"},
            {"Sid":"NoUpdates","Effect":"Deny","Action":"iot:Publish","Resource":"arn:aws:iot:*:*:topic/*/update"}]}"#;
        let (text, is_fine) = checked(policy, &names("lamp", "test-*"));
        assert!(!is_fine);
        let denied: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("ok"))
            .collect();
        assert_eq!(
            denied,
            [
                "DENIED   iot:Publish    topic/$aws/things/lamp/jobs/Job1/update: statement 2 (NoUpdates)",
                "1 of these is not allowed."
            ]
        );
        let connect = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}"#;
        let (text, _) = checked(connect, &names("lamp", "test-*"));
        assert!(
            text.starts_with(
                "ok       iot:Connect    client/test-x: statement 1\nMISSING  iot:Subscribe"
            ),
            "{text}"
        );
        assert!(text.ends_with("23 of these are not allowed.\n"), "{text}");
    }

    #[test]
    fn a_policy_is_checked_against_the_arns_of_its_partition() {
        let names = |region: &str| PolicyNames {
            region: region.to_owned(),
            ..names("lamp", "test-*")
        };
        let of_china = print(&names("cn-north-1"), Some(PolicyKind::Device));
        assert!(checked(&of_china, &names("cn-north-1")).1);
        assert!(!checked(&of_china.replace("aws-cn", "aws"), &names("cn-north-1")).1);
    }

    #[test]
    fn a_file_that_is_not_json_is_shown_at_the_mistake() {
        let path = std::env::temp_dir().join(format!("policy-{}.json", std::process::id()));
        std::fs::write(&path, "{\n  \"Version\": \"2012-10-17\",\n}").expect("a file");
        let refused = check_file(&path, &names("lamp", "test-*")).expect_err("not JSON");
        let refused = refused.to_string();
        std::fs::remove_file(path).expect("a file");
        let (_, reason) = refused.split_once("` is not JSON: ").expect(&refused);
        assert!(
            reason.starts_with("a comma before `}` at line 3 column 1"),
            "{reason}"
        );
    }

    #[test]
    fn names_that_would_widen_a_policy_are_refused() {
        for (thing, client_id) in [
            ("*", "a"),
            ("a/b", "a"),
            ("a\"", "a"),
            ("", "a"),
            ("${iot:ClientId}", "a"),
            ("a", "a\""),
        ] {
            assert!(
                check_names(&names(thing, client_id)).is_err(),
                "{thing} {client_id}"
            );
        }
        assert!(check_names(&names("a:b_c-1", "test-*")).is_ok());
    }
}
