//! Scripts, from start to end, beside scripts of as many requests of the same kinds that cause no events.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Row;

/// How often each script runs.
const RUNS: usize = 5;

/// Another thing, whose events do not come here.
const OTHER: &str = "arn:aws:iot:us-east-1:123456789012:thing/other";

pub(crate) fn measure() -> Vec<Row> {
    let pending = "pending\n".repeat(500);
    let mut rows = vec![
        beside("script: 1,000 commands of the walkthrough", walkthrough),
        beside("script: 500 × (create-job, delete-job)", create_and_delete),
    ];
    let took = median((0..RUNS).map(|_| run(&pending)).collect());
    rows.push(("script: 500 × pending".to_owned(), millis(took), ""));
    rows
}

/// The jobs of a script are for this thing, or all but the first for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jobs {
    Own,
    OfOther,
}

impl Jobs {
    fn target(self) -> String {
        match self {
            Self::Own => String::new(),
            Self::OfOther => format!(" --target {OTHER}"),
        }
    }
}

/// Ten commands for two jobs, a hundred times.
fn walkthrough(jobs: Jobs) -> String {
    let target = jobs.target();
    let steps = (1..=100).map(|number| {
        let (one, two) = (format!("A{number}"), format!("B{number}"));
        let [done, failed] = match jobs {
            Jobs::Own => [format!("done {one}"), format!("fail {two}")],
            Jobs::OfOther => ["update Own IN_PROGRESS"; 2].map(str::to_owned),
        };
        format!(
            "pending\ncreate-job {one} {{\"Todo\":\"Reboot\"}}{target}\n\
             create-job {two} {{\"Todo\":\"Reboot again\"}}{target}\nnext\npending\n{done}\n\
             next\n{failed}\ndelete-job {one} --force\ndelete-job {two} --force\n"
        )
    });
    steps.collect()
}

fn create_and_delete(jobs: Jobs) -> String {
    let target = jobs.target();
    let steps = (1..=500)
        .map(|number| format!("create-job J{number} 1{target}\ndelete-job J{number} --force\n"));
    steps.collect()
}

/// In turns, so that both see the same machine.
fn beside(name: &str, script: fn(Jobs) -> String) -> Row {
    let with = script(Jobs::Own);
    let without = format!(
        "create-thing other\ncreate-job Own 1\n{}",
        script(Jobs::OfOther)
    );
    let times = (0..RUNS).map(|_| (run(&with), run(&without)));
    let (with, without): (Vec<_>, Vec<_>) = times.unzip();
    let (with, without) = (median(with), median(without));
    let ratio = with.as_secs_f64() / without.as_secs_f64();
    let value = format!("{} ({ratio:.2} × without events)", millis(with));
    (name.to_owned(), value, "1.5 × without events")
}

/// Runs a script in the program with its own local service.
fn run(script: &str) -> Duration {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(script.as_bytes()).expect("it reads");
    drop(stdin);
    let ended = child.wait().expect("it ends");
    assert!(ended.success(), "a command failed");
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}
