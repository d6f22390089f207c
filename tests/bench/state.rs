//! What it costs to keep the state: for each change, at the start, and while a snapshot is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::service::Serve;
use crate::wire::Wire;
use crate::{BATCH, Row, SAMPLES, THING, WARM_UP, micros, percentiles};

/// How many job executions there are: each thing of a fleet has one of each job.
const THINGS: usize = 1000;
const JOBS: usize = 100;

/// How many round trips are measured while nothing is written.
const QUIET: usize = 200_000;

/// Jobs that are created to make the file grow, until a snapshot is worth it.
const GROWTH_MAX: usize = 10_000;

/// The characters of their documents.
const DOCUMENT_CHARACTERS: usize = 30_000;

pub(crate) async fn measure() -> Vec<Row> {
    let path = std::env::temp_dir().join(format!("jobs-sandbox-bench-{}", std::process::id()));
    let forgetful = changes(&Serve::start()).await;
    let serve = start(&path);
    let (kept_p50, kept_p99) = changes(&serve).await;
    load(&serve).await;
    let mut wire = Wire::connect(&serve, "bench-3").await;
    let (request, _) = wire.probe().await;
    wire.round_trips(&request, WARM_UP, 0).await;
    // In the same way as while a snapshot is written, half of them before and half after, so that both see the same machine.
    let mut quiet = round_trips(&serve, &mut wire, &request, |_, count| count < QUIET / 2).await;
    grow(&serve).await;
    let during = round_trips(&serve, &mut wire, &request, |is_written, _| is_written).await;
    quiet.extend(round_trips(&serve, &mut wire, &request, |_, count| count < QUIET / 2).await);
    let (count, (_, busy)) = (during.len(), percentiles(during));
    let (_, quiet) = percentiles(quiet);
    drop(wire);
    drop(serve);

    let serve = start(&path);
    let (ready, memory) = (serve.ready_after, serve.memory_kib() / 1024.0);
    drop(serve);
    // If it stays, it is a temporary file.
    let _ = std::fs::remove_file(path);
    let ratio = busy.as_secs_f64() / quiet.as_secs_f64();
    vec![
        row(
            "change of a job execution, p50, nothing kept",
            micros(forgetful.0),
            "",
        ),
        row("the same with --state, p50", micros(kept_p50), ""),
        row(
            "change of a job execution, p99, nothing kept",
            micros(forgetful.1),
            "",
        ),
        row("the same with --state, p99", micros(kept_p99), ""),
        row(
            "round trip beside 100,000 kept executions, p99",
            micros(quiet),
            "",
        ),
        row(
            &format!("the same while a snapshot is written, p99 of {count}"),
            format!("{} ({ratio:.2} × quiet)", micros(busy)),
            "2 × quiet",
        ),
        row(
            "start with 100,000 kept executions",
            format!("{:.0} ms, {memory:.0} MB", ready.as_secs_f64() * 1e3),
            "",
        ),
    ]
}

fn row(what: &str, value: String, goal: &'static str) -> Row {
    (what.to_owned(), value, goal)
}

fn start(path: &Path) -> Serve {
    Serve::start_with(&["--state", path.to_str().expect("a path")])
}

/// The median and the 99th percentile of round trips, each of which changes a job execution.
async fn changes(serve: &Serve) -> (Duration, Duration) {
    let mut control = serve.control().await;
    let job = json!({
        "targets": [format!("arn:aws:iot:us-east-1:123456789012:thing/{THING}")],
        "document": "{}",
    });
    control.call("PUT", "/jobs/changed", &job.to_string()).await;
    let mut wire = Wire::connect(serve, "bench-2").await;
    let update = wire.update("changed").await;
    percentiles(wire.round_trips(&update, WARM_UP, SAMPLES).await)
}

async fn load(serve: &Serve) {
    let mut control = serve.control().await;
    control.call("POST", "/thing-groups/fleet", "{}").await;
    for index in 0..THINGS {
        let name = format!("t{index}");
        control.call("POST", &format!("/things/{name}"), "{}").await;
        let member = json!({ "thingGroupName": "fleet", "thingName": name });
        let path = "/thing-groups/addThingToThingGroup";
        control.call("PUT", path, &member.to_string()).await;
    }
    for index in 0..JOBS {
        let job = json!({
            "targets": ["arn:aws:iot:us-east-1:123456789012:thinggroup/fleet"],
            "document": "{}",
        });
        control
            .call("PUT", &format!("/jobs/j{index}"), &job.to_string())
            .await;
    }
}

/// Measures round trips as long as the condition holds, which is given whether a snapshot is written, and their number. To
/// find out whether one is written takes so long that it is not done between any two of them.
async fn round_trips(
    serve: &Serve,
    wire: &mut Wire,
    request: &[u8],
    is_to_go_on: impl Fn(bool, usize) -> bool,
) -> Vec<Duration> {
    let mut times = Vec::new();
    while is_to_go_on(is_snapshot_written(serve), times.len()) {
        times.extend(wire.round_trips(request, 0, BATCH).await);
    }
    times
}

/// Lets the file grow until a snapshot is written.
async fn grow(serve: &Serve) {
    // What was loaded has become a snapshot.
    settle(serve).await;
    let mut control = serve.control().await;
    let job = json!({
        "targets": ["arn:aws:iot:us-east-1:123456789012:thing/t0"],
        "document": json!("x".repeat(DOCUMENT_CHARACTERS)).to_string(),
    });
    let job = job.to_string();
    for index in 0..GROWTH_MAX {
        control.call("PUT", &format!("/jobs/g{index}"), &job).await;
        if is_snapshot_written(serve) {
            break;
        }
    }
}

/// Waits until no snapshot has been written for a while.
async fn settle(serve: &Serve) {
    let mut quiet = 0;
    while quiet < 30 {
        quiet = if is_snapshot_written(serve) {
            0
        } else {
            quiet + 1
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whether the service has the thread that writes a snapshot.
fn is_snapshot_written(serve: &Serve) -> bool {
    let tasks = PathBuf::from(format!("/proc/{}/task", serve.process()));
    let tasks = std::fs::read_dir(tasks).expect("Linux");
    tasks.flatten().any(|task| {
        let name = std::fs::read_to_string(task.path().join("comm"));
        name.is_ok_and(|name| name.trim() == "state-snapshot")
    })
}
