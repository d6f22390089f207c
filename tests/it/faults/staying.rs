//! A connection that is lost, and made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portable_pty::CommandBuilder;

use crate::broker::{publish, serve_packets, token};
use crate::faults::{JOB1_QUEUED, Session, expect, expect_repaired};
use crate::proxy::{Cut, Proxy, Traffic};
use crate::pty::Pty;
use crate::readme::Piped;
use crate::test_service::{Run, TestService, run};

#[test]
fn a_cut_link_is_repaired_and_nothing_is_lost() {
    for (cut, reason) in [
        (Cut::Close, "the server hung up"),
        (Cut::Reset, "the server hung up"),
        (Cut::ClientSideOnly, "the server hung up"),
        (Cut::ServerStopsSending, "the server hung up"),
    ] {
        let mut session = Session::start("cut", &[]);
        session.proxy.cut(cut);
        session.expect(&[&format!("Connection lost: {reason}; reconnecting")]);
        session.expect_repaired(JOB1_QUEUED);
        session.type_line("next");
        session.expect(&["StartNextJobExecutionResponse:"]);
        session.piped.line();
        session.expect_job1("IN_PROGRESS", 2);
        // The streams are subscribed to again.
        session.type_line("create-job Job2 {}");
        session.expect(&["CreateJobResponse:"]);
        session.piped.line();
        session.expect(&["Received JobExecutionsChanged event:"]);
        session.piped.line();
        assert_eq!(session.proxy.accepted(), 2, "{cut:?}");
        session.end(0);
    }
}

#[test]
fn a_service_that_is_away_for_a_while_is_awaited() {
    let mut session = Session::start("away", &[]);
    session.proxy.set(Traffic::Refuse);
    session.proxy.cut(Cut::Close);
    session.expect(&["Connection lost: the server hung up; reconnecting"]);
    let port = session.proxy.port();
    let away = [
        "localhost:PORT hung up during the TLS handshake",
        "check that this port is for MQTT over TLS; AWS IoT uses 8883 and 443",
    ];
    for (command, operation) in [
        (
            "update-job-execution Job1 IN_PROGRESS",
            "UpdateJobExecution",
        ),
        ("next", "StartNextPendingJobExecution"),
    ] {
        session.type_line(command);
        let mut line = session.piped.line();
        if line.starts_with("Still not connected") {
            session.piped.line();
            line = session.piped.line();
        }
        assert_eq!(
            session.service.normal(&line, port),
            format!(
                "error: not connected, so {operation} was not sent: {}",
                away[0]
            )
        );
        session.expect(&[away[1]]);
    }
    session.proxy.set(Traffic::Pass);
    loop {
        let line = session.piped.line();
        if line.starts_with("Reconnected") {
            break;
        }
        assert!(
            line.starts_with("Still not connected") || line == away[1],
            "{line}"
        );
    }
    session.expect(&[
        "Events may have been missed. Pending now:",
        "GetPendingJobExecutionsResponse:",
        JOB1_QUEUED,
    ]);
    // Neither of the two was carried out.
    session.expect_job1("QUEUED", 1);
    session.end(4);
}

#[test]
fn a_service_that_stops_sends_a_disconnect() {
    let session = Session::start("stops", &[]);
    let Session {
        service,
        proxy,
        piped,
    } = session;
    let TestService { local, folder } = service;
    drop(local);
    assert_eq!(
        piped.line(),
        "Connection lost: the server disconnected (0x8B server shutting down); reconnecting"
    );
    drop((proxy, piped, folder));
}

#[test]
fn an_update_into_a_black_hole_is_neither_lost_nor_done_twice() {
    let mut session = Session::start("hole", &["--timeout", "1"]);
    session.proxy.set(Traffic::Hold);
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    session.expect(&[
        "error: no reply to UpdateJobExecution within 1s",
        "outcome unknown: it may have been carried out",
        "hint: `describe-job-execution Job1` shows it",
    ]);
    session.type_line("next");
    session.expect(&[
        "error: no reply to StartNextPendingJobExecution within 1s",
        "outcome unknown: it may have been carried out",
        "hint: `get-pending-job-executions` shows it",
    ]);
    session.type_line("get-pending-job-executions");
    session.expect(&[
        "error: no reply to GetPendingJobExecutions within 1s",
        "retry it",
    ]);
    // The network delivers what it held back: replies that are late, and recognised as such.
    session.proxy.set(Traffic::Pass);
    let late = "Received late, after its command had ended:";
    session.expect(&[
        late,
        "UpdateJobExecutionResponse:",
        "{\"clientToken\":C,\"timestamp\":T}",
    ]);
    session.expect(&[late, "StartNextJobExecutionResponse:"]);
    session.piped.line();
    session.expect(&[late, "GetPendingJobExecutionsResponse:"]);
    session.piped.line();
    session.expect_job1("IN_PROGRESS", 2);
    session.end(5);
}

#[test]
fn a_person_asks_for_an_unknown_outcome_with_enter() {
    let service = TestService::new("enter");
    let proxy = Proxy::start(service.local.mqtt_address());
    let typed = service.command(&[], proxy.port());
    let mut command = CommandBuilder::new(typed.get_program());
    command.args(typed.get_args());
    command.args(["--timeout", "1"]);
    for (name, value) in typed.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let mut session = Pty::spawn(command, 40, 100);
    session.wait_for("● lamp>");
    session.send("create-job Job1 {}\r");
    session.wait_for("Received NextJobExecutionChanged event:");
    proxy.set(Traffic::Hold);
    session.send("update Job1 IN_PROGRESS\r");
    session.wait_for("hint: `describe-job-execution Job1` shows it; press Enter to run it");
    proxy.set(Traffic::Pass);
    session.wait_for("Received late, after its command had ended:");
    session.send("\r");
    session.wait_for("DescribeJobExecutionResponse:");
    session.wait_for("\"versionNumber\":2");
    // Once: the next empty line is an empty line.
    session.send("\r");
    session.send("quit\r");
    assert!(session.wait_for_exit().success());
    let asked = session
        .output()
        .matches("DescribeJobExecutionResponse:")
        .count();
    assert_eq!(asked, 1);
}

#[test]
fn an_update_that_is_lost_with_the_link_has_an_unknown_outcome() {
    let mut session = Session::start("lost", &[]);
    session.proxy.set(Traffic::Hold);
    session.type_line("update-job-execution Job1 IN_PROGRESS");
    // The update has left, and no answer will come.
    session.proxy.wait_for_held();
    session.proxy.cut(Cut::Reset);
    session.proxy.set(Traffic::Pass);
    // The notice of the connection stands before the error or behind it.
    let mut first = session.piped.line();
    if first.starts_with("Connection lost: ") {
        first = session.piped.line();
    }
    let expected = "error: connection lost during UpdateJobExecution";
    assert!(first.starts_with(expected), "{first}");
    session.expect(&[
        "outcome unknown: it may have been carried out",
        "hint: `describe-job-execution Job1` shows it",
    ]);
    drop(session);
}

#[test]
fn a_slow_link_is_slow_and_nothing_else() {
    let service = TestService::new("slow");
    let proxy = Proxy::start(service.local.mqtt_address());
    proxy.set(Traffic::Slow(1024));
    let Run {
        code,
        stdout,
        stderr,
        ..
    } = run(
        &mut service.command(&[], proxy.port()),
        "create-job Job1 {\"a\":1}\ndone Job1\ndescribe Job1\n",
    );
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    for expected in [
        "CreateJobResponse:",
        "UpdateJobExecutionResponse:",
        "TerminalStateReached",
    ] {
        assert_eq!(stdout.matches(expected).count(), 1, "{expected}: {stdout}");
    }
    assert!(!stdout.contains("Connection lost"), "{stdout}");
}

/// What this server answers to whatever it is asked.
fn accepted(topic: &str, payload: &str) -> Vec<Vec<u8>> {
    let answer = format!(r#"{{"clientToken":"{}"}}"#, token(payload));
    vec![publish(&format!("{topic}/accepted"), answer.as_bytes())]
}

#[test]
fn a_link_that_is_dead_without_a_word_is_noticed_by_keep_alive() {
    // It wishes a keep-alive of one second, and a client of MQTT 5 does as the server wishes.
    const CONNACK: [u8; 8] = [0x20, 6, 0, 0, 3, 0x13, 0, 1];
    for is_asked in [false, true] {
        let updates = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&updates);
        let (service, server) = TestService::pretending("dead", move |stream| {
            serve_packets(stream, &CONNACK, &|topic, payload| {
                if topic.ends_with("/update") {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                accepted(topic, payload)
            });
        });
        let proxy = Proxy::start(server);
        let mut piped = Piped::start(service.command(&[], proxy.port()).arg("--keep-going"));
        let pending = r#"{"clientToken":C}"#;
        piped.type_line("pending");
        expect(&piped, &["GetPendingJobExecutionsResponse:", pending]);
        proxy.set(Traffic::Hold);
        if is_asked {
            piped.type_line("update Job1 IN_PROGRESS");
            expect(
                &piped,
                &[
                    "error: connection lost during UpdateJobExecution: the server stopped responding",
                    "outcome unknown: it may have been carried out",
                    "hint: `describe-job-execution Job1` shows it",
                ],
            );
        }
        expect(
            &piped,
            &["Connection lost: the server stopped responding; reconnecting"],
        );
        proxy.set(Traffic::Pass);
        expect_repaired(&piped, pending);
        let code = if is_asked { 4 } else { 0 };
        assert_eq!(piped.end(), (Vec::new(), Some(code)));
        // Messages that were held back may also have arrived.
        assert!(updates.load(Ordering::SeqCst) <= usize::from(is_asked));
    }
}

#[test]
fn two_sessions_with_one_client_id_do_not_fight_for_ever() {
    let lost = |next: &str| {
        format!(
            "Connection lost: another client connected with the same client id (0x8E session taken over); {next}"
        )
    };
    let (first, second) = (lost("reconnecting"), lost("the next command reconnects"));
    let mut one = Session::start("taken", &[]);
    let port = one.service.local.mqtt_address().port();
    let mut other = Piped::start(one.service.command(&[], port).arg("--keep-going"));
    one.expect(&[&first]);
    one.expect_repaired(JOB1_QUEUED);
    expect(&other, &[&first]);
    expect_repaired(&other, JOB1_QUEUED);
    one.expect(&[&second]);
    // Who keeps the connection can use it; who gave way comes back with its next command, once.
    other.type_line("next");
    expect(&other, &["StartNextJobExecutionResponse:"]);
    other.line();
    one.type_line("pending");
    expect(&other, &[&second]);
    while one.piped.line() != "GetPendingJobExecutionsResponse:" {}
}
