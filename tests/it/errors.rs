//! Every error in one place: refusals of the service in `golden/refusals.txt`, and lines that are not commands in
//! `golden/mistakes.txt`. `UPDATE_GOLDEN=1 cargo test` writes them; read the difference before you commit it.

use std::fmt::Write as _;
use std::process::Command;

use jobs_sandbox::control::ControlError;
use jobs_sandbox::control::operations::{about, abouts};
use jobs_sandbox::protocol::{ErrorCode, JobExecutionStatus};
use jobs_sandbox::repl::output::hints::EXCEPTIONS;
use jobs_sandbox::repl::output::{answer, render};

use crate::service::{check_golden, golden};

/// The errors of each operation of the control plane that a command here uses, by the model of AWS: a line for each.
const MODELLED: &str = include_str!("modelled.txt");

/// The operations with their errors.
fn modelled() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let rows = MODELLED
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>());
    rows.map(|row| (row[0], row[1..].to_vec()))
}

/// Those of every operation.
const OF_ALL: [&str; 2] = ["InvalidRequestException", "ThrottlingException"];

/// The errors of the data plane over HTTP, by the model of AWS (iot-jobs-data).
const DATA_PLANE: [(&str, &[&str]); 2] = [
    (
        "DescribeJobExecution",
        &["CertificateValidationException", "TerminalStateException"],
    ),
    (
        "UpdateJobExecution",
        &[
            "CertificateValidationException",
            "ConflictException",
            "InvalidStateTransitionException",
        ],
    ),
];

/// What all of AWS has in common. <https://docs.aws.amazon.com/iot/latest/apireference/CommonErrors.html>
const COMMON: [&str; 24] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MalformedHttpRequestException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestAbortedException",
    "RequestEntityTooLargeException",
    "RequestExpired",
    "RequestTimeoutException",
    "SerializationException",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SubscriptionRequiredException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
];

/// An error, its further lines indented.
fn row(out: &mut String, shown: &str) {
    writeln!(out, "{}", shown.replace('\n', "\n    ")).expect("a string");
}

/// An `ErrorResponse`; AWS sends the state of the execution with two codes.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/jobs-api.html#jobs-mqtt-error-response>
fn rejection(out: &mut String, operation: &str, code: ErrorCode, status: Option<&str>) {
    let with_state = matches!(
        code,
        ErrorCode::InvalidStateTransition | ErrorCode::VersionMismatch
    );
    let state = r#","executionState":{"status":"FAILED","versionNumber":3}"#;
    let state = if with_state { state } else { "" };
    let payload =
        format!(r#"{{"code":"{code}","message":"why","clientToken":"t","timestamp":1{state}}}"#);
    let shown = render::rejection(operation, status, &payload);
    row(out, &shown);
    assert_eq!(shown.contains("\nexecutionState: {"), with_state, "{shown}");
    check_form(&shown);
}

fn exception(out: &mut String, operation: &str, exception: &str) {
    let error = ControlError::Refused {
        code: exception.to_owned(),
        message: "why".to_owned(),
        status: 400,
    };
    let shown = match about(operation) {
        Some(about) => answer::of_control_error(about, error).text,
        None => render::control_error(operation, exception, "why"),
    };
    row(out, &shown);
    check_form(&shown);
}

/// What and why, perhaps the state, and what next: three short lines.
fn check_form(shown: &str) {
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("error: "), "{shown}");
    assert!(lines[lines.len() - 1].starts_with("hint: "), "{shown}");
    assert!(lines.len() <= 3, "{shown}");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 130),
        "{shown}"
    );
}

#[test]
fn every_refusal_names_what_why_and_the_next_step() {
    let mut out = String::from("# The device's side over MQTT.\n");
    for operation in [
        "GetPendingJobExecutions",
        "StartNextPendingJobExecution",
        "DescribeJobExecution",
        "UpdateJobExecution",
    ] {
        for code in ErrorCode::ALL {
            rejection(&mut out, operation, code, None);
        }
    }
    for status in JobExecutionStatus::ALL {
        writeln!(out, "# An update to {status}.").expect("a string");
        for code in [ErrorCode::InvalidRequest, ErrorCode::InvalidStateTransition] {
            rejection(&mut out, "UpdateJobExecution", code, Some(status.as_str()));
        }
    }
    out.push_str("# The control plane.\n");
    for (operation, errors) in modelled() {
        for error in errors.iter().chain(&OF_ALL) {
            exception(&mut out, operation, error);
        }
    }
    for about in abouts() {
        let is_modelled = modelled().any(|(name, _)| name == about.name);
        assert!(is_modelled, "the errors of {} are missing", about.name);
    }
    out.push_str("# The device's side over HTTP, where it differs.\n");
    for (operation, errors) in DATA_PLANE {
        for error in errors {
            exception(&mut out, operation, error);
        }
    }
    out.push_str("# Any operation.\n");
    for error in COMMON {
        exception(&mut out, "CreateJob", error);
    }
    // `help errors` lists nothing else.
    for (listed, operation) in EXCEPTIONS {
        let is_here = ["was rejected", "failed"]
            .iter()
            .any(|what| out.contains(&format!("error: {operation} {what}: {listed}:")));
        assert!(
            is_here || listed == "NotEmulatedException",
            "{listed} of {operation}"
        );
    }
    check_golden(&golden("refusals.txt"), &out);
}

/// Types every mistake into one session.
#[test]
fn every_mistake_is_named() {
    let folder = crate::serve::Folder::new("mistakes");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.0.join(name), bytes).expect(name);
    std::fs::create_dir(folder.0.join("folder")).expect("a folder");
    write("latin-1.json", b"\"\xff\"");
    write("large.json", " ".repeat(300 * 1024).as_bytes());
    write("bad.json", b"{\n  \"a\": 1,\n}\n");
    write("empty.json", b"");
    let table = std::fs::read_to_string(golden("mistakes.txt")).expect("the table");
    let mut out = String::new();
    let typed = table.lines().filter(|line| !line.starts_with("    "));
    for line in typed {
        let Some(line) = line.strip_prefix("> ") else {
            out.extend([line, "\n"]);
            continue;
        };
        out.extend(["> ", line, "\n"]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobs-sandbox"));
        command
            .current_dir(&folder.0)
            .env_remove("HOME")
            .env_remove("XDG_STATE_HOME");
        // The session continues after any mistake.
        let script = format!("{line}\nevents last\nquit\n");
        let ended = crate::test_service::run(command.arg("--keep-going"), &script);
        writeln!(out, "    exit status {}", ended.code.unwrap_or(-1)).expect("a string");
        assert!(
            ended.stdout.starts_with("error: "),
            "{line}: {}",
            ended.stdout
        );
        let lines: Vec<&str> = ended.stdout.lines().collect();
        assert!((2..=5).contains(&lines.len()), "{line}: {}", ended.stdout);
        for shown in lines {
            writeln!(out, "    {shown}").expect("a string");
        }
    }
    check_golden(&golden("mistakes.txt"), &out);
}
