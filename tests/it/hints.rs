//! The next step after a refusal: what a session shows, in `golden/hints.txt`, and that no refusal of the service is without one.
//!
//! ```text
//! > COMMAND          what an operator types into one session after the other; only errors are shown
//! certificate        CERT1 is the id of a new certificate, and so on
//! advance SECONDS    moves the clock of the service, where a deletion takes 30 seconds
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use jobs_sandbox::control::operations::{about, abouts};
use jobs_sandbox::repl::input::grammar;
use jobs_sandbox::repl::output::hints;
use jobs_sandbox::service::operation_name;
use serde_json::{Value, json};

use crate::service::{check_golden, golden, played};
use crate::test_service::{TestService, run};

/// A table of commands on its way through the program.
struct Table {
    service: TestService,
    /// The commands that were read and are not typed yet.
    typed: Vec<String>,
    certificates: Vec<String>,
    out: String,
}

impl Table {
    /// Types the commands into a session.
    fn flush(&mut self) {
        let mut script = String::new();
        for line in self.typed.drain(..) {
            let ids = self.certificates.iter().enumerate();
            let line = ids.fold(line, |line, (at, id)| {
                line.replace(&format!("CERT{}", at + 1), id)
            });
            writeln!(script, "{line}").expect("a string");
        }
        let port = self.service.local.mqtt_address().port();
        let mut command = self.service.command(&[], port);
        let command = command.args(["--keep-going", "--output", "jsonl", "-f", "-"]);
        let ended = run(command, &script);
        let shown = ended
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect(line));
        let errors: Vec<Value> = shown.filter(|it: &Value| it["type"] == "error").collect();
        for (at, line) in script.lines().enumerate() {
            writeln!(self.out, "> {line}").expect("a string");
            let of_line = errors.iter().filter(|error| error["line"] == json!(at + 1));
            for error in of_line {
                let text = error["message"].as_str().expect("a message");
                writeln!(self.out, "    {}", text.replace('\n', "\n    ")).expect("a string");
            }
        }
        let ids = self.certificates.iter().enumerate();
        self.out = ids.fold(std::mem::take(&mut self.out), |out, (at, id)| {
            out.replace(id, &format!("CERT{}", at + 1))
        });
    }

    fn read(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("> ") {
            self.typed.push(command.to_owned());
            return;
        }
        if !self.typed.is_empty() {
            self.flush();
        }
        self.out.extend([line, "\n"]);
        let local = &self.service.local;
        match line.split_once(' ').unwrap_or((line, "")) {
            ("certificate", _) => {
                let path = "/keys-and-certificate?setAsActive=true";
                let (_, made) = local.control("POST", path, &json!({}));
                let id = made["certificateId"].as_str().expect("an id");
                self.certificates.push(id.to_owned());
            }
            ("advance", seconds) => {
                local.advance_clock(Duration::from_secs(seconds.parse().expect("seconds")));
            }
            (word, _) => assert!(word.is_empty() || word == "#", "no input: {line}"),
        }
    }
}

#[test]
fn a_session_shows_the_next_step_after_a_refusal() {
    let file = golden("hints.txt");
    let text = std::fs::read_to_string(&file).expect("the table");
    let mut table = Table {
        service: TestService::with_deletion_time("hints", Duration::from_secs(30)),
        typed: Vec::new(),
        certificates: Vec::new(),
        out: String::new(),
    };
    for line in text.lines().filter(|line| !line.starts_with("    ")) {
        table.read(line);
    }
    table.flush();
    check_golden(&file, &table.out);
}

/// A refusal of the service: the operation, the exception, the message.
type Refusal = (&'static str, String, String);

/// All refusals of operations of the program in the tables of the service, and those at its limits.
fn refusals() -> BTreeSet<Refusal> {
    let files = std::fs::read_dir(golden("service")).expect("the tables");
    let tables = files.map(|file| std::fs::read_to_string(file.expect("a table").path()));
    let tables = tables.map(|text| text.expect("a table"));
    let limits = played(&at_the_limits());
    let mut refusals = BTreeSet::new();
    for text in tables.chain([limits]) {
        let mut operation = None;
        for line in text.lines() {
            if line.starts_with(' ') {
                refusals.extend(operation.and_then(|operation| refusal(operation, line)));
            } else {
                operation = operation_of(line);
            }
        }
    }
    refusals
}

/// The operation of the program that an input of a table is, if it is one.
fn operation_of(input: &str) -> Option<&'static str> {
    let mut words = input.strip_prefix("http ")?.split(' ');
    let (method, target) = words.next().zip(words.next())?;
    let operation = operation_name(method, target.split('?').next()?)?;
    about(operation).map(|about| about.name)
}

fn refusal(operation: &'static str, answer: &str) -> Option<Refusal> {
    let answer: Vec<&str> = answer.trim_start().splitn(3, ' ').collect();
    let &[status, exception, body] = answer.as_slice() else {
        return None;
    };
    status.parse::<u16>().ok().filter(|status| *status >= 400)?;
    let body: Value = serde_json::from_str(body).expect(body);
    let message = body["message"].as_str().expect("a message");
    Some((operation, exception.to_owned(), message.to_owned()))
}

/// Inputs that go beyond what the service allows, too long for a table.
fn at_the_limits() -> String {
    let mut script = String::new();
    let mut http = |method: &str, path: String, body: Value| {
        writeln!(script, "http {method} {path} {body}").expect("a string");
    };
    let arn = |resource: String| format!("arn:aws:iot:us-east-1:123456789012:{resource}");
    let attributes = |number: usize| {
        let all = (0..number).map(|at| (format!("a{at}"), json!("b")));
        json!({ "attributes": all.collect::<Value>() })
    };
    let targets: Vec<String> = (0..101).map(|at| arn(format!("thing/t{at}"))).collect();
    for at in 0..101 {
        http("POST", format!("/things/t{at}"), json!({}));
    }
    let job = |targets: &[String]| json!({ "document": "{}", "targets": targets, "targetSelection": "CONTINUOUS" });
    http("PUT", "/jobs/many".to_owned(), job(&targets));
    http("PUT", "/jobs/full".to_owned(), job(&targets[1..]));
    http(
        "POST",
        "/jobs/full/targets".to_owned(),
        json!({ "targets": targets }),
    );
    http(
        "POST",
        "/jobs/full/targets".to_owned(),
        json!({ "targets": targets[..1] }),
    );
    let properties = json!({ "attributePayload": attributes(51) });
    http(
        "POST",
        "/thing-groups/wide".to_owned(),
        json!({ "thingGroupProperties": properties }),
    );
    http("POST", "/thing-types/type".to_owned(), json!({}));
    let typed = json!({ "thingTypeName": "type", "attributePayload": attributes(51) });
    http("POST", "/things/wide".to_owned(), typed);
    let propagating = json!({ "userPropertyKey": "k", "thingAttribute": "a" });
    let configuration = json!({ "propagatingAttributes": vec![propagating; 21] });
    let properties = json!({ "mqtt5Configuration": configuration });
    http(
        "POST",
        "/thing-types/wide".to_owned(),
        json!({ "thingTypeProperties": properties }),
    );
    http("POST", "/thing-groups/parent".to_owned(), json!({}));
    http("POST", "/keys-and-certificate".to_owned(), json!({}));
    for at in 0..101 {
        http(
            "POST",
            format!("/thing-groups/child{at}"),
            json!({ "parentGroupName": "parent" }),
        );
        let query = json!({ "queryString": "thingName:none" });
        http("POST", format!("/dynamic-thing-groups/query{at}"), query);
        http(
            "POST",
            format!("/policies/p{at}"),
            json!({ "policyDocument": "{}" }),
        );
        let target = json!({ "target": arn("cert/CERT1".to_owned()) });
        http("PUT", format!("/target-policies/p{at}"), target);
    }
    let source = "https://s3.amazonaws.com/bucket/large";
    let large = " ".repeat(40_000);
    writeln!(script, "s3 PUT /bucket\ns3 PUT /bucket/large {large}").expect("a string");
    let job = json!({ "documentSource": source, "targets": targets[..1] });
    writeln!(script, "http PUT /jobs/large {job}").expect("a string");
    script
}

/// Whether no command of the program can lead to a refusal, or the usual hint is all there is to say.
fn is_impossible(exception: &str, message: &str) -> bool {
    let texts = ["can not be converted to", "The body of the request is not"];
    exception == "NotEmulatedException" || texts.iter().any(|text| message.contains(text))
}

#[test]
fn every_refusal_of_the_service_has_a_next_step_of_its_own() {
    let refusals = refusals();
    assert!(refusals.len() > 200, "only {}", refusals.len());
    let mut shown = BTreeSet::new();
    let mut usual = Vec::new();
    for (operation, exception, message) in &refusals {
        let hint = hints::of_exception(exception, operation, message).expect(message);
        let fallback = hints::of_exception(exception, "", "");
        if Some(&hint) == fallback.as_ref() && !is_impossible(exception, message) {
            usual.push(format!("{operation}: {exception}: {message}"));
        }
        assert!(hint.chars().count() <= 120, "{hint}");
        shown.insert(hint.into_owned());
    }
    assert!(
        usual.is_empty(),
        "only the usual hint:\n{}",
        usual.join("\n")
    );
    let table = std::fs::read_to_string(golden("hints.txt")).expect("the table");
    let unused: Vec<&str> = hints::of_messages()
        .filter(|hint| !shown.contains(*hint) && !table.contains(*hint))
        .collect();
    assert!(unused.is_empty(), "of no refusal:\n{}", unused.join("\n"));
}

/// The commands in a hint exist, and so do their flags.
#[test]
fn hints_name_commands_and_flags_that_exist() {
    let of_operations = abouts()
        .flat_map(|about| about.hints)
        .map(|(_, hint)| *hint);
    for hint in hints::of_messages().chain(of_operations) {
        let mut commands = Vec::new();
        for quoted in hint.split('`').skip(1).step_by(2) {
            let name = quoted.split(' ').next().unwrap_or_default();
            let entry = grammar::entry(name);
            assert!(
                entry.is_some() || ["jobs-sandbox", "openssl"].contains(&name),
                "{hint}"
            );
            commands.extend(entry);
        }
        for flag in hint
            .split([' ', '`', ';', ',', ':', ')'])
            .filter_map(|it| it.strip_prefix("--"))
        {
            let has = |entry: &clap::Command| {
                let mut flags = entry.get_arguments();
                flags.any(|arg| {
                    let aliases = arg.get_visible_aliases().unwrap_or_default();
                    arg.get_long() == Some(flag) || aliases.contains(&flag)
                })
            };
            assert!(
                grammar::table().get_subcommands().any(has),
                "--{flag}: {hint}"
            );
        }
    }
}
