//! `jobs-sandbox agent`, as it is shipped, with a local service: what becomes of jobs, and what the screen shows of it.
//!
//! | what happens | shown by |
//! |---|---|
//! | a plan succeeds, fails, rejects, hangs, goes offline, reboots, stays away | `plans` |
//! | a program reports progress, details and outcomes; noise; secrets | `programs` |
//! | kill -9 at every moment, what it leaves, a second agent, no journal, SIGTERM | `crashes` |
//! | cancelled, deleted, timed out, taken over, created once more while it works | `ends` |
//! | the link is cut at every message of a job | `links` |
//! | the managed templates of AWS, with handlers; `agent check` | `templates` |
//! | options that are wrong | `options` |

mod crashes;
mod ends;
mod links;
mod options;
mod plans;
mod programs;
mod templates;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::serve::{program, soon, terminate};
use crate::test_service::{THING, TestService};

/// The guard around everything that waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// For tests that depend on what is decided, and not on the words.
const AS_JSON: [&str; 2] = ["--output", "jsonl"];

/// A service with the thing of the agent, seen by its operator.
struct World(TestService);

impl World {
    fn new(name: &str) -> Self {
        Self(TestService::new(name))
    }

    fn port(&self) -> u16 {
        self.0.local.mqtt_address().port()
    }

    /// The command line of an agent, through this port.
    fn command(&self, port: u16) -> Command {
        self.command_of(THING, port, "state")
    }

    /// The same as this thing, with a journal in this folder.
    fn command_of(&self, thing: &str, port: u16, state: &str) -> Command {
        let mut command = program();
        command.arg("agent");
        for (option, file) in [
            ("--ca-file", "ca.pem"),
            ("--cert", "cert.pem"),
            ("--key", "key.pem"),
            ("--state", state),
        ] {
            command.arg(option).arg(self.0.path(file));
        }
        command.args(["--endpoint", "localhost", "--thing", thing]);
        command.args(["--port", &port.to_string(), "--client-id", "agent"]);
        command.env("PATH", "/usr/bin:/bin");
        command
    }

    /// An agent with these options, which has asked what is pending.
    fn agent(&self, options: &[&str]) -> Agent {
        self.agent_through(self.port(), options)
    }

    fn agent_through(&self, port: u16, options: &[&str]) -> Agent {
        let mut agent = Agent::start(self.command(port).args(AS_JSON).args(options));
        agent.decided("list", "");
        agent
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.0.local.control(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// Creates a job for the thing.
    fn create(&self, job: &str, document: &Value) {
        self.create_with(job, document, json!({}));
    }

    /// The same, with further members of the request.
    fn create_with(&self, job: &str, document: &Value, mut request: Value) {
        request["targets"] = json!([format!("arn:aws:iot:us-east-1:123456789012:thing/{THING}")]);
        request["document"] = document.to_string().into();
        self.control("PUT", &format!("/jobs/{job}"), &request);
    }

    fn execution(&self, job: &str) -> Value {
        let path = format!("/things/{THING}/jobs/{job}");
        self.control("GET", &path, &Value::Null)["execution"].clone()
    }

    fn status(&self, job: &str) -> String {
        let execution = self.execution(job);
        execution["status"].as_str().expect("a status").to_owned()
    }

    /// A detail of an execution; empty if it has none of this name.
    fn detail(&self, job: &str, name: &str) -> String {
        let execution = self.execution(job);
        let detail = execution["statusDetails"]["detailsMap"][name].as_str();
        detail.unwrap_or_default().to_owned()
    }

    /// An executable file in the folder of the test.
    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, format!("#!/bin/sh\n{text}")).expect(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect(name);
        path
    }
}

/// A running agent with all that it prints; killed when it is dropped.
struct Agent {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Agent {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (sender, lines) = channel();
        follow(child.stdout.take().expect("a pipe"), sender.clone());
        follow(child.stderr.take().expect("a pipe"), sender);
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// The next line.
    fn line(&mut self) -> Option<String> {
        let line = match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(error) => panic!("{error}: {:#?}", self.seen),
        };
        self.seen.push(line.clone());
        Some(line)
    }

    /// The next line that has this.
    fn wait_for(&mut self, part: &str) -> String {
        loop {
            match self.line() {
                Some(line) if line.contains(part) => return line,
                Some(_) => {}
                None => panic!("no `{part}`: {:#?}", self.seen),
            }
        }
    }

    /// The next decision of this name, about this job; `""` for any.
    fn decided(&mut self, name: &str, job: &str) -> String {
        loop {
            match self.line() {
                Some(line) if is_decision(&line, name, job) => return line,
                Some(_) => {}
                None => panic!("no {name} {job}: {:#?}", self.seen),
            }
        }
    }

    /// Waits for the outcome to have arrived.
    fn finish(&mut self, job: &str) {
        self.decided("reported", job);
    }

    fn has_decided(&self, name: &str, job: &str) -> bool {
        self.seen.iter().any(|line| is_decision(line, name, job))
    }

    fn has_shown(&self, part: &str) -> bool {
        self.seen.iter().any(|line| line.contains(part))
    }

    fn signal(&self, name: &str) {
        terminate(&self.child, name);
    }

    /// Kills it, and nothing that it has started.
    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits for its end; returns the exit status and all that it has printed.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        while self.line().is_some() {}
        let code = self.child.wait().expect("it ends").code();
        (code, std::mem::take(&mut self.seen))
    }

    /// Ends it by SIGTERM.
    fn stop(self) -> (Option<i32>, Vec<String>) {
        self.signal("-TERM");
        self.end()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_decision(line: &str, name: &str, job: &str) -> bool {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    line["type"] == "decision" && line["name"] == name && (job.is_empty() || line["jobId"] == job)
}

fn follow(output: impl std::io::Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // The test may have ended.
            let _ = lines.send(line);
        }
    });
}

/// The lines of a file; none if it does not exist.
fn lines_of(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(ToOwned::to_owned).collect()
}

/// Waits until a file has a whole line, and returns it.
fn first_line(path: &Path) -> String {
    let path = path.to_owned();
    soon("a line of a file", move || {
        loop {
            let text = fs::read_to_string(&path).unwrap_or_default();
            if let Some((line, _)) = text.split_once('\n') {
                return line.to_owned();
            }
            std::thread::yield_now();
        }
    })
}

/// Whether a process runs; a dead one whose parent has not looked at it does not.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default();
    state
        .trim_start()
        .chars()
        .next()
        .is_some_and(|state| !"ZX".contains(state))
}
