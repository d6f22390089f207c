//! `serve`, and a session that reaches it the way it reaches AWS. Both are the program as it is shipped.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

/// The guard around everything that waits; it never decides a test that passes.
const PATIENCE: Duration = Duration::from_secs(30);

/// `serve` on free ports.
pub(crate) const FREE_PORTS: [&str; 7] = [
    "serve",
    "--mqtt-port",
    "0",
    "--http-port",
    "0",
    "--https-port",
    "0",
];

#[test]
fn the_signature_says_which_of_two_services_a_path_belongs_to() {
    let serve = Serve::start(&["--thing", "lamp"]);
    for (service, expected) in [
        ("iot", r#"{"executionSummaries":[]}"#),
        ("iot-jobs-data", r#"{"inProgressJobs":[],"queuedJobs":[]}"#),
    ] {
        let mut stream =
            TcpStream::connect(("127.0.0.1", serve.port("httpPort"))).expect("the HTTP port");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        write!(
            stream,
            "GET /things/lamp/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: \
             AWS4-HMAC-SHA256 Credential=any/20261122/us-east-1/{service}/aws4_request, SignedHeaders=host, \
             Signature=00\r\n\r\n"
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(expected), "{answer}");
    }
}

#[test]
fn one_line_tells_everything_and_a_signal_ends_it() {
    for signal in ["-TERM", "-INT"] {
        let serve = Serve::start(&[
            "--thing",
            "lamp",
            "--thing",
            "door",
            "--region",
            "eu-west-1",
        ]);
        for port in ["mqttPort", "httpPort", "httpsPort"] {
            TcpStream::connect(("127.0.0.1", serve.port(port))).expect(port);
        }
        let files = ["caFile", "certFile", "keyFile"].map(|name| PathBuf::from(serve.text(name)));
        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
        let folder = files[0].parent().expect("a folder").to_owned();
        assert_eq!(mode(&folder), 0o700);
        let url = format!("http://127.0.0.1:{}", serve.port("httpPort"));
        for (name, expected) in [
            ("endpoint", json!("localhost")),
            (
                "httpsUrl",
                json!(format!("https://localhost:{}", serve.port("httpsPort"))),
            ),
            ("region", json!("eu-west-1")),
            ("account", json!("123456789012")),
            ("things", json!(["lamp", "door"])),
            (
                "environment",
                json!({
                    "AWS_ENDPOINT_URL_IOT": url,
                    "AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE": url,
                    "AWS_ENDPOINT_URL_S3": url,
                    "AWS_ACCESS_KEY_ID": "local",
                    "AWS_SECRET_ACCESS_KEY": "local",
                    "AWS_REGION": "eu-west-1",
                    "AWS_DEFAULT_REGION": "eu-west-1",
                }),
            ),
        ] {
            assert_eq!(serve.offer[name], expected, "{name}");
        }
        let (code, rest) = serve.end(signal);
        assert_eq!((code, rest.as_str()), (Some(0), ""), "{signal}");
        assert!(!folder.exists(), "the temporary folder is removed");
    }
}

#[test]
fn a_folder_that_was_named_stays() {
    let folder = Folder::new("named");
    let path = folder.0.to_str().expect("a path");
    let serve = Serve::start(&["--dir", path]);
    let key = folder.0.join("device.key.pem");
    assert_eq!(PathBuf::from(serve.text("keyFile")), key);
    assert_eq!(serve.end("-TERM").0, Some(0));
    for name in ["ca.pem", "ca.key.pem", "device.cert.pem", "device.key.pem"] {
        let text = fs::read_to_string(folder.0.join(name)).expect(name);
        assert!(text.starts_with("-----BEGIN "), "{name}");
        assert_eq!(mode(&folder.0.join(name)), 0o600, "{name}");
    }
}

/// What `serve` prints for people, line by line.
fn printed(options: &[&str]) -> Vec<String> {
    let mut child = program()
        .args(FREE_PORTS)
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .expect("serve starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    // The last of what it prints is the command of a session.
    let lines = soon("the text of serve", move || {
        let mut lines: Vec<String> = Vec::new();
        for line in stdout.lines() {
            lines.push(line.expect("a line").trim().to_owned());
            if (lines.last()).is_some_and(|line| line.starts_with("jobs-sandbox --profile-file")) {
                break;
            }
        }
        lines
    });
    terminate(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    lines
}

#[test]
fn for_people_it_prints_what_can_be_pasted() {
    let lines = printed(&[]);
    let found = |start: &str| lines.iter().any(|line| line.starts_with(start));
    for start in [
        "A local service, not AWS. Ctrl-C or SIGTERM ends it, and it forgets everything.",
        "endpoint     localhost",
        "export AWS_ENDPOINT_URL_IOT=http://127.0.0.1:",
        "export AWS_ENDPOINT_URL_IOT_JOBS_DATA_PLANE=http://127.0.0.1:",
        "export AWS_ENDPOINT_URL_S3=http://127.0.0.1:",
        "export AWS_ACCESS_KEY_ID=local",
        "certificate  /",
        "curl --cacert /",
        "Things: sandbox-thing (account 123456789012, region us-east-1)",
        "jobs-sandbox --profile-file /",
    ] {
        assert!(found(start), "{start}: {lines:?}");
    }
    let folder = Folder::new("printed");
    let state = folder.0.join("state");
    let state = state.to_str().expect("a path");
    let expected = format!(
        "A local service, not AWS. It keeps its state in `{state}`. Ctrl-C or SIGTERM ends it."
    );
    assert_eq!(printed(&["--state", state])[0], expected);
}

#[test]
fn what_cannot_be_served_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").port().to_string();
    let file = Folder::new("file");
    let file = file.0.join("no-folder");
    fs::write(&file, "").expect("a file");
    let file = file.to_str().expect("a path");
    let folder = Folder::new("policy");
    let bad_policy = folder.0.join("bad.json");
    fs::write(&bad_policy, "{\n  \"Statement\": 1\n}").expect("a file");
    let bad_policy = bad_policy.to_str().expect("a path");
    for (options, code, expected) in [
        (["--host", "0.0.0.0"], 2, "error: --host `0.0.0.0` is not"),
        (["--host", "192.168.1.1"], 2, "error: --host `192.168.1.1`"),
        (["--thing", "a/b"], 2, "error: --thing `a/b` contains '/'"),
        (
            ["--thing", "a?b"],
            2,
            "error: cannot register the thing `a?b`: 1 validation error",
        ),
        (["--account", "12"], 2, "error: --account `12` is not"),
        (["--output", "xml"], 2, "error: invalid value 'xml'"),
        (["--endpoint", "e"], 2, "error: unexpected argument"),
        (["--dir", file], 3, "error: cannot write `"),
        (
            ["--policy", "/nowhere"],
            3,
            "error: cannot read `/nowhere`: ",
        ),
        (["--policy", bad_policy], 2, "error: --policy `"),
    ] {
        let output = finish(program().args(FREE_PORTS).args(options));
        check_error(&output, code, expected);
    }
    let output = finish(program().args(FREE_PORTS).args(["--policy", bad_policy]));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("at line 2 column 16 of the policy"),
        "{stderr}"
    );
    for at in 1..=3 {
        // The last one is that of an option.
        let mut words = FREE_PORTS;
        words[2 * at] = &taken;
        let output = finish(program().args(words));
        let expected = format!("error: cannot listen on `127.0.0.1:{taken}`: ");
        check_error(&output, 3, &expected);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let next = format!("or choose another port with {}\n", words[2 * at - 1]);
        assert!(stderr.ends_with(&next), "{stderr}");
    }
    // The session has other options.
    let output = finish(program().args(["--thing", "a", "serve"]));
    check_error(&output, 2, "error: ");
}

#[test]
fn a_session_runs_against_it_as_against_aws() {
    for (region, partition) in [("eu-west-1", "aws"), ("cn-north-1", "aws-cn")] {
        check_session_in(region, partition);
    }
}

fn check_session_in(region: &str, partition: &str) {
    let serve = Serve::start(&["--thing", "lamp", "--region", region]);
    let job = format!(r#""jobArn":"arn:{partition}:iot:{region}:123456789012:job/Job1""#);
    let output = session(
        &serve,
        "create-job Job1 {\"operation\": \"blink\"}\n\
         get-pending-job-executions\n\
         start-next-pending-job-execution\n\
         describe-job-execution Job1\n\
         update-job-execution Job1 SUCCEEDED\n\
         delete-job Job1\n\
         quit\n",
    );
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert!(
        stderr.starts_with("Connected to localhost as `"),
        "{stderr}"
    );
    for expected in [
        &job,
        r#""queuedJobs":[{"jobId":"Job1""#,
        r#""status":"IN_PROGRESS""#,
        r#""jobDocument":{"operation":"blink"}"#,
        "UpdateJobExecutionResponse:",
        "JobExecutionsChanged",
        "NextJobExecutionChanged",
    ] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }

    // What the service refuses, the script reports.
    let output = session(&serve, "describe-job-execution Job2\n");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.contains("ResourceNotFound"), "{stdout}");
    assert_eq!(serve.end("-TERM").0, Some(0));
}

#[test]
fn local_says_what_no_options_mean() {
    for options in [&[][..], &["--local"]] {
        let output = finish(program().args(options).args(["-c", "pending"]));
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{options:?}: {stdout}");
        assert!(stdout.contains(r#""queuedJobs":[]"#), "{stdout}");
    }
    let output = finish(program().args(["--local", "--endpoint", "e", "-c", "pending"]));
    check_error(&output, 2, "error: ");
}

#[test]
fn the_device_may_do_what_the_policy_says() {
    let folder = Folder::new("own-policy");
    let file = folder.0.join("policy.json");
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:*","Resource":"*"},
        {"Sid":"NoStart","Effect":"Deny","Action":"iot:Publish","Resource":"*/start-next"}]}"#;
    fs::write(&file, policy).expect("a file");
    let serve = Serve::start_with(
        &[
            "--thing",
            "lamp",
            "--policy",
            file.to_str().expect("a path"),
        ],
        Stdio::piped(),
    );
    let output = session(&serve, "next\n");
    assert_eq!(output.status.code(), Some(1));
    let stderr = serve.end_with_log();
    let expected = "iot:Publish on `arn:aws:iot:us-east-1:123456789012:topic/$aws/things/lamp/jobs/start-next` is denied by statement 2 (`NoStart`) of policy `device`\n";
    assert!(stderr.ends_with(expected), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn the_management_port_is_offered_when_it_is_asked_for() {
    let serve = Serve::start(&[]);
    assert_eq!(serve.offer.get("adminUrl"), None);
    let serve = Serve::start(&["--admin-port", "0", "--clock", "manual"]);
    let address = serve
        .text("adminUrl")
        .strip_prefix("http://")
        .expect("a URL")
        .to_owned();
    let answer = soon("the state", move || {
        let mut socket = TcpStream::connect(&address).expect("the port accepts");
        let request = format!(
            "GET /state HTTP/1.1\r\nHost: {address}\r\nx-jobs-sandbox: admin\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer
    });
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains(r#""clock":{"mode":"manual","#), "{answer}");
    assert!(
        !answer.to_lowercase().contains("access-control"),
        "{answer}"
    );
}

#[test]
fn a_deletion_takes_its_time_on_request() {
    let lines = "create-job J {}\ndelete-job J --force\ndescribe-job J\n";
    for (options, expected) in [
        (&[][..], None),
        (&["--deletion-time", "0s"], None),
        (&["--deletion-time", "1440m"], Some("DELETION_IN_PROGRESS")),
    ] {
        let options = [&["--thing", "lamp"], options].concat();
        let output = session(&Serve::start(&options), lines);
        let code = i32::from(expected.is_none());
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{options:?}: {stdout}");
        let status = expected.map(|status| format!(r#""status":"{status}""#));
        let shown = status.is_none_or(|status| stdout.contains(&status));
        assert!(shown, "{options:?}: {stdout}");
    }
    for (time, reason) in [
        ("30", "write a duration as `500ms`, `2s` or `5m`"),
        ("1441m", "the longest duration is `1440m`, a day"),
    ] {
        let output = finish(program().args(["serve", "--deletion-time", time]));
        let expected =
            format!("error: invalid value '{time}' for '--deletion-time <TIME>': {reason}");
        check_error(&output, 2, &expected);
    }
}

/// Runs a session of `lamp` against a service; the lines are its standard input.
pub(crate) fn session(serve: &Serve, lines: &str) -> Output {
    let port = serve.port("mqttPort").to_string();
    let mut command = program();
    command
        .args(["--endpoint", serve.text("endpoint"), "--port", &port])
        .args(["--ca-file", serve.text("caFile")])
        .args(["--cert", serve.text("certFile")])
        .args(["--key", serve.text("keyFile")])
        .args(["--thing", "lamp"]);
    let environment = serve.offer["environment"].as_object().expect("a map");
    for (name, value) in environment {
        command.env(name, value.as_str().expect(name));
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a session starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(lines.as_bytes())
        .expect("the session reads");
    drop(stdin);
    soon("the end of the session", move || {
        child.wait_with_output().expect("it ends")
    })
}

/// The program, with nothing of the environment that could reach into a test, and no folder of its own: not even root can make
/// one there.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command
        .env_clear()
        .env("HOME", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// A running `serve`; killed when it is dropped.
pub(crate) struct Serve {
    pub(crate) child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    /// What it printed.
    pub(crate) offer: Value,
}

impl Serve {
    /// Starts it on free ports and waits for its line of JSON.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with(options, Stdio::inherit())
    }

    pub(crate) fn start_with(options: &[&str], stderr: Stdio) -> Self {
        Self::start_as(&mut program(), options, stderr)
    }

    /// Starts it as this command does, which is the program or ends in it.
    pub(crate) fn start_as(command: &mut Command, options: &[&str], stderr: Stdio) -> Self {
        let mut child = command
            .args(FREE_PORTS)
            .args(["--output", "json"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("serve starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (line, stdout) = soon("the line of serve", move || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("a line");
            (line, stdout)
        });
        Self {
            child,
            stdout: Some(stdout),
            offer: serde_json::from_str(&line).expect(&line),
        }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.offer[name].as_str().expect(name)
    }

    pub(crate) fn port(&self, name: &str) -> u16 {
        let port = self.offer[name].as_u64().expect(name);
        u16::try_from(port).expect(name)
    }

    /// Sends it a signal and waits for its end; returns the exit status and what else it printed.
    pub(crate) fn end(mut self, signal: &str) -> (Option<i32>, String) {
        terminate(&self.child, signal);
        let mut stdout = self.stdout.take().expect("not ended before");
        // Its standard output ends when it does.
        let rest = soon("the end of serve", move || {
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).expect("text");
            rest
        });
        (self.child.wait().expect("it ended").code(), rest)
    }
}

impl Serve {
    /// Ends it and returns its standard error, which must be a pipe.
    pub(crate) fn end_with_log(mut self) -> String {
        terminate(&self.child, "-TERM");
        let mut stderr = self.child.stderr.take().expect("a pipe");
        soon("the log of serve", move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("text");
            text
        })
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for one test, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("jobs-sandbox-test-{name}-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn finish(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    soon("the end", move || {
        child.wait_with_output().expect("it ends")
    })
}

pub(crate) fn check_error(output: &Output, code: i32, expected: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with(expected), "{expected}: {stderr}");
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(output.stdout.is_empty(), "nothing was offered");
}

pub(crate) fn terminate(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("it is there");
    metadata.permissions().mode() & 0o777
}

/// Does something that waits, on a thread of its own.
pub(crate) fn soon<T: Send + 'static>(what: &str, wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        // Nothing listens any longer after the patience has ended.
        let _ = sender.send(wait());
    });
    receiver.recv_timeout(PATIENCE).expect(what)
}
