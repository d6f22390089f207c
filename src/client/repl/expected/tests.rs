use serde_json::{Value, json};

use super::*;
use crate::repl::input::command::{self, Command, ServiceRequest};
use crate::repl::pending::IN_PROGRESS;

/// An entry such as `a`, `a*` if it is in progress, `a#2` if it is the second attempt.
fn entry(word: &str) -> (bool, Value) {
    let (word, number) = word.split_once('#').unwrap_or((word, "1"));
    let number: u64 = number.trim_end_matches('*').parse().expect("a number");
    let id = word.trim_end_matches('*');
    // All in one second.
    let entry = json!({ "jobId": id, "executionNumber": number, "queuedAt": 1 });
    (word.ends_with('*'), entry)
}

/// A list such as `a* b`.
fn list(words: &str) -> Value {
    let of = |in_progress| -> Vec<Value> {
        let entries = words.split_whitespace().map(entry);
        let entries = entries.filter(|(is_in_progress, _)| *is_in_progress == in_progress);
        entries.map(|(_, entry)| entry).collect()
    };
    json!({ "jobs": { (IN_PROGRESS): of(true), "QUEUED": of(false) } })
}

fn next(word: &str) -> Value {
    let execution = |(is_in_progress, mut entry): (bool, Value)| {
        let status = if is_in_progress {
            IN_PROGRESS
        } else {
            "QUEUED"
        };
        entry["status"] = status.into();
        json!({ "execution": entry })
    };
    (!word.is_empty())
        .then(|| execution(entry(word)))
        .unwrap_or(json!({}))
}

/// An event such as `list a* b` or `next a`.
fn event(text: &str) -> EventMessage {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (name, payload) = match name {
        "list" => (EventName::JobExecutionsChanged, list(rest)),
        _ => (EventName::NextJobExecutionChanged, next(rest)),
    };
    let payload = payload.to_string().into();
    EventMessage { name, payload }
}

fn request(line: &str) -> ServiceRequest {
    let words = command::words(line).expect(line);
    match command::read(line, &words) {
        Ok(Some(read)) => match read.command {
            Command::Service(request) => request,
            Command::Own(_) => panic!("{line} sends nothing"),
        },
        other => panic!("{line}: {other:?}"),
    }
}

/// What is awaited after so many of the events.
fn awaited(before: &Jobs, line: &str, events: &[&str]) -> Vec<&'static str> {
    let own = ThingName::new("lamp").expect("a thing name");
    let expected = match request(line) {
        ServiceRequest::Device(request) => Expected::of_device(&request, before),
        ServiceRequest::Control(request) => {
            Expected::of_change(request.pending_change(), &own, before)
        }
    };
    let events: Vec<EventMessage> = events.iter().map(|text| event(text)).collect();
    let after = |count| {
        let awaited = expected.as_ref()?.awaited(events[..count].iter());
        awaited.map(|it| match it {
            Certainty::Certain => "certain",
            Certainty::Possible => "possible",
        })
    };
    let all = (0..=events.len()).map(after);
    all.map(|it| it.unwrap_or("-")).collect()
}

/// What was pending before, if that is known; the command; the events; what is awaited before and after each.
type Row<'a> = (Option<&'a str>, &'a str, &'a [&'a str], &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    for (before, line, events, expected) in rows {
        let mut jobs = Jobs::default();
        if let Some(before) = before {
            jobs.learn_reply(&list(before));
        }
        let actual = awaited(&jobs, line, events);
        assert_eq!(actual, *expected, "{before:?} {line} {events:?}");
    }
}

const SURE: &str = "certain";
const MAYBE: &str = "possible";

#[test]
fn a_new_job_is_listed_and_may_be_next() {
    let more = "list a b c d e f g h i j";
    check(&[
        (
            Some(""),
            "create-job a 1",
            &["list a", "next a"],
            &[SURE, SURE, "-"],
        ),
        (
            Some(""),
            "create-job a 1",
            &["next a", "list a"],
            &[SURE, SURE, "-"],
        ),
        (Some("a"), "create-job b 1", &["list a b"], &[SURE, "-"]),
        (
            Some("a"),
            "create-job b 1",
            &["list a", "list a b"],
            &[SURE, SURE, "-"],
        ),
        (None, "create-job b 1", &["list a b"], &[SURE, "-"]),
        (
            None,
            "create-job b 1",
            &["list b", "next b"],
            &[SURE, SURE, "-"],
        ),
        // An agent has finished it already.
        (
            Some(""),
            "create-job a 1",
            &["list a", "next a", "list", "next"],
            &[SURE, SURE, "-", "-", "-"],
        ),
        // It does not fit into the list.
        (
            Some("a b c d e f g h i j"),
            "create-job k 1",
            &[more],
            &[SURE, "-"],
        ),
    ]);
}

#[test]
fn a_job_for_others_causes_nothing() {
    let [other, own, group] = ["thing/other", "thing/lamp", "thinggroup/g"]
        .map(|resource| format!("arn:aws:iot:eu-west-1:123456789012:{resource}"));
    let [to_other, to_own, to_group, to_both] = [
        format!("create-job a 1 --target {other}"),
        format!("create-job a 1 --target {other} --target {own}"),
        format!("create-job a 1 --target {group}"),
        format!("create-job a 1 --target {other} --target {group}"),
    ];
    let with = |member: &str| format!("create-job a 1 --with '{{{member}}}'");
    let later = with(r#""schedulingConfig":{"startTime":"2030-01-01T00:00"}"#);
    let slow = with(r#""jobExecutionsRolloutConfig":{"maximumPerMinute":1}"#);
    check(&[
        (Some(""), &to_other, &[], &["-"]),
        (Some(""), &to_own, &["list a", "next a"], &[SURE, SURE, "-"]),
        (
            Some(""),
            &to_group,
            &["list a", "next a"],
            &[MAYBE, SURE, "-"],
        ),
        (Some(""), &to_both, &[], &[MAYBE]),
        (Some(""), &later, &[], &["-"]),
        (Some(""), &slow, &[], &[MAYBE]),
    ]);
}

#[test]
fn an_execution_that_ends_leaves_the_list() {
    check(&[
        (Some("a*"), "done a", &["list", "next"], &[SURE, SURE, "-"]),
        (
            Some("a* b"),
            "fail a",
            &["list b", "next b"],
            &[SURE, SURE, "-"],
        ),
        (Some("a* b"), "reject b", &["list a*"], &[SURE, "-"]),
        // What came late, of an earlier command.
        (
            Some("a b"),
            "done a",
            &["list a b", "list b", "next b"],
            &[SURE, SURE, SURE, "-"],
        ),
        (
            Some("a*"),
            "fail a",
            &["list a#2", "next a#2"],
            &[SURE, SURE, "-"],
        ),
        (None, "done a", &["list", "next"], &[SURE, SURE, "-"]),
        (None, "done a", &["list b", "next b"], &[SURE, MAYBE, "-"]),
        (
            None,
            "fail a",
            &["list a#2", "next a#2"],
            &[SURE, MAYBE, "-"],
        ),
    ]);
}

#[test]
fn a_start_causes_an_event_only_if_it_changes_what_is_next() {
    check(&[
        (Some("a b"), "next", &[], &["-"]),
        (Some("a b"), "update a IN_PROGRESS", &[], &["-"]),
        (
            Some("a b"),
            "update b IN_PROGRESS",
            &["next b*"],
            &[SURE, "-"],
        ),
        (Some("a* b"), "update b IN_PROGRESS", &[], &["-"]),
        (Some("a* b"), "update a IN_PROGRESS", &[], &["-"]),
        (None, "update a IN_PROGRESS", &[], &["-"]),
        (Some("a"), "describe a", &[], &["-"]),
        (Some("a"), "pending", &[], &["-"]),
    ]);
}

#[test]
fn the_operator_may_end_executions() {
    let full = "a b c d e f g h i j";
    check(&[
        (Some("a b"), "cancel-job b", &["list a"], &[SURE, "-"]),
        (Some("a* b"), "cancel-job a", &[], &["-"]),
        (
            Some("a* b"),
            "cancel-job a --force",
            &["list b", "next b"],
            &[SURE, SURE, "-"],
        ),
        (Some("a"), "cancel-job other", &[], &["-"]),
        (Some(full), "cancel-job other", &[], &[MAYBE]),
        (None, "cancel-job a", &["list", "next"], &[MAYBE, SURE, "-"]),
        (
            Some("a"),
            "delete-job a --force",
            &["list", "next"],
            &[SURE, SURE, "-"],
        ),
        (Some(""), "delete-job a --force", &[], &["-"]),
        (None, "delete-job a", &[], &[MAYBE]),
        (
            None,
            "cancel-job-execution a",
            &["list", "next"],
            &[SURE, SURE, "-"],
        ),
        (
            Some("a"),
            "cancel-job-execution a --thing other",
            &[],
            &["-"],
        ),
        (Some("a#2"), "delete-job-execution a 1", &[], &["-"]),
        (
            Some("a#2"),
            "delete-job-execution a 2",
            &["list", "next"],
            &[SURE, SURE, "-"],
        ),
        (None, "delete-job-execution a 1 --thing other", &[], &["-"]),
        (
            Some(""),
            "add-thing-to-thing-group g",
            &["list a", "next a"],
            &[MAYBE, SURE, "-"],
        ),
        (Some(""), "add-thing-to-thing-group g other", &[], &["-"]),
        (Some(""), "remove-thing-from-thing-group g", &[], &["-"]),
        (Some("a"), "remove-thing-from-thing-group g", &[], &[MAYBE]),
        (Some("a"), "create-thing other", &[], &["-"]),
    ]);
}

#[test]
fn what_is_known_follows_the_replies_and_the_order_of_the_queue() {
    let mut jobs = Jobs::default();
    let learn = |jobs: &mut Jobs, line: &str, status, reply: Value| {
        let operation = match request(line) {
            ServiceRequest::Device(request) => request.operation(),
            ServiceRequest::Control(_) => panic!("{line}"),
        };
        jobs.learn_accepted(&operation, status, &reply);
    };
    // Only what was started is known.
    learn(&mut jobs, "next", None, next("a*"));
    let ends = ["list b", "next b"];
    assert_eq!(awaited(&jobs, "done a", &ends), [SURE, SURE, "-"]);
    // All three were queued in the same second, and `b` was started.
    jobs.learn_reply(&list("a b c"));
    learn(
        &mut jobs,
        "update b IN_PROGRESS",
        Some(IN_PROGRESS),
        json!({}),
    );
    assert_eq!(awaited(&jobs, "update c IN_PROGRESS", &[]), ["-"]);
    for known in [None, Some("b* a c d")] {
        if let Some(known) = known {
            jobs.learn_reply(&list(known));
        }
        let start = awaited(&jobs, "update a IN_PROGRESS", &["next a*"]);
        assert_eq!(start, [SURE, "-"], "{known:?}");
    }
    // An event shows a start by another client.
    jobs.learn_next(&next("a*"));
    assert_eq!(awaited(&jobs, "update a IN_PROGRESS", &[]), ["-"]);
}

#[test]
fn a_group_that_the_thing_has_joined_is_known() {
    let own = ThingName::new("lamp").expect("a thing name");
    let mut jobs = Jobs::default();
    jobs.learn_reply(&list("a"));
    let create = "create-job b 1 --target arn:aws:iot:eu-west-1:123456789012:thinggroup/g";
    for (line, expected) in [
        ("add-thing-to-thing-group g other", MAYBE),
        ("add-thing-to-thing-group g", SURE),
        ("remove-thing-from-thing-group g other", SURE),
        ("remove-thing-from-thing-group g lamp", MAYBE),
    ] {
        let ServiceRequest::Control(request) = request(line) else {
            panic!("{line}");
        };
        jobs.learn_controlled(&request, &own, &json!({}));
        let actual = awaited(&jobs, create, &["list a b"]);
        assert_eq!(actual, [expected, "-"], "{line}");
        // Who is in a group does not join it once more.
        let joins = awaited(&jobs, "add-thing-to-thing-group g", &[]);
        assert_eq!(joins == ["-"], expected == SURE, "{line}");
    }
}

#[test]
fn an_execution_that_has_ended_is_not_behind_the_end_of_a_list() {
    let own = ThingName::new("lamp").expect("a thing name");
    let other = "create-job a 1 --target arn:aws:iot:eu-west-1:123456789012:thing/other";
    for (line, status, expected) in [
        ("done a", "SUCCEEDED", "-"),
        ("reject a", "REJECTED", "-"),
        // It may have been queued once more.
        ("fail a", "FAILED", MAYBE),
        ("update a IN_PROGRESS", IN_PROGRESS, MAYBE),
        (other, "", "-"),
    ] {
        let mut jobs = Jobs::default();
        match request(line) {
            ServiceRequest::Device(request) => {
                jobs.learn_accepted(&request.operation(), Some(status), &json!({}));
            }
            ServiceRequest::Control(request) => {
                jobs.learn_controlled(&request, &own, &json!({}));
            }
        }
        jobs.learn_reply(&list("b c d e f g h i j k"));
        let delete = |jobs: &Jobs| awaited(jobs, "delete-job a --force", &[]);
        assert_eq!(delete(&jobs), [expected], "{line}");
        // A new job of this name.
        let ServiceRequest::Control(create) = request("create-job a 1") else {
            panic!("a request of the control plane");
        };
        jobs.learn_controlled(&create, &own, &json!({}));
        assert_eq!(delete(&jobs), [MAYBE], "{line}");
    }
}

#[test]
fn a_job_that_was_created_for_others_is_known() {
    let own = ThingName::new("lamp").expect("a thing name");
    let arn = |resource| format!("--target arn:aws:iot:eu-west-1:123456789012:{resource}");
    let [other, own_arn, group] = ["thing/other", "thing/lamp", "thinggroup/g"].map(arn);
    for (targets, expected) in [
        (other.clone(), "-"),
        (format!("{other} {own_arn}"), MAYBE),
        (group, MAYBE),
        (String::new(), MAYBE),
    ] {
        let mut jobs = Jobs::default();
        let line = format!("create-job a 1 {targets}");
        let ServiceRequest::Control(request) = request(&line) else {
            panic!("{line}");
        };
        jobs.learn_controlled(&request, &own, &json!({}));
        assert_eq!(
            awaited(&jobs, "delete-job a --force", &[]),
            [expected],
            "{line}"
        );
    }
}

#[test]
fn further_targets_queue_an_execution_where_there_is_none() {
    check(&[
        (
            Some(""),
            "associate-targets-with-job a",
            &["list a", "next a"],
            &[MAYBE, SURE, "-"],
        ),
        (
            Some("b"),
            "associate-targets-with-job a --target arn:aws:iot:us-east-1:1:thinggroup/g",
            &["list b a"],
            &[MAYBE, "-"],
        ),
        (Some("a"), "associate-targets-with-job a", &[], &["-"]),
        (
            Some(""),
            "associate-targets-with-job a --target arn:aws:iot:us-east-1:1:thing/door",
            &[],
            &["-"],
        ),
    ]);
}

#[test]
fn another_attribute_may_cause_events_once_there_are_dynamic_groups() {
    let own = ThingName::new("lamp").expect("a thing name");
    let mut jobs = Jobs::default();
    jobs.learn_reply(&list(""));
    let update = "update-thing lamp --attribute room=attic";
    let other = "update-thing door --attribute room=attic";
    let query = "update-dynamic-thing-group g --query-string attributes.room:attic";
    let events = &["list a", "next a"];
    let create = "create-dynamic-thing-group g attributes.room:attic";
    for (line, expected) in [
        (update, &["-", "-", "-"]),
        (create, &["-", "-", "-"]),
        (update, &[MAYBE, SURE, "-"]),
        (other, &["-", "-", "-"]),
        (query, &[MAYBE, SURE, "-"]),
    ] {
        assert_eq!(awaited(&jobs, line, events), expected, "{line}");
        let ServiceRequest::Control(request) = request(line) else {
            panic!("{line}");
        };
        jobs.learn_controlled(&request, &own, &json!({}));
    }
}
