//! A rehearsal: many simulated devices in virtual time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Row;

const PLAN: &str = "succeed after 20s..3m; fail 4%; hang 1%; away 10% for 2h";

const CONFIG: &str = r#"{"jobExecutionsRolloutConfig":{"maximumPerMinute":50},
    "timeoutConfig":{"inProgressTimeoutInMinutes":30}}"#;

pub(crate) fn measure() -> Vec<Row> {
    let sizes = [(10_000, "under 5 s, 200 MB"), (100_000, "under 60 s")];
    let row = |(devices, goal)| {
        let (took, memory_kib) = rehearse(devices);
        let value = format!("{:.2} s, {:.0} MB", took.as_secs_f64(), memory_kib / 1024.0);
        (format!("a rehearsal with {devices} devices"), value, goal)
    };
    sizes.map(row).into()
}

/// How long it takes, and the most memory that it needs.
fn rehearse(devices: usize) -> (Duration, f64) {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(["fleet", &devices.to_string(), "--seed", "7"])
        .args(["--plan", PLAN, "--with", CONFIG])
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut peak_kib = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a process") {
            break status;
        }
        peak_kib = peak(child.id()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{status}");
    (begun.elapsed(), peak_kib)
}

/// The most resident memory of a process so far, in KiB, while it runs.
fn peak(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
