//! The service by text tables: `golden/service/*.txt` hold inputs and, indented below each, everything that comes back.
//!
//! ```text
//! new                                    a service that knows the things T and U
//! at 1719940632                          the clock; `+60` moves it on, timers run out on the way
//! mqtt THING REST-OF-TOPIC PAYLOAD       what a device publishes
//! deletion SECONDS                       how long a deletion takes from here on
//! principal ARN                          what `x-amzn-principal` and `x-amzn-iot-principal` say from here on
//! policy NAME                            what `x-amzn-iot-policy` says from here on
//! unreadable WHY                         the next certificate that is given cannot be used
//! http METHOD PATH[?QUERY] BODY          what the control plane is asked
//! data METHOD PATH[?QUERY] BODY          what a device asks over HTTP
//! s3 METHOD PATH[?QUERY] BODY            what a client asks of objects; `a: b|c: d|` before the body are headers
//! fetch METHOD [BODY]                    what a device sends to the last presigned URL
//! ```
//!
//! `TOKEN` stands for the security token of a URL.
//!
//! `CERT1` stands for the id of the first certificate that was created, and so on; `NEXT` for the token of the last page.
//!
//! `UPDATE_GOLDEN=1 cargo test` writes what came back into the files; read the difference before you commit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jobs_sandbox::protocol::{EpochMillis, ThingName};
use jobs_sandbox::service::{
    Extras, HttpRequest, MEMBER_HEADERS, NewCertificate, ObjectBody, ObjectHead, ObjectRequest,
    ObjectResponse, Service, ServiceIdentity, ServiceMessage, WantedCertificate,
};

/// Compares a file with what it should hold.
pub(crate) fn check_golden(path: &Path, actual: &str) {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        // A file that is right is left alone: another test may be reading it.
        if actual != expected {
            std::fs::write(path, actual).expect("golden file can be written");
        }
        return;
    }
    for (number, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(actual, expected, "{}:{}", path.display(), number + 1);
    }
    assert_eq!(
        actual.lines().count(),
        expected.lines().count(),
        "length of {}",
        path.display()
    );
}

pub(crate) fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/golden")
        .join(name)
}

pub(crate) fn identity() -> ServiceIdentity {
    ServiceIdentity {
        region: "us-east-1".to_owned(),
        account: "123456789012".to_owned(),
        endpoint: "localhost".to_owned(),
        object_url: "http://localhost:8880".to_owned(),
        seed: 7,
    }
}

/// Takes any JSON for a policy.
pub(crate) fn with_policy_check(service: Service) -> Service {
    service.with_policy_check(|text| {
        serde_json::from_str::<serde_json::Value>(text)
            .map(|_| ())
            .map_err(|error| error.to_string())
    })
}

fn new_service() -> Service {
    let mut service = with_policy_check(Service::new(identity()));
    for thing in ["T", "U"] {
        service.register_thing(
            EpochMillis(0),
            &ThingName::new(thing).expect("a thing name"),
        );
    }
    service
}

/// Runs the inputs of a script on one service.
pub(crate) fn played(script: &str) -> String {
    run(script, |service| service)
}

/// Runs the inputs of a script and returns the script with what comes back. `between` may exchange the service before each.
fn run(script: &str, mut between: impl FnMut(Service) -> Service) -> String {
    let mut service = new_service();
    let mut extras = Extras::default();
    let mut certificates = 0;
    let mut unreadable = None;
    let mut next = String::new();
    let mut url = String::new();
    let mut now = EpochMillis(1_000_000);
    let mut deletion_time = Duration::ZERO;
    let mut text = String::new();
    for line in script.lines() {
        if line.starts_with(' ') {
            continue;
        }
        text.push_str(line);
        text.push('\n');
        service = between(service).with_deletion_time(deletion_time);
        let before = text.len();
        let mut words = line.splitn(4, ' ');
        match words.next() {
            Some("new") => service = new_service(),
            Some("at") => {
                let time = words.next().expect("a time");
                let seconds = |text: &str| text.parse::<u64>().expect("seconds");
                now = match time.strip_prefix('+') {
                    Some(more) => EpochMillis(now.0 + seconds(more) * 1000),
                    None => EpochMillis(seconds(time) * 1000),
                };
                print(&mut text, &service.handle_timeout(now));
            }
            Some("deletion") => {
                let seconds = words.next().expect("seconds");
                deletion_time = Duration::from_secs(seconds.parse().expect("seconds"));
            }
            Some("principal") => {
                let arn = with_certificates(words.next().expect("an ARN"));
                let names = MEMBER_HEADERS
                    .into_iter()
                    .filter(|it| it.ends_with("principal"));
                extras.headers.extend(names.map(|name| (name, arn.clone())));
            }
            Some("policy") => {
                let name = words.next().expect("a name");
                extras.headers.insert("x-amzn-iot-policy", name.to_owned());
            }
            Some("unreadable") => {
                unreadable = line.split_once(' ').map(|(_, why)| why.to_owned());
            }
            Some("mqtt") => {
                let topic = format!(
                    "$aws/things/{}/jobs/{}",
                    words.next().expect("thing"),
                    words.next().expect("topic")
                );
                let payload = words.next().unwrap_or_default().as_bytes();
                let outcome = service.handle_device(now, &topic, topic.parse(), payload);
                print(&mut text, outcome.reply.as_slice());
                print(&mut text, &outcome.notifications);
            }
            Some(plane @ ("http" | "data")) => {
                let method = words.next().expect("method").to_owned();
                let target = words.next().expect("path");
                let target = with_certificates(target).replace("=NEXT", &format!("={next}"));
                let (path, query) = target.split_once('?').unwrap_or((&target, ""));
                let body = with_certificates(words.next().unwrap_or_default()).into_bytes();
                let request = HttpRequest {
                    method,
                    path: path.to_owned(),
                    query: query.to_owned(),
                    body,
                };
                extras.certificate = WantedCertificate::of(&request)
                    .map(|wanted| provide(&wanted, &mut certificates, unreadable.take()));
                let outcome = if plane == "http" {
                    service.handle_control_plane(now, &request, &extras)
                } else {
                    service.handle_data_plane(now, &request)
                };
                let body = String::from_utf8(outcome.reply.body).expect("UTF-8");
                if let Some(token) = token(&body) {
                    next = token;
                }
                let body = (1..=9).fold(body, |body, number| {
                    body.replace(&certificate_id(number), &format!("CERT{number}"))
                });
                let line = format!(
                    "  {} {} {body}",
                    outcome.reply.status,
                    outcome.reply.error.unwrap_or_default()
                );
                writeln!(
                    text,
                    "  {}",
                    line.split_whitespace().collect::<Vec<_>>().join(" ")
                )
                .expect("a string");
                print(&mut text, &outcome.notifications);
            }
            Some(kind @ ("s3" | "fetch")) => {
                let method = words.next().expect("method");
                let target = if kind == "s3" {
                    words.next().expect("path").to_owned()
                } else {
                    url.clone()
                };
                let rest: Vec<&str> = words.collect();
                let has_authorization = kind == "s3" && !target.contains("X-Amz-");
                let request = object_request(method, &target, &rest.join(" "), has_authorization);
                let answer =
                    request.map_or_else(|refusal| refusal, |it| service.handle_objects(now, &it));
                write_object(&mut text, &answer);
            }
            _ => assert!(line.is_empty() || line.starts_with('#'), "no input: {line}"),
        }
        let answer = text.split_off(before);
        url = last_url(&answer).unwrap_or(url);
        text.push_str(&without_tokens(&answer));
    }
    text
}

/// A text without the tokens of presigned URLs, which are long.
fn without_tokens(text: &str) -> String {
    let mut parts = text.split("X-Amz-Security-Token=");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_hexdigit());
        let (token, rest) = part.split_at(end.unwrap_or(part.len()));
        assert_eq!(token.len(), 1024, "{token}");
        short.push_str("X-Amz-Security-Token=TOKEN");
        short.push_str(rest);
    }
    short
}

/// A request for objects, signed with a header or in its URL.
fn object_request(
    method: &str,
    target: &str,
    rest: &str,
    has_authorization: bool,
) -> Result<ObjectRequest, ObjectResponse> {
    let mut headers = BTreeMap::from([("host".to_owned(), "localhost:8880".to_owned())]);
    if has_authorization {
        headers.insert("authorization".to_owned(), "any".to_owned());
    }
    let mut body = rest;
    while let Some((header, after)) = body.split_once('|') {
        let (name, value) = header.split_once(": ").expect("a header");
        headers.insert(name.to_owned(), value.to_owned());
        body = after;
    }
    let target = target
        .strip_prefix(&identity().object_url)
        .unwrap_or(target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let head = ObjectHead {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        id: "ID".to_owned(),
    };
    ObjectRequest::read(head, body.replace("\\r\\n", "\r\n").into_bytes())
}

/// The status, the headers and the body.
fn write_object(text: &mut String, answer: &ObjectResponse) {
    let headers = answer.headers.iter();
    let headers: Vec<String> = headers
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let body = match &answer.body {
        ObjectBody::Text(text) => text.clone(),
        ObjectBody::Part(object, part) => object.part(part),
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let body = body.strip_prefix(start).unwrap_or(&body);
    writeln!(text, "  {} {}", answer.status, headers.join("; ")).expect("a string");
    if !body.is_empty() {
        writeln!(text, "  {body}").expect("a string");
    }
}

/// The last presigned URL of a text.
fn last_url(text: &str) -> Option<String> {
    let at = text.rfind(&identity().object_url)?;
    text[at..].split(['"', '\\']).next().map(str::to_owned)
}

/// The token of the next page, if there is one.
fn token(body: &str) -> Option<String> {
    let page: serde_json::Value = serde_json::from_str(body).ok()?;
    let token = page.get("nextToken").or_else(|| page.get("nextMarker"))?;
    Some(token.as_str()?.to_owned())
}

pub(crate) fn certificate_id(number: u8) -> String {
    format!("{number:064x}")
}

fn with_certificates(text: &str) -> String {
    (1..=9).fold(text.to_owned(), |text, number| {
        text.replace(&format!("CERT{number}"), &certificate_id(number))
    })
}

/// What stands in for the certificate of a request. A certificate that exists is a number.
pub(crate) fn provide(
    wanted: &WantedCertificate,
    last: &mut u8,
    unreadable: Option<String>,
) -> Result<NewCertificate, String> {
    if let Some(why) = unreadable {
        return Err(why);
    }
    if let WantedCertificate::Existing(number) = wanted {
        *last = number.parse().expect("a number");
    } else {
        *last += 1;
    }
    Ok(certificate(*last))
}

pub(crate) fn certificate(number: u8) -> NewCertificate {
    NewCertificate {
        certificate_id: certificate_id(number),
        certificate_pem: format!("pem {number}"),
        public_key_pem: format!("public {number}"),
        private_key_pem: format!("private {number}"),
        not_before: EpochMillis(0),
        not_after: EpochMillis(31_536_000_000),
    }
}

fn print(text: &mut String, messages: &[ServiceMessage]) {
    for message in messages {
        let topic = message
            .topic
            .strip_prefix("$aws/things/")
            .unwrap_or(&message.topic);
        writeln!(
            text,
            "  {topic} {}",
            String::from_utf8_lossy(&message.payload)
        )
        .expect("a string");
    }
}

#[test]
fn every_script_gets_what_it_should() {
    check_scripts("service", |script| run(script, |service| service));
}

#[test]
fn every_script_gets_the_same_from_a_service_that_is_saved_and_restored_before_each_line() {
    check_scripts("service", |script| {
        run(script, |service| {
            let restored = Service::restore(identity(), &service.save());
            with_policy_check(restored.expect("a state"))
        })
    });
}

/// Runs each script of a folder, and compares it with itself and what comes back.
pub(crate) fn check_scripts(folder: &str, run: impl Fn(&str) -> String) {
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(golden(folder))
        .expect("the folder of scripts")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 5, "{scripts:?}");
    for path in scripts {
        let script = std::fs::read_to_string(&path).expect("a script");
        check_golden(&path, &run(&script));
    }
}

#[test]
fn the_state_machine_is_the_printed_matrix() {
    check_golden(
        &golden("transitions.txt"),
        &jobs_sandbox::service::transition_matrix(),
    );
}

#[test]
fn a_document_has_32768_characters_at_most() {
    let request = |job: &str, characters: usize| {
        // In characters, not in bytes: each of these has two.
        let document = format!("\"{}\"", "é".repeat(characters - 2));
        let targets = [identity().arn("thing/T")];
        let body = serde_json::json!({ "targets": targets, "document": document });
        HttpRequest::new("PUT", &format!("/jobs/{job}"), &body)
    };
    let mut service = new_service();
    for (job, characters, status) in [("fits", 32_768, 200), ("too-long", 32_769, 400)] {
        let outcome = service.handle_control_plane(
            EpochMillis(0),
            &request(job, characters),
            &Extras::default(),
        );
        assert_eq!(outcome.reply.status, status, "{job}");
    }
}

fn put_job(service: &mut Service, job: &str, targets: &[String]) -> u16 {
    let body = serde_json::json!({ "targets": targets, "document": "{}" });
    let request = HttpRequest::new("PUT", &format!("/jobs/{job}"), &body);
    let outcome = service.handle_control_plane(EpochMillis(0), &request, &Extras::default());
    outcome.reply.status
}

/// The ARNs of this many existing things.
fn things(service: &mut Service, number: usize) -> Vec<String> {
    let name = |number| format!("thing-{number}");
    let arn = |number| {
        let name = name(number);
        service.register_thing(
            EpochMillis(0),
            &ThingName::new(&name).expect("a thing name"),
        );
        identity().arn(&format!("thing/{name}"))
    };
    (0..number).map(arn).collect()
}

/// Statement A4. Without a configuration a rollout reaches 1000 things per minute.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
#[test]
fn a_rollout_reaches_1000_things_per_minute() {
    let mut service = new_service();
    let mut control = |method: &str, path: &str, body: serde_json::Value| {
        let request = HttpRequest::new(method, path, &body);
        let outcome = service.handle_control_plane(EpochMillis(0), &request, &Extras::default());
        assert_eq!(outcome.reply.status, 200, "{path}");
        outcome.notifications.len()
    };
    control("POST", "/thing-groups/G", serde_json::json!({}));
    for number in 0..1010 {
        let name = format!("thing-{number}");
        control("POST", &format!("/things/{name}"), serde_json::json!({}));
        let member = serde_json::json!({ "thingGroupName": "G", "thingName": name });
        control("PUT", "/thing-groups/addThingToThingGroup", member);
    }
    let job = serde_json::json!({ "targets": [identity().arn("thinggroup/G")], "document": "{}" });
    // Two events for each.
    assert_eq!(control("PUT", "/jobs/J", job), 2 * 1000);
    assert_eq!(service.handle_timeout(EpochMillis(59_999)).len(), 0);
    assert_eq!(service.handle_timeout(EpochMillis(60_000)).len(), 2 * 10);
}

/// Statement E11. A job has 100 targets at most.
/// <https://docs.aws.amazon.com/iot/latest/apireference/API_AssociateTargetsWithJob.html>
#[test]
fn a_job_has_100_targets_at_most() {
    let mut service = new_service();
    let arns = things(&mut service, 101);
    assert_eq!(put_job(&mut service, "many", &arns), 400);
    assert_eq!(put_job(&mut service, "most", &arns[..100]), 200);
}

/// The statements that a text covers: `Statement A8.` at the start of a comment.
fn statements(text: &str) -> BTreeSet<String> {
    let ids = text.lines().filter_map(|line| {
        let comment = line.trim_start_matches(['#', '/']).trim_start();
        let (id, _) = comment.strip_prefix("Statement ")?.split_once('.')?;
        Some(id.to_owned())
    });
    ids.collect()
}

/// Statements of AWS's documentation that the service is held to: A about how jobs go, B4 and B25 to B28 about limits and
/// names, E and F about requests. `src/core/local/tests/checks.rs` runs some of the scripts over sockets.
#[test]
fn every_statement_has_a_test() {
    let read = |path: PathBuf| std::fs::read_to_string(&path).expect("a file");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sockets = read(here.join("src/core/local/tests/checks.rs"));
    let (mut found, mut over_sockets) = (statements(include_str!("service.rs")), 0);
    for script in [
        "statements-jobs",
        "statements-requests",
        "statements-schedule",
    ] {
        let ids = statements(&read(golden(&format!("service/{script}.txt"))));
        if sockets.contains(&format!("\"{script}\"")) {
            over_sockets += ids.len();
        }
        found.extend(ids);
    }
    let ids = |letter: char, numbers: std::ops::RangeInclusive<u32>| {
        numbers.map(move |number| format!("{letter}{number}"))
    };
    let expected: BTreeSet<String> = ids('A', 1..=28)
        .chain(ids('B', 4..=4))
        .chain(ids('B', 25..=28))
        .chain(ids('E', 1..=13))
        .chain(ids('F', 1..=5))
        .collect();
    assert_eq!(found, expected);
    assert!(3 * over_sockets >= expected.len(), "{over_sockets}");
}

/// The rows that a text covers: `Row 8.`, `Rows 2 to 6, 9 and 18.` at the start of a comment.
fn rows(text: &str) -> BTreeSet<u32> {
    let comments = text.lines().filter_map(|line| {
        let comment = line
            .trim_start()
            .trim_start_matches(['#', '/'])
            .trim_start();
        comment
            .strip_prefix("Rows ")
            .or_else(|| comment.strip_prefix("Row "))
    });
    let mut rows = BTreeSet::new();
    for comment in comments {
        let sentence = comment.split(['.', ':']).next().unwrap_or_default();
        let mut is_range = false;
        for word in sentence.split([' ', ',']).filter(|word| !word.is_empty()) {
            match word.parse::<u32>() {
                Ok(row) if is_range => {
                    let first = rows.last().copied().unwrap_or(row);
                    rows.extend(first..=row);
                }
                Ok(row) => {
                    rows.insert(row);
                }
                Err(_) if word == "and" || word == "to" => {}
                Err(_) => break,
            }
            is_range = word == "to";
        }
    }
    rows
}

#[test]
fn a_comment_says_its_rows() {
    for (text, expected) in [
        ("# Row 8. One, 9.", vec![8]),
        ("  /// Rows 2 to 4, 6 and 7.", vec![2, 3, 4, 6, 7]),
        ("/// Row 101: what 5 clients offer", vec![101]),
        ("# Row 62, too, if 3", vec![62]),
        ("/// Rows 107, 108 and 109, beside 7", vec![107, 108, 109]),
        ("let row = 5; // as Row 3", vec![]),
    ] {
        assert_eq!(
            rows(text).into_iter().collect::<Vec<_>>(),
            expected,
            "{text}"
        );
    }
}

/// The list of checks that the service is held to has 112 rows. `src/core/local/tests/checks.rs` runs the scripts named here over
/// sockets, and everything else in its folder is over sockets as well.
#[test]
fn every_row_of_the_checks_has_a_test() {
    let read = |path: PathBuf| std::fs::read_to_string(&path).expect("a file");
    let core: BTreeSet<u32> = ["device", "events", "control", "data"]
        .iter()
        .flat_map(|part| rows(&read(golden(&format!("service/checks-{part}.txt")))))
        .collect();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core/local/tests");
    let sockets: BTreeSet<u32> = std::fs::read_dir(tests)
        .expect("the folder of tests")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .flat_map(|path| rows(&read(path)))
        .collect();
    let all: BTreeSet<u32> = (1..=112).collect();
    let found: BTreeSet<u32> = core.union(&sockets).copied().collect();
    assert_eq!(
        all.difference(&found).collect::<Vec<_>>(),
        Vec::<&u32>::new()
    );
    assert_eq!(
        found.difference(&all).collect::<Vec<_>>(),
        Vec::<&u32>::new()
    );
    // What is about jobs is in the core, what is about connections is not.
    let connections: Vec<u32> = (2..=9).chain([18, 74, 75]).chain(101..=112).collect();
    let outside: Vec<u32> = all.difference(&core).copied().collect();
    assert_eq!(outside, connections);
}
