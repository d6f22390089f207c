//! Answers that come late, twice, not at all, or make no sense.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jobs_sandbox::local::FaultKind;

use crate::broker::{pretend_control, publish, serve_mqtt, serve_packets, token};
use crate::faults::{JOB1_QUEUED, Session, expect, expect_repaired};
use crate::readme::{Piped, normal};
use crate::serve::program;
use crate::test_service::{Run, THING, TestService, run};

/// An update whose reply does not come within its timeout.
const NO_REPLY: [&str; 4] = [
    "error: no reply to UpdateJobExecution within 1s",
    "the server has the message; check that the policy allows iot:Receive for the reply",
    "outcome unknown: it may have been carried out",
    "hint: `describe-job-execution Job1` shows it",
];

#[test]
fn replies_in_another_order_find_their_commands() {
    let mut session = Session::at(TestService::with_manual_clock("order"), &["--timeout", "1"]);
    session.fault(FaultKind::Delay, Some(60_000));
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    session.expect(&NO_REPLY);
    // The reply of what was asked later comes first, and it is not taken for the other.
    session.expect_job1("IN_PROGRESS", 2);
    session.service.local.advance_clock(Duration::from_mins(1));
    session.expect(&[
        "Received late, after its command had ended:",
        "UpdateJobExecutionResponse:",
        "{\"clientToken\":C,\"timestamp\":T}",
    ]);
    session.expect_job1("IN_PROGRESS", 2);
    session.end(5);
}

#[test]
fn a_reply_that_comes_twice_counts_once() {
    let mut session = Session::start("double", &[]);
    session.fault(FaultKind::Duplicate, None);
    let reply = [
        "UpdateJobExecutionResponse:",
        "{\"clientToken\":C,\"timestamp\":T}",
    ];
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    session.expect(&reply);
    session.expect(&["Received a second time:"]);
    session.expect(&reply);
    session.expect_job1("IN_PROGRESS", 2);
    session.end(0);
}

#[test]
fn a_reply_that_is_lost_leaves_the_outcome_open_and_nothing_is_repeated() {
    let mut session = Session::start("dropped", &["--timeout", "1"]);
    session.fault(FaultKind::Drop, None);
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    session.expect(&NO_REPLY);
    session.expect_job1("IN_PROGRESS", 2);
    // Who waits asks again.
    session.fault(FaultKind::Drop, None);
    session.type_line("wait Job1 IN_PROGRESS --timeout 20");
    session.expect(&["Job1 is IN_PROGRESS"]);
    session.end(5);

    // With the reply the connection is gone.
    let mut session = Session::start("gone", &[]);
    session.fault(FaultKind::Disconnect, None);
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    session.expect(&[
        "error: connection lost during UpdateJobExecution: the server hung up",
        "outcome unknown: it may have been carried out",
        "hint: `describe-job-execution Job1` shows it",
        "Connection lost: the server hung up; reconnecting",
    ]);
    session.expect_repaired(
        "{\"clientToken\":C,\"timestamp\":T,\"inProgressJobs\":[{\"jobId\":\"Job1\",\"queuedAt\":T,\"lastUpdatedAt\":T,\"startedAt\":T,\"executionNumber\":1,\"versionNumber\":2}],\"queuedJobs\":[]}",
    );
    session.end(4);
}

#[test]
fn an_event_that_may_not_be_received_does_not_come_and_nothing_else_is_lost() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:*","Resource":"*"},
        {"Effect":"Deny","Action":"iot:Receive","Resource":"*/jobs/notify-next"}]}"#;
    let service = TestService::with_policy("receive", policy);
    let piped = &mut Piped::start(&mut service.command(&[], service.local.mqtt_address().port()));
    piped.type_line("create-job Job1 {}");
    let job = r#"{"jobArn":"arn:aws:iot:us-east-1:123456789012:job/Job1","jobId":"Job1"}"#;
    let changed = r#"{"timestamp":T,"jobs":{"QUEUED":[{"jobId":"Job1","queuedAt":T,"lastUpdatedAt":T,"executionNumber":1,"versionNumber":1}]}}"#;
    let event = "Received JobExecutionsChanged event:";
    expect(piped, &["CreateJobResponse:", job, event, changed]);
    // The other event does not arrive, and servers do not report that; `policy check` does.
    piped.type_line("pending");
    expect(piped, &["GetPendingJobExecutionsResponse:", JOB1_QUEUED]);
    service.write("policy.json", policy);
    let mut command = program();
    command
        .args(["policy", "check"])
        .arg(service.path("policy.json"));
    command.args(["--thing", THING, "--region", "us-east-1"]);
    command.args(["--account", "123456789012"]);
    let Run { stdout, code, .. } = run(&mut command, "");
    let missing = stdout.lines().filter(|line| line.starts_with("DENIED"));
    let expected = "DENIED   iot:Receive    topic/$aws/things/lamp/jobs/notify-next: statement 2";
    assert_eq!(missing.collect::<Vec<_>>(), [expected], "{stdout}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_packet_that_ends_the_connection_is_reported_and_the_client_reconnects() {
    for (packet, reason) in [
        (
            &b"\xe0\x02\x8b\x00"[..],
            "the server disconnected (0x8B server shutting down)",
        ),
        (
            b"\xe0\x00",
            "the server disconnected (0x00 normal disconnection)",
        ),
        (
            b"\x00\x00",
            "protocol error: received a packet that is not MQTT 5 (Invalid packet type = 0)",
        ),
        (
            b"\x40\x02\x00\x63",
            "protocol error: the server acknowledged packet id 99, which is not in use",
        ),
        (
            b"\x30\x80\x80\x40",
            "protocol error: received a packet of 1048576 bytes; the limit is 153600",
        ),
    ] {
        let has_answered = Arc::new(AtomicBool::new(false));
        let (service, server) = TestService::pretending("nonsense", move |stream| {
            serve_packets(stream, b"\x20\x03\x00\x00\x00", &|topic, payload| {
                if has_answered.swap(true, Ordering::SeqCst) {
                    let answer = format!(r#"{{"clientToken":"{}"}}"#, token(payload));
                    vec![publish(&format!("{topic}/accepted"), answer.as_bytes())]
                } else {
                    vec![packet.to_vec()]
                }
            });
        });
        let mut piped = Piped::start(service.command(&[], server.port()).arg("--keep-going"));
        piped.type_line("pending");
        expect(
            &piped,
            &[
                &format!("error: connection lost during GetPendingJobExecutions: {reason}"),
                "retry it",
                &format!("Connection lost: {reason}; reconnecting"),
            ],
        );
        expect_repaired(&piped, r#"{"clientToken":C}"#);
        assert_eq!(piped.end(), (Vec::new(), Some(4)));
    }
}

#[test]
fn a_reply_that_makes_no_sense_is_shown_for_what_it_is() {
    let (service, server) = TestService::pretending("babble", move |stream| {
        serve_packets(stream, b"\x20\x03\x00\x00\x00", &|topic, payload| {
            let token = token(payload);
            match topic.rsplit('/').next() {
                // No JSON, and so no token: an answer to nothing.
                Some("get") => vec![publish(&format!("{topic}/accepted"), b"\x1b[2Jboo\xff")],
                // The right token, and else what no service sends.
                _ => vec![publish(
                    &format!("{topic}/rejected"),
                    format!(r#"{{"clientToken":"{token}","code":7,"message":"\u001b]0;x\u0007"}}"#)
                        .as_bytes(),
                )],
            }
        });
    });
    let mut command = service.command(&[], server.port());
    command.args(["--keep-going", "--timeout", "1"]);
    let Run { stdout, code, .. } = run(&mut command, "pending\nnext\n");
    let lines: Vec<String> = stdout.lines().map(normal).collect();
    assert_eq!(
        lines,
        [
            "error: no reply to GetPendingJobExecutions within 1s",
            "the server has the message; check that the policy allows iot:Receive for the reply",
            "retry it",
            "Received a reply that matches no command of this session:",
            "GetPendingJobExecutionsResponse:",
            "\\u001b[2Jboo\u{FFFD}",
            r#"error: StartNextPendingJobExecution was rejected: {"clientToken":C,"code":7,"message":"\u001b]0;x\u0007"}"#,
        ]
    );
    assert_eq!(code, Some(5));
}

#[test]
fn a_control_plane_that_is_silent_is_waited_for_as_long_as_a_command_may_take() {
    let (control, asked) = pretend_control(|_| {
        // Until the test ends.
        loop {
            std::thread::park();
        }
    });
    let service = TestService::new("mute");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    command.env("AWS_ENDPOINT_URL_IOT", control);
    command.args(["--timeout", "1"]);
    let Run { stdout, code, .. } = run(&mut command, "create-job Job1 {}\n");
    assert_eq!(
        stdout,
        "error: CreateJob: no answer from the control plane within 1s\n\
         outcome unknown: it may have been carried out\n\
         hint: `get-pending-job-executions` shows it\n"
    );
    assert_eq!((code, asked.load(Ordering::SeqCst)), (Some(5), 1));
}

#[test]
fn a_control_plane_that_makes_no_sense_is_shown_for_what_it_is() {
    let page = "<html>\x1b]0;x\x07";
    let nobody = |cause: &str| {
        format!(
            "error: CreateJob: no answer from the control plane: {cause}\n\
             outcome unknown: it may have been carried out\n\
             hint: `get-pending-job-executions` shows it\n"
        )
    };
    let foreign = |status| {
        nobody(&format!(
            "the response (HTTP {status}) is not from AWS; is there a proxy in between?"
        ))
    };
    for (status, exception, body, expected) in [
        (200, "", page, foreign(200)),
        (502, "", page, foreign(502)),
        (403, "\x1b[2J", "{}", nobody("invalid HTTP header parsed")),
        (
            400,
            "Strange",
            r#"{"message":"\u001b[2J"}"#,
            "error: CreateJob was rejected: Strange: \\u001b[2J\n".to_owned(),
        ),
    ] {
        let (control, asked) = pretend_control(move |_| Some((status, exception, body.to_owned())));
        let service = TestService::new("html");
        let mut command = service.command(&[], service.local.mqtt_address().port());
        command.env("AWS_ENDPOINT_URL_IOT", control);
        let Run { stdout, .. } = run(&mut command, "create-job Job1 {}\n");
        assert_eq!(stdout, expected);
        assert_eq!(asked.load(Ordering::SeqCst), 1, "sent once");
    }
}

#[test]
fn a_page_is_no_answer_to_a_change_whose_response_is_empty() {
    for (body, command, expected) in [
        ("<html>", "delete-job Job1 --force --yes", Some("DeleteJob")),
        ("ok", "delete-thing lamp", Some("DeleteThing")),
        (
            "<html>",
            "cancel-job-execution Job1",
            Some("CancelJobExecution"),
        ),
        ("", "delete-thing lamp", None),
        ("{}", "delete-thing lamp", None),
    ] {
        let (control, _) = pretend_control(move |_| Some((200, "", body.to_owned())));
        let service = TestService::new("page");
        let mut command_line = service.command(&[], service.local.mqtt_address().port());
        command_line.env("AWS_ENDPOINT_URL_IOT", control);
        let Run { stdout, code, .. } = run(&mut command_line, &format!("{command}\n"));
        match expected {
            Some(operation) => {
                let expected = format!(
                    "error: {operation}: no answer from the control plane: the response (HTTP 200) is not from AWS; \
                     is there a proxy in between?\noutcome unknown: it may have been carried out\n"
                );
                assert!(stdout.starts_with(&expected), "{stdout}");
                assert_eq!(code, Some(4), "{command}");
            }
            None => assert_eq!(code, Some(0), "{stdout}"),
        }
    }
}

#[test]
fn a_failure_of_the_service_leaves_the_outcome_open() {
    for (status, exception) in [
        (500, "InternalFailureException"),
        (503, "ServiceUnavailableException"),
        (504, "Strange"),
    ] {
        let body = r#"{"message":"why"}"#;
        let (control, asked) = pretend_control(move |_| Some((status, exception, body.to_owned())));
        let (service, server) = TestService::pretending("failing", move |stream| {
            serve_mqtt(stream, &|_, payload| {
                let token = token(payload);
                let text = format!(
                    r#"{{"code":"InternalError","message":"why","clientToken":"{token}","timestamp":1}}"#
                );
                vec![("rejected", text)]
            });
        });
        let mut command = service.command(&["--keep-going"], server.port());
        command.env("AWS_ENDPOINT_URL_IOT", control);
        let script = "create-job Job1 {}\nlist-jobs\nupdate Job1 FAILED\nnext\npending\n";
        let Run { stdout, code, .. } = run(&mut command, script);
        let unknown = "outcome unknown: it may have been carried out\n";
        let retry = "hint: the service failed; retry in a moment\n";
        let expected = [
            &format!("error: CreateJob failed: {exception}: why\n"),
            unknown,
            "hint: `get-pending-job-executions` shows it\n",
            &format!("error: ListJobs failed: {exception}: why\n"),
            retry,
            "error: UpdateJobExecution failed: InternalError: why\n",
            unknown,
            "hint: `describe-job-execution Job1` shows it\n",
            "error: StartNextPendingJobExecution failed: InternalError: why\n",
            unknown,
            "hint: `get-pending-job-executions` shows it\n",
            "error: GetPendingJobExecutions failed: InternalError: why\n",
            retry,
        ];
        assert_eq!(stdout, expected.concat());
        assert_eq!(code, Some(4));
        assert_eq!(asked.load(Ordering::SeqCst), 2, "each is sent once");
    }
}

#[test]
fn what_is_too_large_is_refused_and_the_session_continues() {
    let service = TestService::new("large");
    let port = service.local.mqtt_address().port();
    let document = "x".repeat(33_000);
    let details = "x".repeat(140_000);
    let Run { stdout, code, .. } = run(
        service.command(&[], port).arg("--keep-going"),
        &format!(
            "create-job Job1 \"{document}\"\nupdate Job2 FAILED --detail a={details}\nget-pending-job-executions\n"
        ),
    );
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].starts_with("error: CreateJob was rejected: InvalidRequestException: "),
        "{lines:?}"
    );
    assert!(
        stdout.contains("GetPendingJobExecutionsResponse:"),
        "{stdout}"
    );
    assert!(stdout.contains("the limit is"), "{stdout}");
    assert_eq!(code, Some(1));
    assert!(!stdout.contains("Connection lost"), "{stdout}");
    assert!(
        !stdout.contains(THING) || stdout.len() < 4_000,
        "{}",
        stdout.len()
    );
}
