//! The events of a command come before the reply to the next one, however late the service sends them.

use jobs_sandbox::local::{Fault, FaultKind, FaultTarget};

use crate::proxy::{Proxy, Traffic};
use crate::script::summary;
use crate::test_service::{Run, TestService, run};

/// A command, its operation, whether it is one of the device, and how many lists and next executions its events are.
type Step = (&'static str, &'static str, bool, &'static [&'static str]);

const LIST: &str = "event JobExecutionsChanged";
const NEXT: &str = "event NextJobExecutionChanged";

const STEPS: &[Step] = &[
    ("create-job A 1", "CreateJob", false, &[LIST, NEXT]),
    ("create-job B 1", "CreateJob", false, &[LIST]),
    ("pending", "GetPendingJobExecutions", true, &[]),
    ("next", "StartNextPendingJobExecution", true, &[]),
    ("update B IN_PROGRESS", "UpdateJobExecution", true, &[]),
    ("done A", "UpdateJobExecution", true, &[LIST, NEXT]),
    ("create-job C 1", "CreateJob", false, &[LIST]),
    ("create-job D 1", "CreateJob", false, &[LIST]),
    // The head is in progress, and stays the head.
    ("cancel-job C", "CancelJob", false, &[LIST]),
    ("pending", "GetPendingJobExecutions", true, &[]),
    ("fail B", "UpdateJobExecution", true, &[LIST, NEXT]),
    ("delete-job D --force", "DeleteJob", false, &[LIST, NEXT]),
];

fn delay(of: FaultTarget, delay_ms: u64, rate: f64) -> Fault {
    Fault {
        of: Some(of),
        delay_ms: Some(delay_ms),
        rate,
        ..Fault::new(FaultKind::Delay)
    }
}

/// Runs a script, and returns what it showed.
fn shown(
    service: &TestService,
    arguments: &[&str],
    control: Option<&Proxy>,
    script: &str,
) -> Vec<String> {
    let port = service.local.mqtt_address().port();
    let mut command = service.command(&["--output", "jsonl"], port);
    command.args(arguments);
    if let Some(proxy) = control {
        let url = format!("http://127.0.0.1:{}", proxy.port());
        command.env("AWS_ENDPOINT_URL_IOT", url);
    }
    let Run { code, stdout, .. } = run(&mut command, script);
    assert_eq!(code, Some(0), "{stdout}");
    summary(&stdout)
}

/// What all steps show, if the events of a device's request come before its reply or not.
fn expected(events_first: bool) -> Vec<String> {
    let steps = STEPS.iter().zip(1..);
    let shown = steps.flat_map(|((_, operation, by_device, events), line)| {
        let reply = format!("response {operation} {line}");
        let mut shown: Vec<String> = events.iter().map(|&event| event.to_owned()).collect();
        let at = if events_first && *by_device {
            shown.len()
        } else {
            0
        };
        shown.insert(at, reply);
        shown
    });
    shown.collect()
}

/// All steps with these faults.
fn check(name: &str, faults: &[Fault], control: Option<Traffic>, events_first: bool) {
    let service = TestService::new(name);
    for fault in faults {
        service.local.add_fault(fault.clone()).expect("a fault");
    }
    let proxy = control.map(|traffic| {
        let proxy = Proxy::start(service.local.http_address());
        proxy.set(traffic);
        proxy
    });
    let script: Vec<&str> = STEPS.iter().map(|(line, ..)| *line).collect();
    let shown = shown(&service, &[], proxy.as_ref(), &script.join("\n"));
    assert_eq!(shown, expected(events_first), "{name}");
}

#[test]
fn events_come_before_the_next_reply_however_late_they_are() {
    let late = |delay_ms| delay(FaultTarget::Notifications, delay_ms, 1.0);
    check("effects-at-once", &[], None, false);
    check("effects-late", &[late(100)], None, false);
    check("effects-very-late", &[late(1000)], None, false);
}

#[test]
fn events_that_overtake_the_reply_are_not_awaited_once_more() {
    let late = |delay_ms| delay(FaultTarget::Replies, delay_ms, 1.0);
    check("effects-first", &[late(100)], None, true);
    check("effects-long-first", &[late(1000)], None, true);
    // The response to CreateJob and the like takes several pieces of bytes, ten a second.
    check("effects-before-http", &[], Some(Traffic::Slow(2000)), false);
}

#[test]
fn events_may_overtake_each_other() {
    let service = TestService::new("effects-mixed");
    let mixed = delay(FaultTarget::Notifications, 100, 0.5);
    service.local.add_fault(mixed).expect("a fault");
    let script: Vec<&str> = STEPS.iter().map(|(line, ..)| *line).collect();
    let shown = shown(&service, &[], None, &script.join("\n"));
    // Those of one command may have changed places.
    let sorted = |lines: &[String]| {
        let groups = lines.split_inclusive(|line| line.starts_with("response"));
        let groups = groups.map(|group| {
            let mut group = group.to_vec();
            group.sort();
            group
        });
        groups.flatten().collect::<Vec<_>>()
    };
    assert_eq!(sorted(&shown), sorted(&expected(false)));
}

#[test]
fn a_single_command_shows_its_late_events() {
    let service = TestService::new("effects-single");
    let late = delay(FaultTarget::Notifications, 500, 1.0);
    service.local.add_fault(late).expect("a fault");
    for (arguments, expected) in [
        (
            &["create-job", "A", "1"][..],
            &["response CreateJob 1", LIST, NEXT][..],
        ),
        (&["create-job", "B", "1"], &["response CreateJob 1", LIST]),
        (
            &["cancel-job-execution", "A"],
            &["response CancelJobExecution 1", LIST, NEXT],
        ),
        (
            &["done", "B"],
            &["response UpdateJobExecution 1", LIST, NEXT],
        ),
    ] {
        assert_eq!(
            shown(&service, arguments, None, "")[..],
            *expected,
            "{arguments:?}"
        );
    }
}

#[test]
fn after_a_miss_no_command_waits_until_the_next_event() {
    let service = TestService::new("effects-missed");
    let lost = Fault {
        of: Some(FaultTarget::Notifications),
        count: Some(2),
        ..Fault::new(FaultKind::Drop)
    };
    service.local.add_fault(lost).expect("a fault");
    let late = delay(FaultTarget::Notifications, 1000, 1.0);
    service.local.add_fault(late).expect("a fault");
    let script = "create-job A 1\ncreate-job B 1\npending\nwait event\ncreate-job C 1\npending\n";
    let expected = [
        "response CreateJob 1",
        "response CreateJob 2",
        "response GetPendingJobExecutions 3",
        LIST,
        "response CreateJob 5",
        LIST,
        "response GetPendingJobExecutions 6",
    ];
    assert_eq!(shown(&service, &[], None, script), expected);
}

#[test]
fn hidden_events_are_not_awaited() {
    let service = TestService::new("effects-hidden");
    let late = delay(FaultTarget::Notifications, 1000, 1.0);
    service.local.add_fault(late).expect("a fault");
    // If the first command waited, its events would be hidden.
    let script = "events off\ncreate-job A 1\nevents on\nwait event NextJobExecutionChanged\n";
    assert_eq!(
        shown(&service, &[], None, script),
        ["response CreateJob 2", LIST, NEXT]
    );
}

#[test]
fn what_was_only_possible_and_did_not_come_says_nothing_about_other_commands() {
    let service = TestService::new("effects-group");
    let late = delay(FaultTarget::Notifications, 1000, 1.0);
    service.local.add_fault(late).expect("a fault");
    let script = "create-thing-group g\ncreate-job A 1 --target g\ncreate-job B 1\n\
        add-thing-to-thing-group g\ncreate-job C 1 --target g\npending\n";
    let expected = [
        "response CreateThingGroup 1",
        "response CreateJob 2",
        "response CreateJob 3",
        LIST,
        NEXT,
        "response AddThingToThingGroup 4",
        "response CreateJob 5",
        LIST,
        "response GetPendingJobExecutions 6",
    ];
    assert_eq!(shown(&service, &[], None, script), expected);
}
