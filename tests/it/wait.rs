//! `wait`: how it ends, also while the connection is lost. The client reconnects, so waiting continues.

use std::time::Duration;

use jobs_sandbox::control::{Access, Control};
use jobs_sandbox::protocol::ThingName;
use jobs_sandbox::repl::input::command::{Command, ServiceRequest, parse};
use tokio::runtime::Runtime;

use crate::proxy::{Cut, Proxy, Traffic};
use crate::readme::Piped;
use crate::script::ended;
use crate::test_service::TestService;

/// A session on the other side of a proxy, with a job, whose link has just been cut for good.
fn away(name: &str, options: &[&str]) -> (TestService, Proxy, Piped) {
    let service = TestService::new(name);
    let proxy = Proxy::start(service.local.mqtt_address());
    let mut piped = Piped::start(service.command(&[], proxy.port()).args(options));
    piped.type_line("create-job Job1 1");
    until(&piped, "Received NextJobExecutionChanged event:");
    proxy.set(Traffic::Refuse);
    proxy.cut(Cut::Close);
    until(&piped, "Connection lost: ");
    (service, proxy, piped)
}

/// Reads up to the line that starts so.
fn until(piped: &Piped, start: &str) {
    while !piped.line().starts_with(start) {}
}

#[test]
fn a_status_is_awaited_beyond_a_lost_connection() {
    let (service, proxy, mut piped) = away("wait", &[]);
    piped.type_line("wait Job1 CANCELED --timeout 60");
    until(&piped, "Still not connected");
    // Another operator cancels it.
    let access = Access::Url(service.local.control_url());
    let Ok(Some(Command::Service(ServiceRequest::Control(cancel)))) = parse("cancel-job Job1")
    else {
        panic!("not a command");
    };
    let runtime = Runtime::new().expect("a runtime");
    let cancelled = runtime.block_on(async {
        let control = Control::open("us-east-1", &access, Duration::from_secs(30)).await;
        let thing = ThingName::new("any").expect("a thing name");
        control.send(&control.prepare(&cancel, &thing)).await.0
    });
    assert!(cancelled.is_ok(), "{cancelled:?}");
    proxy.set(Traffic::Pass);
    until(&piped, "Job1 is CANCELED");
    // The report on what was missed may follow.
    assert_eq!(piped.end().1, Some(0));
}

#[test]
fn a_status_is_not_awaited_for_ever() {
    let (_site, _proxy, mut piped) = away("wait-long", &[]);
    // The last look may end in the middle of an attempt to connect.
    piped.type_line("wait Job1 SUCCEEDED --timeout 3");
    until(&piped, "error: ");
    let (rest, code) = piped.end();
    assert!(matches!(code, Some(4 | 5)), "{code:?}: {rest:?}");
}

#[test]
fn a_wait_that_fails_names_the_next_step() {
    for (script, expected) in [
        (
            "wait event --timeout 1",
            "error: no new event within 1s\nhint: `--timeout SECONDS` waits longer\n",
        ),
        (
            "wait J SUCCEEDED --timeout 1",
            "error: sandbox-thing had no execution of J within 1s\nhint: `list-jobs` lists the jobs\n",
        ),
        (
            "events off\ncreate-job J 1\nwait J SUCCEEDED --timeout 1",
            "error: J is QUEUED and did not become SUCCEEDED within 1s\nhint: `--timeout SECONDS` waits longer\n",
        ),
        (
            "events off\ncreate-job J 1\nfail J\nwait J SUCCEEDED",
            "error: J has ended as FAILED and cannot become SUCCEEDED\n\
             hint: `describe J --thing sandbox-thing` shows the execution\n",
        ),
    ] {
        let (_, output, _) = ended(&[], script);
        assert!(output.ends_with(expected), "{script}: {output}");
    }
}

#[test]
fn a_wait_ends_in_time_although_a_reply_is_outstanding() {
    let service = TestService::new("wait-silent");
    let proxy = Proxy::start(service.local.mqtt_address());
    let mut piped = Piped::start(&mut service.command(&[], proxy.port()));
    piped.type_line("create-job Job1 1");
    until(&piped, "Received NextJobExecutionChanged event:");
    proxy.set(Traffic::Hold);
    piped.type_line("wait Job1 SUCCEEDED --timeout 1");
    until(&piped, "error: no reply about the status of Job1 within 1s");
    assert_eq!(piped.end().1, Some(5));
}
