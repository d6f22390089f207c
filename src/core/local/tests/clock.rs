//! The clock: moving it in steps has the same effects as moving it at once.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::local::tests::checks::{clock, in_script_time};
use crate::local::tests::wire::{
    V3, V5, Wire, connect, message_of, packet, puback, publish, suback, subscribe, text,
};
use crate::local::tests::{control, device, soon};
use crate::local::{ClockMode, Fault, FaultKind, FaultTarget, LocalService, Options};

/// Timers that will be due, each at a different time.
#[derive(Debug, Clone)]
struct Plan {
    in_progress_minutes: u64,
    step_minutes: Option<u64>,
    /// The delay of events.
    delay_s: u64,
    /// When the will of a disconnected client is published, at the latest with the end of its session.
    will_s: u32,
    session_s: u32,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        1..6_u64,
        option::of(1..6_u64),
        0..200_u64,
        0..400_u32,
        1..400_u32,
    )
        .prop_map(
            |(in_progress_minutes, step_minutes, delay_s, will_s, session_s)| Plan {
                in_progress_minutes,
                step_minutes,
                delay_s,
                will_s,
                session_s,
            },
        )
}

/// The messages to a client, and the final executions, after the clock has moved in these steps.
async fn outcome(plan: &Plan, steps_s: &[u64]) -> (Vec<String>, Value) {
    let options = Options {
        things: vec!["lamp".to_owned(), "door".to_owned()],
        clock: ClockMode::Manual,
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let now = clock(&service);
    service.advance_clock(Duration::from_secs_f64(now.ceil() - now));
    let device = device(&service);
    let mut watcher = Wire::greeted(&service, &device, &connect(V5, "watcher")).await;
    let filters = ["$aws/things/+/jobs/+", "will", "barrier"];
    watcher.send(&subscribe(V5, &filters, 0)).await;
    watcher.expect(&suback(V5, &[0; 3])).await;

    let will = [
        &[5, 0x18][..],
        &plan.will_s.to_be_bytes(),
        &text("will"),
        &text("gone"),
    ]
    .concat();
    let session = [&[5, 0x11][..], &plan.session_s.to_be_bytes()].concat();
    let flags = [V5, 0x06, 0, 60];
    let connect = packet(
        0x10,
        &[&text("MQTT"), &flags, &session, &text("gone"), &will],
    );
    drop(Wire::greeted(&service, &device, &connect).await);
    soon("the end of the connection", async {
        while service.state()["connections"].as_array().map(Vec::len) != Some(1) {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let delay = Fault {
        delay_ms: Some(plan.delay_s * 1000),
        of: Some(FaultTarget::Notifications),
        ..Fault::new(FaultKind::Delay)
    };
    service.add_fault(delay).expect("a fault");
    let targets =
        ["lamp", "door"].map(|thing| format!("arn:aws:iot:us-east-1:123456789012:thing/{thing}"));
    let job = json!({
        "targets": targets,
        "document": "{}",
        "timeoutConfig": { "inProgressTimeoutInMinutes": plan.in_progress_minutes },
        "jobExecutionsRolloutConfig": { "maximumPerMinute": 1 },
    });
    control(&service, "PUT", "/jobs/j", &job.to_string()).await;
    let start = json!({ "stepTimeoutInMinutes": plan.step_minutes }).to_string();
    let start_next = "$aws/things/lamp/jobs/start-next";
    watcher
        .send(&publish(V5, 0, 0, start_next, start.as_bytes()))
        .await;
    let barrier = publish(V5, 0, 0, "barrier", b"");
    let origin_s = now.ceil();
    let mut heard = Vec::new();
    for step_s in [&[0], steps_s].concat() {
        service.advance_clock(Duration::from_secs(step_s));
        watcher.send(&barrier).await;
        loop {
            let packet = watcher.packet().await;
            if packet == barrier {
                break;
            }
            let (topic, payload) = message_of(&packet, V5);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole seconds since the epoch"
            )]
            let payload = in_script_time(&payload, origin_s as u64);
            heard.push(format!("{topic} {payload}"));
        }
    }
    (heard, service.state()["executions"].clone())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn steps_add_up(plan in plan(), steps_s in vec(0..150_u64, 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let total_s: u64 = steps_s.iter().sum();
        let at_once = runtime.block_on(outcome(&plan, &[total_s]));
        let in_steps = runtime.block_on(outcome(&plan, &steps_s));
        let mut executions = at_once.1.as_array().into_iter().flatten();
        let lamp = executions.find(|execution| execution["thingName"] == "lamp");
        let lamp = lamp.expect("the first to get the job");
        let least_minutes = plan.in_progress_minutes.min(plan.step_minutes.unwrap_or(u64::MAX));
        let is_over = total_s >= 60 * least_minutes;
        let expected = if is_over { "TIMED_OUT" } else { "IN_PROGRESS" };
        prop_assert_eq!(&lamp["status"], expected);
        let is_told = total_s >= u64::from(plan.will_s.min(plan.session_s));
        prop_assert_eq!(at_once.0.iter().any(|line| line == "will gone"), is_told);
        prop_assert_eq!(at_once, in_steps);
    }
}

/// A client of MQTT 3.1.1 cannot acknowledge what is only made while the clock moves, so that nothing is resent.
#[tokio::test]
async fn what_happens_while_the_clock_moves_is_sent_once() {
    let options = Options {
        things: vec!["lamp".to_owned(), "door".to_owned()],
        clock: ClockMode::Manual,
        ..Options::default()
    };
    let service = LocalService::start(&options).expect("the service starts");
    let device = device(&service);
    let mut watcher = Wire::greeted(&service, &device, &connect(V3, "watcher")).await;
    let filters = ["$aws/things/+/jobs/notify", "barrier"];
    watcher.send(&subscribe(V3, &filters, 1)).await;
    watcher.expect(&suback(V3, &[1; 2])).await;
    let is_about = |thing: &str, packet: &[u8]| {
        let topic = format!("$aws/things/{thing}/jobs/notify");
        packet.windows(topic.len()).any(|it| it == topic.as_bytes())
    };
    let targets =
        ["lamp", "door"].map(|thing| format!("arn:aws:iot:us-east-1:123456789012:thing/{thing}"));
    let rollout = json!({ "maximumPerMinute": 1 });
    let job =
        json!({ "targets": targets, "document": "{}", "jobExecutionsRolloutConfig": rollout });
    control(&service, "PUT", "/jobs/j", &job.to_string()).await;
    assert!(is_about("lamp", &watcher.packet().await));
    watcher.send(&puback(1)).await;
    let barrier = publish(V3, 0, 0, "barrier", b"");
    watcher.send(&barrier).await;
    watcher.expect(&barrier).await;
    // The second thing gets the job after a minute, nine minutes before the clock stands still.
    service.advance_clock(Duration::from_mins(10));
    assert!(is_about("door", &watcher.packet().await));
    service.advance_clock(Duration::from_secs(29));
    watcher.send(&barrier).await;
    watcher.expect(&barrier).await;
    // It was sent when the clock had moved.
    service.advance_clock(Duration::from_secs(1));
    assert!(is_about("door", &watcher.packet().await));
}
