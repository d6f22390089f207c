//! Plans: what is simulated, and what the screen shows of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::agent::{Agent, PATIENCE, World};
use crate::serve::{program, terminate};
use crate::test_service::{THING, TestService};

#[test]
fn a_plan_decides_how_jobs_go() {
    let world = World::new("agent-plan");
    let mut agent = world.agent(&[
        "--plan",
        "succeed after 20ms in 2 steps; Fail-*: succeed after 20ms; fail; Reject-*: reject; \
         Offline-*: succeed after 40ms in 2 steps; offline for 200ms; Reboot-*: succeed after 40ms in 2 steps; reboot for 100ms",
        "--seed",
        "7",
    ]);
    assert!(agent.has_shown("executes nothing"), "{:?}", agent.seen);
    assert!(agent.has_shown("\"seed\":7"), "{:?}", agent.seen);
    for (job, status, names) in [
        ("A-1", "SUCCEEDED", &["step-ended"][..]),
        ("Fail-1", "FAILED", &["outcome"]),
        ("Reject-1", "REJECTED", &["outcome"]),
        ("Offline-1", "SUCCEEDED", &["cut"]),
        ("Reboot-1", "SUCCEEDED", &["reboot", "resume"]),
    ] {
        world.create(job, &json!({"a": 1}));
        agent.finish(job);
        assert_eq!(world.status(job), status, "{job}");
        for name in names {
            assert!(agent.has_decided(name, job), "{name}: {:#?}", agent.seen);
        }
    }
    let (code, lines) = agent.stop();
    assert_eq!(code, Some(0), "{lines:#?}");
}

#[test]
fn work_that_hangs_is_ended_by_the_service() {
    let world = World(TestService::with_manual_clock("agent-hang"));
    let mut agent = world.agent(&["--plan", "hang"]);
    let limits = json!({"timeoutConfig": {"inProgressTimeoutInMinutes": 1}});
    world.create_with("Job-1", &json!({}), limits);
    agent.decided("start", "Job-1");
    world.0.local.advance_clock(Duration::from_secs(70));
    let stopped = agent.decided("stop", "Job-1");
    assert!(stopped.contains("it timed out"), "{stopped}");
    assert_eq!(world.status("Job-1"), "TIMED_OUT");
    assert_eq!(agent.stop().0, Some(0));
}

#[test]
fn a_device_that_is_away_joins_later() {
    let world = World::new("agent-away");
    world.create("Job-1", &json!({}));
    let mut agent = world.agent(&["--plan", "succeed after 1ms; away for 50ms"]);
    agent.finish("Job-1");
    assert!(agent.has_shown("joins in 50 ms"), "{:#?}", agent.seen);
    assert_eq!(agent.stop().0, Some(0));
    // A signal ends the wait.
    let mut agent = Agent::start(world.command(world.port()).args(["--plan", "away for 9h"]));
    agent.wait_for("agent: joins in 9 h");
    assert_eq!(agent.stop().0, Some(0));
}

#[test]
fn the_same_seed_repeats_a_run() {
    let decisions = |seed: &str| {
        let world = World::new("agent-seed");
        let plan = "succeed after 1ms..40ms in 4 steps; fail 40%; reject 20%";
        let mut agent = world.agent(&["--plan", plan, "--seed", seed]);
        let jobs = (0..8).map(|number| format!("Job-{number}"));
        let ends = jobs.map(|job| {
            world.create(&job, &json!({}));
            agent.finish(&job);
            (world.status(&job), world.detail(&job, "step"))
        });
        ends.collect::<Vec<_>>()
    };
    let first = decisions("1");
    assert_eq!(decisions("1"), first);
    assert_ne!(decisions("2"), first);
}

#[test]
fn programs_read_lines_of_json() {
    let world = World::new("agent-jsonl");
    let mut agent = Agent::start(world.command(world.port()).args([
        "--plan",
        "succeed after 1ms in 1 steps; offline for 50ms",
        "--seed",
        "5",
        "--output",
        "jsonl",
    ]));
    agent.wait_for("\"name\":\"list\"");
    world.create("Job-1", &json!({}));
    agent.wait_for("\"name\":\"reported\"");
    let (code, lines) = agent.stop();
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let first = &lines[0];
    for (name, expected) in [
        ("type", json!("agent")),
        ("thing", json!(THING)),
        ("endpoint", json!("localhost")),
        ("port", json!(world.port())),
        ("clientId", json!("agent")),
        ("seed", json!(5)),
    ] {
        assert_eq!(first[name], expected, "{first}");
    }
    let journal = first["journal"].as_str().expect("a path");
    assert!(std::path::Path::new(journal).is_file(), "{journal}");
    for line in &lines {
        let time = line["time"].as_str().expect("a time");
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    }
    let names: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["name"].as_str())
        .collect();
    for name in [
        "ask",
        "claim",
        "start",
        "cut",
        "ConnectionLost",
        "ConnectedAgain",
        "outcome",
        "report",
        "finish",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    let claim = lines
        .iter()
        .find(|line| line["name"] == "claim")
        .expect("a claim");
    assert_eq!(
        (&claim["jobId"], &claim["executionNumber"]),
        (&json!("Job-1"), &json!(1))
    );
    assert_eq!(claim["does"], "claims the next execution");
    let cause = claim["cause"].as_str().expect("a cause");
    assert!(
        cause.starts_with("Job-1 ") && cause.contains("QUEUED"),
        "{cause}"
    );
}

#[test]
fn without_an_endpoint_it_has_a_service_of_its_own() {
    let mut agent = Agent::start(program().args(["agent", "--thing", "door"]));
    let url = agent.wait_for("export AWS_ENDPOINT_URL_IOT=http://127.0.0.1:");
    let command = agent.wait_for("aws iot create-job");
    assert!(
        command.contains("arn:aws:iot:us-east-1:123456789012:thing/door"),
        "{command}"
    );
    agent.wait_for("what is pending: nothing is pending");
    let address = url.rsplit_once("http://").expect("a URL").1.to_owned();
    create(&address, "Job-1", "door");
    agent.wait_for("agent: starts Job-1");
    assert!(agent.has_shown("executes nothing"), "{:#?}", agent.seen);
    assert!(agent.has_shown("with --seed "), "{:#?}", agent.seen);
    assert!(!agent.has_shown("Journal"), "it ends with the service");
    // The second signal does not wait for the job.
    agent.signal("-INT");
    agent.wait_for("agent: gives Job-1 10 s to end: ");
    agent.signal("-INT");
    let (code, lines) = agent.end();
    assert_eq!(code, Some(0), "{lines:#?}");
}

#[test]
fn the_thing_is_created_where_there_are_credentials() {
    let world = World::new("agent-thing");
    let mut command = world.command_of("new", world.port(), "state");
    command
        .env("AWS_ENDPOINT_URL_IOT", world.0.local.control_url())
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1");
    // Without all of them the agent works, and says nothing.
    let mut agent = Agent::start(&mut command);
    agent.wait_for("asks for the pending executions");
    let (_, lines) = agent.stop();
    assert!(!lines.join("\n").contains("thing new"), "{lines:#?}");
    let mut agent = Agent::start(command.env("AWS_ACCESS_KEY_ID", "local"));
    agent.wait_for("Created the thing new, which did not exist.");
    world.control("GET", "/things/new", &Value::Null);
    assert_eq!(agent.stop().0, Some(0));
}

#[test]
fn a_reader_that_does_not_read_holds_no_job_up() {
    let plan = "succeed after 1ms in 100 steps";
    let mut child = program()
        .args(["agent", "--plan", plan])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut address = String::new();
    while !address.contains("AWS_ENDPOINT_URL_IOT=") {
        address.clear();
        stdout.read_line(&mut address).expect("a line");
    }
    let address = address.trim().rsplit_once("http://").expect("a URL").1;
    // Two lines for each step: more than a pipe holds, and than the agent keeps.
    let jobs: Vec<String> = (0..16).map(|number| format!("Job-{number}")).collect();
    for job in &jobs {
        create(address, job, "sandbox-thing");
    }
    let started = Instant::now();
    let is_done = |job: &String| {
        let path = format!("/things/sandbox-thing/jobs/{job}");
        ask(address, "GET", &path, "").contains("\"SUCCEEDED\"")
    };
    while !jobs.iter().all(is_done) {
        assert!(started.elapsed() < PATIENCE);
    }
    terminate(&child, "-TERM");
    let mut text = String::new();
    stdout.read_to_string(&mut text).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(
        text.contains(" lines were not printed: too many at once)"),
        "{text}"
    );
}

/// Creates a job in a service that an agent has started.
fn create(address: &str, job: &str, thing: &str) {
    let arn = format!("arn:aws:iot:us-east-1:123456789012:thing/{thing}");
    let body = json!({"targets": [arn], "document": "{}"});
    ask(address, "PUT", &format!("/jobs/{job}"), &body.to_string());
}

/// A request of a client that signs as any client of AWS does.
fn ask(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("the control plane");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\nAuthorization: \
         AWS4-HMAC-SHA256 Credential=any/20261122/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}
