//! A busy service: throttled requests are retried and the user is informed; everything else is sent once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::broker::{Answers, pretend_control, serve_mqtt, token};
use crate::readme::normal;
use crate::test_service::{Run, TestService, run};

/// A service whose MQTT server is one of the test's own.
fn service(
    name: &str,
    answer: impl Fn(&str, &str) -> Answers + Clone + Send + 'static,
) -> (TestService, u16) {
    let (service, address) =
        TestService::pretending(name, move |stream| serve_mqtt(stream, &answer));
    (service, address.port())
}

fn throttled(payload: &str) -> (&'static str, String) {
    let text = format!(
        r#"{{"code":"RequestThrottled","message":"slow down","clientToken":"{}","timestamp":1}}"#,
        token(payload)
    );
    ("rejected", text)
}

fn accepted(payload: &str) -> (&'static str, String) {
    (
        "accepted",
        format!(r#"{{"clientToken":"{}","timestamp":1}}"#, token(payload)),
    )
}

/// Lines with what differs from run to run replaced.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| match line.split_once("; retrying in ") {
            Some((start, _)) => format!("{start}; retrying in S"),
            None => normal(line),
        })
        .collect()
}

#[test]
fn a_throttled_request_of_a_device_is_retried() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (service, port) = service("throttled", move |_, payload| {
        vec![if count.fetch_add(1, Ordering::SeqCst) < 2 {
            throttled(payload)
        } else {
            accepted(payload)
        }]
    });
    let Run { stdout, code, .. } = run(&mut service.command(&[], port), "update Job1 FAILED\n");
    let again = "UpdateJobExecution was throttled; retrying in S";
    assert_eq!(
        lines(&stdout),
        [
            again,
            again,
            "UpdateJobExecutionResponse:",
            r#"{"clientToken":C,"timestamp":T}"#
        ]
    );
    assert_eq!((code, asked.load(Ordering::SeqCst)), (Some(0), 3));
}

#[test]
fn throttling_without_end_ends_with_the_timeout_of_the_command() {
    let (service, port) = service("throttled-for-ever", |_, payload| vec![throttled(payload)]);
    let mut command = service.command(&[], port);
    let Run { stdout, code, .. } = run(command.args(["--timeout", "1"]), "pending\n");
    let lines = lines(&stdout);
    assert_eq!(
        lines.last().map(String::as_str),
        Some("hint: too many requests; wait a moment and retry"),
        "{stdout}"
    );
    let ends = lines.iter().filter(|line| line.starts_with("error: "));
    assert_eq!((ends.count(), code), (1, Some(1)), "{stdout}");
}

#[test]
fn a_refusal_is_not_sent_again_and_a_second_reply_is_recognised() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (service, port) = service("twice", move |topic, payload| {
        count.fetch_add(1, Ordering::SeqCst);
        if topic.ends_with("Job1/update") {
            let text = format!(
                r#"{{"code":"VersionMismatch","message":"m","clientToken":"{}"}}"#,
                token(payload)
            );
            vec![("rejected", text)]
        } else {
            vec![accepted(payload), accepted(payload)]
        }
    });
    let Run { stdout, .. } = run(
        service.command(&[], port).arg("--keep-going"),
        "update Job1 FAILED\npending\nhelp x\n",
    );
    let lines = lines(&stdout);
    assert_eq!(
        lines[..4],
        [
            "error: UpdateJobExecution was rejected: VersionMismatch: m",
            "hint: the execution has changed; `describe Job1` shows its current version",
            "GetPendingJobExecutionsResponse:",
            r#"{"clientToken":C,"timestamp":T}"#,
        ],
        "{stdout}"
    );
    assert_eq!(
        stdout.matches("Received a second time:").count(),
        1,
        "{stdout}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn the_control_plane_is_asked_again_when_it_is_busy_and_only_then() {
    for (status, exception, text) in [
        (400, "ThrottlingException", "Rate exceeded"),
        (429, "TooManyRequestsException", "Too many"),
    ] {
        let (control, asked) = pretend_control(move |before| {
            Some(if before < 2 {
                (status, exception, format!(r#"{{"message":"{text}"}}"#))
            } else {
                (200, "", r#"{"jobId":"Job1"}"#.to_owned())
            })
        });
        let service = TestService::new("busy");
        let mut command = service.command(&[], service.local.mqtt_address().port());
        command.env("AWS_ENDPOINT_URL_IOT", control);
        let Run { stdout, code, .. } = run(&mut command, "create-job Job1 {}\n");
        let again = "CreateJob was throttled; retrying in S";
        assert_eq!(
            lines(&stdout),
            [again, again, "CreateJobResponse:", r#"{"jobId":"Job1"}"#]
        );
        assert_eq!((code, asked.load(Ordering::SeqCst)), (Some(0), 3));
    }
}

#[test]
fn the_requests_of_one_command_share_its_time() {
    let busy = r#"{"message":"Rate exceeded"}"#;
    let (control, asked) = pretend_control(move |before| match before {
        // It takes half a second to find that the target is not a thing, because the first request is throttled.
        0 => Some((400, "ThrottlingException", busy.to_owned())),
        1 => Some((200, "", r#"{"thingGroupArn":"arn:g"}"#.to_owned())),
        // CreateJob is not answered until the test ends.
        _ => loop {
            std::thread::park();
        },
    });
    let service = TestService::new("shared-time");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    command.env("AWS_ENDPOINT_URL_IOT", control);
    command.args(["--timeout", "1"]);
    let Run { stdout, code, .. } = run(&mut command, "create-job Job1 {} --target nothing\n");
    let lines = lines(&stdout);
    assert_eq!(
        lines[0], "DescribeThingGroup was throttled; retrying in S",
        "{stdout}"
    );
    // Of one second, less than that was left.
    let answered = "error: CreateJob: no answer from the control plane within ";
    assert!(
        lines[1].starts_with(answered) && lines[1].ends_with("0ms"),
        "{stdout}"
    );
    assert_eq!(
        lines[2..],
        [
            "outcome unknown: it may have been carried out",
            "hint: `get-pending-job-executions` shows it"
        ]
    );
    assert_eq!((code, asked.load(Ordering::SeqCst)), (Some(5), 3));
}

#[test]
fn a_control_plane_that_hangs_up_leaves_the_outcome_open() {
    let (control, asked) = pretend_control(|_| None);
    let service = TestService::new("hangs-up");
    let mut command = service.command(&[], service.local.mqtt_address().port());
    command.env("AWS_ENDPOINT_URL_IOT", control);
    let Run { stdout, code, .. } = run(&mut command, "create-job Job1 {}\n");
    let lines = lines(&stdout);
    assert!(
        lines[0].starts_with("error: CreateJob: no answer from the control plane: "),
        "{stdout}"
    );
    assert_eq!(
        lines[1..],
        [
            "outcome unknown: it may have been carried out",
            "hint: `get-pending-job-executions` shows it"
        ]
    );
    assert_eq!(
        (code, asked.load(Ordering::SeqCst)),
        (Some(4), 1),
        "sent once"
    );
}
