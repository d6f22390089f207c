//! Rehearsals of rollouts: what the program prints, in `golden/fleet.txt`, and numbers that are the service's.

mod numbers;

use std::process::Command;

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
            out += &format!("{line}\n");
            for printed in run(command).lines() {
                out += format!("    {printed}").trim_end();
                out += "\n";
            }
            out += "\n";
        } else if line.starts_with('#') {
            out += &format!("{line}\n");
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
    let is_text = |line: &&str| {
        let printed = line.strip_prefix("    ");
        // JSON, CSV and errors are as long as they are.
        printed.is_some_and(|it| !it.starts_with(['{', '`']) && !it.contains("error: "))
            && !line.contains("aws iot")
    };
    for line in recorded.lines().filter(is_text) {
        assert!(line.chars().count() <= 84, "{line}");
    }
}
