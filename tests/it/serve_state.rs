//! `serve` and sessions that keep their state in a file: killed at any moment, and started again.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::random::Random;
use crate::serve::{FREE_PORTS, Folder, Serve, check_error, finish, program, session};

/// How often it is killed.
const ROUNDS: usize = 20;

/// What each job has to carry, so that snapshots are written as well.
const DOCUMENT_CHARACTERS: usize = 20_000;

fn start(file: &Path) -> Serve {
    let file = file.to_str().expect("a path");
    let options = ["--thing", "lamp", "--state", file];
    Serve::start_as(&mut program(), &options, Stdio::inherit())
}

/// A connection to the control plane.
pub(crate) struct Control(TcpStream);

impl Control {
    pub(crate) fn of(serve: &Serve) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", serve.port("httpPort")));
        Self(stream.expect("the HTTP port"))
    }

    /// The status and the body of the answer; `None` if the service ends before.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=any/20261122/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        let mut part = [0; 16 * 1024];
        loop {
            let count = self.0.read(&mut part).ok().filter(|count| *count > 0)?;
            answer.extend_from_slice(&part[..count]);
            let Some(head) = answer.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
            let length = text.split("content-length: ").nth(1)?;
            let length: usize = length.split("\r\n").next()?.parse().expect("a length");
            if answer.len() == head + 4 + length {
                let status = text.split(' ').nth(1)?.parse().expect("a status");
                let body = serde_json::from_slice(&answer[head + 4..]).unwrap_or_default();
                return Some((status, body));
            }
        }
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, "").expect("an answer");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The numbers of all jobs, in order.
    fn jobs(&mut self) -> Vec<usize> {
        let mut numbers = Vec::new();
        let mut token = String::new();
        loop {
            let page = self.get(&format!("/jobs?maxResults=250{token}"));
            let jobs = page["jobs"].as_array().expect("jobs");
            numbers.extend(jobs.iter().map(|job| {
                let id = job["jobId"].as_str().expect("an id");
                id.strip_prefix('J')
                    .and_then(|id| id.parse::<usize>().ok())
                    .expect("a number")
            }));
            match page["nextToken"].as_str() {
                Some(next) => token = format!("&nextToken={next}"),
                None => break,
            }
        }
        numbers.sort_unstable();
        numbers
    }
}

fn create_job(control: &mut Control, number: usize) -> Option<(u16, Value)> {
    let document = json!({ "text": "x".repeat(DOCUMENT_CHARACTERS) });
    let body = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/lamp"],
        "document": document.to_string(),
    });
    control.call("PUT", &format!("/jobs/J{number}"), &body.to_string())
}

/// Whether the file has the job. It grows while this test, which is not optimised, would search it.
fn has_job(file: &Path, number: usize) -> bool {
    let job = format!("\"job/J{number}\":");
    let found = Command::new("grep").args(["-qF", &job]).arg(file).status();
    found.expect("grep runs").success()
}

/// Creates jobs until the service is killed, which happens as soon as the file has one of them; returns which one, and the last
/// one that was asked for.
fn kill_while_jobs_are_created(
    serve: Serve,
    file: &Path,
    first: usize,
    more: usize,
) -> (usize, usize) {
    let mut control = Control::of(&serve);
    let asked = Arc::new(AtomicUsize::new(first));
    let of_thread = Arc::clone(&asked);
    let flood = std::thread::spawn(move || {
        for number in first.. {
            of_thread.store(number, Ordering::SeqCst);
            if create_job(&mut control, number).is_none() {
                break;
            }
        }
    });
    let begun = Instant::now();
    while !has_job(file, first + more) {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "the jobs are not kept"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    serve.end("-KILL");
    flood.join().expect("it ends");
    (first + more, asked.load(Ordering::SeqCst))
}

#[test]
fn killed_at_any_moment_it_has_what_was_kept_and_nothing_by_half() {
    let folder = Folder::new("state-killed");
    let file = folder.0.join("state");
    let mut random = Random::new(7);
    let (mut kept, mut asked) = (0, 0);
    for round in 0..ROUNDS {
        let serve = start(&file);
        let mut control = Control::of(&serve);
        let jobs = control.jobs();
        // All up to one of those that were asked for after the one that was seen in the file.
        let missing = (1..).zip(&jobs).find(|(number, job)| number != *job);
        assert_eq!(missing, None, "round {round}");
        assert!(
            (kept..=asked).contains(&jobs.len()),
            "round {round}: {kept} {} {asked}",
            jobs.len()
        );
        for number in jobs.iter().rev().take(3) {
            let executions = control.get(&format!("/jobs/J{number}/things"));
            let executions = executions["executionSummaries"].as_array().expect("a list");
            assert_eq!(executions.len(), 1, "round {round}, job {number}");
            let job = control.get(&format!("/jobs/J{number}"));
            assert_eq!(job["job"]["jobProcessDetails"]["numberOfQueuedThings"], 1);
        }
        let first = jobs.len() + 1;
        (kept, asked) = kill_while_jobs_are_created(serve, &file, first, random.below(60));
    }
    // Snapshots have replaced what was appended: a job is there more than once only if it has changed.
    let names: Vec<_> = fs::read_dir(&folder.0).expect("a folder").collect();
    assert!(names.len() <= 2, "{names:?}");
}

#[test]
fn a_device_and_an_operator_go_on_after_it_was_killed() {
    let folder = Folder::new("state-session");
    let file = folder.0.join("state");
    let serve = start(&file);
    let (ca, cert) = ("caFile", "certFile");
    let before = [ca, cert, "keyFile"].map(|name| fs::read(serve.text(name)).expect(name));
    let output = session(&serve, "create-job Job1 {\"operation\": \"blink\"}\nnext\n");
    assert_eq!(output.status.code(), Some(0));
    let begun = Instant::now();
    let is_started = || {
        fs::read_to_string(&file)
            .expect("a file")
            .contains("\"status\":\"IN_PROGRESS\",\"queuedAt\"")
    };
    while !is_started() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is not kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    serve.end("-KILL");

    let serve = start(&file);
    let after = [ca, cert, "keyFile"].map(|name| fs::read(serve.text(name)).expect(name));
    assert_eq!(after, before, "a client that has them needs no others");
    let output = session(
        &serve,
        "update-job-execution Job1 SUCCEEDED\ndescribe-job Job1\n",
    );
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains(r#""status":"COMPLETED""#), "{stdout}");

    let in_use = format!(
        "error: another local service uses the state file `{}`",
        fs::canonicalize(&file).expect("a path").display()
    );
    let path = file.to_str().expect("a path");
    for mode in [
        &[&FREE_PORTS[..], &["--state", path]].concat()[..],
        &["--state", path, "-c", "pending"],
    ] {
        check_error(&finish(program().args(mode)), 3, &in_use);
    }
    assert_eq!(serve.end("-TERM"), (Some(0), String::new()));
}

#[test]
fn a_session_finds_what_the_one_before_has_left() {
    let folder = Folder::new("state-sessions");
    let file = folder.0.join("state");
    let path = file.to_str().expect("a path");
    let run = |command: &str| {
        let output = finish(program().args(["--state", path, "-c", command]));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(
            stderr.contains(&format!("Its state is kept in `{path}`.")),
            "{stderr}"
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(run("create-job Job1 {}").contains("\"jobId\":\"Job1\""));
    assert!(run("next").contains("\"status\":\"IN_PROGRESS\""));
    assert!(run("update-job-execution Job1 SUCCEEDED").contains("UpdateJobExecutionResponse"));
    assert!(run("describe-job Job1").contains("\"status\":\"COMPLETED\""));

    let remote = [
        "--endpoint",
        "e",
        "--cert",
        "c",
        "--key",
        "k",
        "--thing",
        "t",
        "--state",
        path,
    ];
    let output = finish(program().args(remote));
    check_error(
        &output,
        2,
        "error: --state is for the local service that a session starts",
    );
    let output =
        finish(program().args(["--state", path, "--region", "eu-west-1", "-c", "pending"]));
    check_error(&output, 3, "error: the state file `");
    for (bad, expected) in [
        (
            "/dev/null",
            "error: the state file `/dev/null` is not a regular file",
        ),
        ("/", "error: the state file `/` is not a regular file"),
        (
            "/nowhere/state",
            "error: cannot find the state file `/nowhere/state`",
        ),
    ] {
        let output = finish(program().args(["--state", bad, "-c", "pending"]));
        check_error(&output, 3, expected);
    }
}

#[test]
fn a_session_leaves_the_policy_of_serve_in_the_same_file() {
    let folder = Folder::new("state-both");
    let file = folder.0.join("state");
    let path = file.to_str().expect("a path");
    for _ in 0..2 {
        let output = finish(program().args(["--state", path, "--thing", "lamp", "-c", "pending"]));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let serve = start(&file);
        let output = session(&serve, "pending\n");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(serve.end("-TERM").0, Some(0));
    }
}

/// The policy of the device of a `serve`, and what it printed on standard error.
fn policy_with(file: &Path, options: &[&str]) -> (Value, String) {
    let file = file.to_str().expect("a path");
    let serve = Serve::start_with(&[&["--state", file], options].concat(), Stdio::piped());
    let found = Control::of(&serve).get("/policies/device");
    let document = found["policyDocument"].as_str().expect("a policy");
    let document = serde_json::from_str(document).expect("JSON");
    (document, serve.end_with_log())
}

#[test]
fn a_state_keeps_a_policy_that_was_given_and_not_an_earlier_default() {
    const NOTE: &str = "the policy of the device is the one in the state file, not the default; --policy FILE replaces it\n";
    let folder = Folder::new("state-policy");
    let default = include_str!("../../src/start/serve/policy.json");
    let in_china = default.replace("arn:aws:", "arn:aws-cn:");
    let [default, in_china]: [Value; 2] =
        [default, &in_china].map(|text| serde_json::from_str(text).expect("JSON"));
    let plain = "src/start/serve/policy.json";
    let former = "src/start/serve/policy-without-https.json";
    let own = folder.0.join("policy.json");
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "iot:Connect", "Resource": "*" },
    });
    fs::write(&own, policy.to_string()).expect("a file");
    let own = own.to_str().expect("a path");
    let (us, cn) = ("us-east-1", "cn-north-1");
    for (name, region, given, expected, note) in [
        ("none", us, None, &default, ""),
        ("former", us, Some(former), &default, ""),
        ("own", us, Some(own), &policy, NOTE),
        ("china", cn, None, &in_china, ""),
        ("china-former", cn, Some(former), &in_china, ""),
        ("china-plain", cn, Some(plain), &in_china, ""),
    ] {
        let file = folder.0.join(name);
        let region = ["--region", region];
        let options = given.map_or(Vec::new(), |path| vec!["--policy", path]);
        let (first, log) = policy_with(&file, &[&region, &*options].concat());
        assert_eq!(log, "", "{name}");
        let is_kept = given.is_none() || given == Some(own);
        assert_eq!(first == *expected, is_kept, "{name}: {first}");
        for _ in 0..2 {
            let (then, log) = policy_with(&file, &region);
            assert_eq!((&then, &*log), (expected, note), "{name}");
        }
    }
}
