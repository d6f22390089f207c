//! Rehearsals of rollouts: what the program prints, in `golden/fleet.txt`, and numbers that are the service's.

mod numbers;

use std::process::Command;

#[cfg(unix)]
use portable_pty::CommandBuilder;

#[cfg(unix)]
use crate::pty::Pty;
use crate::service::{check_golden, golden};

/// The words of a command line, in which single quotes quote.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(ToOwned::to_owned));
        }
    }
    words
}

/// What a run of the program prints, and its exit status.
fn run(line: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(words(line))
        .current_dir(std::env::temp_dir())
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let status = match output.status.code() {
        Some(0) => String::new(),
        code => format!("exit status {}\n", code.unwrap_or(-1)),
    };
    stdout + &stderr + &status
}

/// Every command of the file, with what it prints below it.
#[test]
fn reports_are_as_recorded() {
    let path = golden("fleet.txt");
    let recorded = std::fs::read_to_string(&path).expect("the file");
    let mut out = String::new();
    for line in recorded.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            out.extend([line, "\n"]);
            for printed in run(command).lines() {
                out += format!("    {printed}").trim_end();
                out += "\n";
            }
            out += "\n";
        } else if line.starts_with('#') {
            out.extend([line, "\n"]);
            // A blank line behind the heading.
            if out.lines().count() == 1 {
                out += "\n";
            }
        }
    }
    check_golden(&path, &out);
}

#[test]
fn reports_fit_80_columns() {
    let recorded = std::fs::read_to_string(golden("fleet.txt")).expect("the file");
    let mut is_text = false;
    for line in recorded.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            is_text = !command.contains("--output") && !command.contains("--explain");
        }
        // What the service refuses is folded on a terminal alone.
        let printed = line.strip_prefix("    ").filter(|_| is_text);
        let refused = ["error: ", "these can: "];
        let printed = printed.filter(|it| !refused.iter().any(|start| it.starts_with(start)));
        assert!(printed.is_none_or(|it| it.chars().count() <= 80), "{line}");
    }
}

/// What a run prints, with words that need quotes.
fn run_args(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"))
        .args(args)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("a text")
}

#[test]
fn neither_the_pace_nor_the_run_changes_a_result() {
    let rehearsal = [
        "fleet",
        "50",
        "--plan",
        "succeed after 1s..1m; fail 20%; offline 20% for 10s",
    ];
    let seeded = |seed, more: &[&str]| {
        let args = [&rehearsal, &["--output", "json", "--seed", seed], more].concat();
        run_args(&args)
    };
    let report = seeded("7", &[]);
    assert_eq!(report, seeded("7", &[]));
    assert_eq!(report, seeded("7", &["--speed", "3000"]));
    assert_ne!(report, seeded("8", &[]));
}

/// The chart that the README shows.
#[test]
fn the_chart_is_as_recorded() {
    const CONFIG: &str = r#"{"jobExecutionsRolloutConfig":{"maximumPerMinute":200,"exponentialRate":{
        "baseRatePerMinute":10,"incrementFactor":2,"rateIncreaseCriteria":{"numberOfSucceededThings":60}}},
        "timeoutConfig":{"inProgressTimeoutInMinutes":10},
        "abortConfig":{"criteriaList":[{"failureType":"FAILED","action":"CANCEL",
        "thresholdPercentage":6.5,"minNumberOfExecutedThings":500}]}}"#;
    let drawn = std::env::temp_dir().join(format!("rollout-{}.svg", std::process::id()));
    let chart = drawn.to_str().expect("a path");
    let plan = "succeed after 20s..3m; fail 6%; hang 1%; away 10% for 20m";
    run_args(&[
        "fleet", "5000", "--seed", "3", "--plan", plan, "--with", CONFIG, "--chart", chart,
    ]);
    let svg = std::fs::read_to_string(&drawn).expect("the chart");
    std::fs::remove_file(&drawn).expect("it is there");
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/rollout.svg");
    check_golden(std::path::Path::new(recorded), &svg);
}

#[cfg(unix)]
#[test]
fn a_terminal_shows_how_it_goes_and_ctrl_c_ends_it() {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
    command.args(words("fleet 100 --speed 1 --plan 'succeed after 1h'"));
    command.env("TERM", "xterm");
    let mut pty = Pty::spawn(command, 30, 80);
    pty.wait_for("each column is 1m");
    pty.wait_for("in progress");
    pty.send("\x03");
    pty.wait_for("PARTIAL: interrupted at 00:00:0");
    pty.wait_for("interrupted: the report is partial");
    assert_eq!(pty.wait_for_exit().exit_code(), 130);
}
