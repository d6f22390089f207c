//! The service against a naive model of it, on random inputs; and against inputs that make no sense at all.

mod real;
mod reference;

use std::collections::BTreeMap;

use jobs_sandbox::protocol::JobExecutionStatus;
use jobs_sandbox::service::{Extras, HttpRequest};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::model::real::{Real, event};
use crate::model::reference::Model;

/// How many things there are: `T0`, `T1`, …
pub(crate) const THINGS: usize = 3;

/// How many jobs there can be: `J0`, `J1`, …
const JOBS: usize = 4;

/// What can happen. Things and jobs by number.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Create {
        job: usize,
        things: Vec<usize>,
        timeout_minutes: Option<u64>,
        retries: u32,
    },
    StartNext {
        thing: usize,
        step_minutes: Option<u64>,
    },
    Update {
        thing: usize,
        job: usize,
        status: JobExecutionStatus,
        expected: Option<u64>,
        step_minutes: Option<i64>,
    },
    CancelExecution {
        thing: usize,
        job: usize,
        force: bool,
    },
    CancelJob {
        job: usize,
        force: bool,
    },
    DeleteExecution {
        thing: usize,
        job: usize,
        number: u64,
        force: bool,
    },
    DeleteJob {
        job: usize,
        force: bool,
    },
    Advance {
        seconds: u64,
    },
}

/// A message to the subscribers of a thing, with the executions that it names: job and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Notify(usize, Vec<(usize, u64)>),
    NotifyNext(usize, Option<(usize, u64)>),
}

/// What the control plane shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Status and version by thing, job and number.
    pub(crate) executions: BTreeMap<(usize, usize, u64), (String, u64)>,
    /// Status by job.
    pub(crate) jobs: BTreeMap<usize, String>,
}

fn input() -> impl Strategy<Value = Input> {
    let (thing, job) = (0..THINGS, 0..JOBS);
    let statuses = select(&JobExecutionStatus::ALL[..]);
    // Devices mostly report what they may.
    let status = prop_oneof![
        4 => Just(JobExecutionStatus::InProgress),
        2 => Just(JobExecutionStatus::Failed),
        2 => statuses,
    ];
    let all: Vec<usize> = (0..THINGS).collect();
    prop_oneof![
        4 => (job.clone(), subsequence(all, 1..=THINGS), option::of(1..4_u64), 0..3_u32).prop_map(
            |(job, things, timeout_minutes, retries)| Input::Create { job, things, timeout_minutes, retries }
        ),
        4 => (thing.clone(), option::of(1..4_u64))
            .prop_map(|(thing, step_minutes)| Input::StartNext { thing, step_minutes }),
        8 => (
            thing.clone(),
            job.clone(),
            status,
            option::weighted(0.3, 1..4_u64),
            option::of(select(&[-1_i64, 1, 2][..])),
        )
            .prop_map(|(thing, job, status, expected, step_minutes)| Input::Update {
                thing,
                job,
                status,
                expected,
                step_minutes,
            }),
        2 => (thing.clone(), job.clone(), any::<bool>())
            .prop_map(|(thing, job, force)| Input::CancelExecution { thing, job, force }),
        1 => (job.clone(), any::<bool>()).prop_map(|(job, force)| Input::CancelJob { job, force }),
        2 => (thing, job.clone(), 1..3_u64, any::<bool>())
            .prop_map(|(thing, job, number, force)| Input::DeleteExecution { thing, job, number, force }),
        1 => (job, any::<bool>()).prop_map(|(job, force)| Input::DeleteJob { job, force }),
        3 => (1..200_u64).prop_map(|seconds| Input::Advance { seconds }),
    ]
}

/// What holds for any two states, whatever the model: a terminal status does not change, and a version grows by at most one,
/// and only after an accepted input.
fn check_step(before: &Seen, after: &Seen, accepted: bool) {
    for (key, (status, version)) in &after.executions {
        let Some((status_before, version_before)) = before.executions.get(key) else {
            continue;
        };
        let terminal = status_before
            .parse::<JobExecutionStatus>()
            .expect("a status")
            .is_terminal();
        if terminal || !accepted {
            assert_eq!(
                (status, version),
                (status_before, version_before),
                "{key:?}"
            );
        } else {
            let growth = version - version_before;
            assert!(
                growth <= 1 && (growth == 1 || status == status_before),
                "{key:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_service_does_what_the_model_does(inputs in vec(input(), 1..60)) {
        let (mut real, mut model) = (Real::new(), Model::default());
        let mut before = Seen::default();
        for input in &inputs {
            let (verdict, messages) = real.handle(input, &Value::Null);
            let events: Vec<Event> = messages.iter().map(event).collect();
            let expected = match input {
                Input::Advance { .. } => (Ok(()), model.advance(real.now_s)),
                _ => model.handle(real.now_s, input),
            };
            let accepted = verdict.is_ok();
            prop_assert_eq!((verdict, events), (expected.0.map_err(ToOwned::to_owned), expected.1), "{:?}", input);
            let after = real.seen();
            prop_assert_eq!(&after, &model.seen(), "{:?}", input);
            if !matches!(input, Input::Advance { .. }) {
                check_step(&before, &after, accepted);
            }
            before = after;
        }
    }

    #[test]
    fn advancing_once_is_advancing_second_by_second(
        inputs in vec(input(), 1..60),
        per_minute in 1..3_u32,
        threshold in 30..100_u32,
        ends in any::<bool>(),
    ) {
        let mut more = json!({
            "jobExecutionsRolloutConfig": { "maximumPerMinute": per_minute },
            "abortConfig": { "criteriaList": [{
                "failureType": "ALL",
                "action": "CANCEL",
                "thresholdPercentage": threshold,
                "minNumberOfExecutedThings": 2,
            }] },
        });
        if ends {
            // Half an hour after the beginning, in which some jobs are created.
            more["schedulingConfig"] = json!({ "endTime": "1970-01-01T00:50", "endBehavior": "FORCE_CANCEL" });
        }
        let (mut once, mut often) = (Real::new(), Real::new());
        for input in &inputs {
            let expected = once.handle(input, &more);
            let actual = if let Input::Advance { seconds } = input {
                let one = Input::Advance { seconds: 1 };
                let steps = (0..*seconds).flat_map(|_| often.handle(&one, &more).1);
                (Ok(()), steps.collect())
            } else {
                often.handle(input, &more)
            };
            prop_assert_eq!(actual, expected, "{:?}", input);
        }
        prop_assert_eq!(once.seen(), often.seen());
        prop_assert_eq!(once.service.poll_timeout(), often.service.poll_timeout());
    }

    #[test]
    fn nothing_that_comes_in_does_harm(requests in vec(nonsense(), 1..20)) {
        let mut real = Real::new();
        let create = Input::Create { job: 0, things: vec![0], timeout_minutes: None, retries: 0 };
        prop_assert_eq!(real.handle(&create, &Value::Null).0, Ok(()));
        for (place, method, query, payload) in &requests {
            let now = real.now();
            let topic = format!("$aws/things/{place}");
            for topic in [place.as_str(), &topic] {
                real.service
                    .handle_device(now, topic, topic.parse(), payload);
            }
            let request = HttpRequest {
                method: method.clone(),
                path: format!("/{place}"),
                query: query.clone(),
                body: payload.clone(),
            };
            for reply in [
                real.service.handle_control_plane(now, &request, &Extras::default()).reply,
                real.service.handle_data_plane(now, &request).reply,
            ] {
                prop_assert_eq!(reply.status == 200, reply.error.is_none());
                prop_assert!(reply.body.is_empty() || serde_json::from_slice::<Value>(&reply.body).is_ok());
            }
        }
        let pending = real.device("$aws/things/T0/jobs/get", &json!({}));
        prop_assert_eq!(pending, (Ok(()), Vec::new()));
    }
}

/// A path or the rest of a topic, a method, a query and a payload: each as it could be right, or anything.
fn nonsense() -> impl Strategy<Value = (String, String, String, Vec<u8>)> {
    const METHODS: [&str; 6] = ["GET", "PUT", "POST", "PATCH", "DELETE", "BREW"];
    const LEVELS: [&str; 22] = [
        "T0",
        "J0",
        "jobs",
        "things",
        "get",
        "update",
        "start-next",
        "$next",
        "notify",
        "accepted",
        "thing-groups",
        "G",
        "addThingToThingGroup",
        "updateThingGroupsForThing",
        "targets",
        "cancel",
        "tags",
        "executionNumber",
        "1",
        "%24next",
        "%ff",
        "",
    ];
    const MEMBERS: [&str; 19] = [
        "status",
        "statusDetails",
        "stepTimeoutInMinutes",
        "expectedVersion",
        "includeJobDocument",
        "clientToken",
        "targets",
        "document",
        "jobExecutionsRolloutConfig",
        "exponentialRate",
        "abortConfig",
        "criteriaList",
        "schedulingConfig",
        "startTime",
        "tags",
        "Key",
        "thingName",
        "thingGroupName",
        "timeoutConfig",
    ];
    let level =
        prop_oneof![9 => select(&LEVELS[..]).prop_map(ToOwned::to_owned), 1 => any::<String>()];
    let place = vec(level, 0..6).prop_map(|levels| levels.join("/"));
    let method = select(&METHODS[..]).prop_map(ToOwned::to_owned);
    let query = prop_oneof![
        any::<String>(),
        (
            "(maxResults|nextToken|executionNumber|force|resourceArn|status)",
            any::<String>()
        )
            .prop_map(|(name, value)| format!("{name}={value}")),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("IN_PROGRESS")),
        Just(json!("arn:aws:iot:us-east-1:123456789012:thing/T0")),
    ];
    let value = leaf.prop_recursive(4, 32, 4, |inner| {
        let member = prop_oneof![9 => select(&MEMBERS[..]).prop_map(ToOwned::to_owned), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((member, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let payload = prop_oneof![
        3 => value.prop_map(|value| value.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..64),
    ];
    (place, method, query, payload)
}
