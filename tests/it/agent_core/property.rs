//! Random interleavings.

use std::time::Duration;

use jobs_sandbox::executor::core::{Input, Interrupted, Settings, Worker};
use jobs_sandbox::executor::plan::{Pattern, Plan};
use jobs_sandbox::executor::step::Exit;
use jobs_sandbox::protocol::ThingName;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::agent_core::cloud::{Fault, THING, refusal};
use crate::agent_core::quiet;
use crate::agent_core::world::World;

/// What can happen.
#[derive(Debug, Clone)]
enum Op {
    Create {
        job: &'static str,
        timeout_minutes: Option<u64>,
        retries: u32,
    },
    CreateMany(u32),
    Follow,
    Join,
    Leave,
    DeleteJob(&'static str),
    DeleteExecution(&'static str, u32),
    CancelJob(&'static str, bool),
    CancelExecution(&'static str, bool),
    Advance(u64),
    DeliverUp,
    DeliverDown,
    Deliver,
    Overtake,
    Duplicate(usize),
    Lose(Fault),
    Cut,
    Link,
    Crash,
    CrashIn(usize),
    Start,
    Stop(u64),
    Go,
    End(Exit),
    Progress,
    NextByHand,
    UpdateByHand(&'static str, &'static str),
}

fn any_op() -> impl Strategy<Value = Op> {
    let job = || select(vec!["A", "B", "C"]);
    prop_oneof![
        6 => (job(), option::of(1..3_u64), 0..2_u32).prop_map(|(job, timeout_minutes, retries)| {
            Op::Create { job, timeout_minutes, retries }
        }),
        1 => (9..13_u32).prop_map(Op::CreateMany),
        1 => select(vec![Op::Follow, Op::Join, Op::Leave]),
        2 => job().prop_map(Op::DeleteJob),
        1 => (job(), 1..3_u32).prop_map(|(job, number)| Op::DeleteExecution(job, number)),
        1 => (job(), any::<bool>()).prop_map(|(job, force)| Op::CancelJob(job, force)),
        3 => (job(), any::<bool>()).prop_map(|(job, force)| Op::CancelExecution(job, force)),
        5 => select(vec![1, 700, 1_000, 5_000, 31_000, 61_000, 600_000]).prop_map(Op::Advance),
        6 => Just(Op::DeliverUp),
        6 => Just(Op::DeliverDown),
        10 => Just(Op::Deliver),
        2 => Just(Op::Overtake),
        2 => (0..4_usize).prop_map(Op::Duplicate),
        2 => select(vec![
            Fault::LoseRequest,
            Fault::LoseReply,
            refusal("RequestThrottled"),
            refusal("InternalError"),
        ]).prop_map(Op::Lose),
        3 => Just(Op::Cut),
        4 => Just(Op::Link),
        1 => Just(Op::Crash),
        2 => (0..8_usize).prop_map(Op::CrashIn),
        4 => Just(Op::Start),
        1 => select(vec![0, 2_000, 90_000]).prop_map(Op::Stop),
        2 => Just(Op::Go),
        8 => select(vec![
            Exit::Success,
            Exit::Success,
            Exit::Success,
            Exit::Rejected,
            Exit::Failure("exit status 3".to_owned()),
            Exit::NotStarted("it is not there".to_owned()),
        ]).prop_map(Op::End),
        1 => Just(Op::Progress),
        1 => Just(Op::NextByHand),
        1 => (job(), select(vec!["IN_PROGRESS", "SUCCEEDED", "FAILED"])).prop_map(|(job, status)| {
            Op::UpdateByHand(job, status)
        }),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let plan = "succeed after 9s in 3 steps; fail 15%; reject 10%; hang 10%; offline 30% for 1s..10s; reboot 30% for 0s..5s";
    let worker = prop_oneof![
        3 => Just(Worker::Program),
        2 => Just(Worker::Plan(plan.parse::<Plan>().expect("a plan").into())),
    ];
    let only = "A*".parse::<Pattern>().expect("a pattern");
    (
        worker,
        any::<u64>(),
        prop_oneof![3 => Just(None), 1 => Just(Some(only))],
        prop_oneof![3 => Just(false), 1 => Just(true)],
        prop_oneof![3 => Just(Interrupted::Rerun), 1 => Just(Interrupted::Fail)],
        prop_oneof![2 => Just(None), 1 => Just(Some(1)), 1 => Just(Some(5))],
        prop_oneof![5 => Just(false), 1 => Just(true)],
    )
        .prop_map(
            |(worker, seed, only, leaves_unknown, interrupted, step_timeout_minutes, by_step)| {
                Settings {
                    worker,
                    only,
                    leaves_unknown,
                    interrupted,
                    step_timeout_minutes,
                    by_step,
                    ..Settings::simulated(
                        ThingName::new(THING).expect("a thing name"),
                        Plan::default(),
                        seed,
                    )
                }
            },
        )
}

fn apply(world: &mut World, op: Op) {
    match op {
        Op::Create {
            job,
            timeout_minutes,
            retries,
        } => {
            let mut more = json!({});
            if let Some(minutes) = timeout_minutes {
                more["timeoutConfig"] = json!({ "inProgressTimeoutInMinutes": minutes });
            }
            let criteria = json!([{ "failureType": "ALL", "numberOfRetries": retries }]);
            more["jobExecutionsRetryConfig"] = json!({ "criteriaList": criteria });
            world.create(job, "thing/T", &more);
        }
        Op::CreateMany(count) => {
            for number in 0..count {
                world.create(&format!("A{number}"), "thing/T", &json!({}));
            }
        }
        Op::Follow => {
            let more = json!({ "targetSelection": "CONTINUOUS" });
            world.create("AG", "thinggroup/G", &more);
        }
        Op::Join => {
            // The same execution number may come back: not in the same second.
            world.advance(Duration::from_secs(1));
            let member = json!({ "thingGroupName": "G", "thingName": THING });
            world.control("PUT", "/thing-groups/addThingToThingGroup", &member);
        }
        Op::Leave => {
            let member = json!({ "thingGroupName": "G", "thingName": THING });
            world.control("PUT", "/thing-groups/removeThingFromThingGroup", &member);
        }
        Op::DeleteJob(job) => {
            world.control("DELETE", &format!("/jobs/{job}?force=true"), &Value::Null);
        }
        Op::DeleteExecution(job, number) => {
            let execution = format!("/things/{THING}/jobs/{job}/executionNumber/{number}");
            world.control("DELETE", &format!("{execution}?force=true"), &Value::Null);
        }
        Op::CancelJob(job, force) => {
            world.control(
                "PUT",
                &format!("/jobs/{job}/cancel?force={force}"),
                &Value::Null,
            );
        }
        Op::CancelExecution(job, force) => {
            world.cancel_execution(job, force);
        }
        Op::Advance(millis) => world.advance(Duration::from_millis(millis)),
        Op::Lose(fault) => world.cloud.faults.push_back(fault),
        Op::Stop(patience) => world.feed(Input::Stop {
            patience: Duration::from_millis(patience),
        }),
        op => apply_on_device(world, op),
    }
}

fn apply_on_device(world: &mut World, op: Op) {
    match op {
        Op::DeliverUp => {
            world.deliver_up();
        }
        Op::DeliverDown => {
            world.deliver_down();
        }
        Op::Deliver => world.deliver(),
        Op::Overtake => world.overtake(),
        Op::Duplicate(which) => world.duplicate(which),
        Op::Cut => world.cut(),
        Op::Link => world.link(),
        Op::Crash => world.crash(),
        Op::CrashIn(actions) => world.crash_in = Some(actions),
        Op::Start => world.start(),
        Op::Go => world.feed(Input::Go),
        Op::End(exit) => world.end(exit, "out"),
        Op::Progress => world.progress("progress", "half"),
        Op::NextByHand => world.next_by_hand(),
        Op::UpdateByHand(job, status) => world.update_by_hand(job, status),
        _ => unreachable!("handled by the caller: {op:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// While it runs, [`crate::agent_core::watch::Watch`] sees every action. At the end device and service agree.
    #[test]
    fn every_execution_ends_once(
        settings in any_settings(),
        ops in vec(any_op(), 0..60),
    ) {
        let mut world = World::new(settings);
        world.link();
        world.start();
        for op in ops {
            apply(&mut world, op);
        }
        quiet::settle(&mut world);
        quiet::check(&mut world);
    }
}
