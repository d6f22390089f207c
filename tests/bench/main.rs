//! What the local service costs, in one run beside the floor: raw TLS ping-pong of the same sizes; and how long scripts take.
//!
//! `cargo bench --bench local_service`. The service is the program as it is shipped, in a process of its own, so that its
//! memory and its file descriptors are its own. `BENCH_THINGS` sets the size of the fleet.

mod fleet;
mod floor;
mod rehearsal;
mod scripts;
mod service;
mod state;
mod wire;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::service::Serve;
use crate::wire::Wire;

/// The thing of the round trips.
pub(crate) const THING: &str = "bench";

/// How many round trips are measured, and how many go before.
const SAMPLES: usize = 10_000;
const WARM_UP: usize = 2_000;

/// How many of them in a row.
const BATCH: usize = 250;

/// How many requests are on their way at a time, and how many there are in all.
const OUTSTANDING: usize = 64;
const REQUESTS: usize = 200_000;

/// How often the service is started for the time that it takes.
const STARTS: usize = 5;

/// A line of the table: what was measured, the value, the goal.
type Row = (String, String, &'static str);

fn main() {
    // `cargo test --benches` also runs this, but nothing is to be tested.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if floor::serve_if_asked() {
        return;
    }
    service::raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let rows = runtime.block_on(measure());
    let mut table = String::from("| measured | value | goal |\n|---|---|---|\n");
    for (what, value, goal) in rows {
        writeln!(table, "| {what} | {value} | {goal} |").expect("a string");
    }
    std::io::stdout()
        .write_all(table.as_bytes())
        .expect("standard output takes it");
}

/// Keeps this process on one CPU and the servers on another, where the system can. A scheduler may put two processes that wake
/// each other on one CPU or on two, as it likes from run to run, and that makes more of a difference than what is measured.
fn place(servers: [u32; 2]) -> bool {
    let pin = |process: u32, cpu: &str| {
        let pinned = Command::new("taskset")
            .args(["-a", "-c", "-p", cpu, &process.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        pinned.is_ok_and(|status| status.success())
    };
    servers.iter().all(|server| pin(*server, "1")) && pin(std::process::id(), "0")
}

async fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| Serve::start().ready_after).collect();
    starts.sort();
    rows.push((
        "start to ready, median".to_owned(),
        format!("{:.0} ms", starts[STARTS / 2].as_secs_f64() * 1e3),
        "under 100 ms",
    ));

    // Before the processes are placed, which those that they start would inherit.
    let scripts = scripts::measure();
    let fleet = fleet::measure().await;
    let serve = Serve::start();
    rows.push((
        "memory, idle".to_owned(),
        format!("{:.1} MB", serve.memory_kib() / 1024.0),
        "under 15 MB",
    ));

    let mut wire = Wire::connect(&serve, "bench-1").await;
    let (request, reply_bytes) = wire.probe().await;
    let mut floor = floor::PingPong::start(request.len(), reply_bytes).await;
    let is_placed = place([serve.process(), floor.process()]);
    floor.round_trips(WARM_UP, 0).await;
    wire.round_trips(&request, WARM_UP, 0).await;
    // In turns, so that both see the same machine.
    let (mut floors, mut trips) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES / BATCH {
        floors.extend(floor.round_trips(0, BATCH).await);
        trips.extend(wire.round_trips(&request, 0, BATCH).await);
    }
    let placed = if is_placed {
        ", each side on its CPU"
    } else {
        ""
    };
    let (floor, trips) = (percentiles(floors), percentiles(trips));
    for (name, floor, trip) in [("p50", floor.0, trips.0), ("p99", floor.1, trips.1)] {
        rows.push((
            format!(
                "floor, {name} ({} bytes out, {reply_bytes} back{placed})",
                request.len()
            ),
            micros(floor),
            "",
        ));
        rows.push((
            format!("request round trip, {name}"),
            format!(
                "{} ({:.2} × floor)",
                micros(trip),
                trip.as_secs_f64() / floor.as_secs_f64()
            ),
            "1.4 × floor",
        ));
    }

    let took = wire.pipelined(&request, OUTSTANDING, REQUESTS).await;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let per_second = REQUESTS as f64 / took.as_secs_f64();
    rows.push((
        format!("requests per second, {OUTSTANDING} outstanding"),
        format!("{per_second:.0}"),
        "40,000",
    ));
    drop(serve);
    rows.extend(scripts);
    rows.extend(fleet);
    rows.extend(state::measure().await);
    rows.extend(rehearsal::measure());
    rows
}

/// The median and the 99th percentile.
fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn micros(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}
