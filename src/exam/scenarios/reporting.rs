//! Outcomes on a bad link, and those that the service does not take.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::exam::limits::LONG;
use crate::exam::room::{Room, Work};
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::wire::{Message, is_outcome};
use crate::local::Treatment;
use crate::protocol::{Operation, Topic};

/// How often a kind of request is throttled.
const THROTTLED: usize = 2;

/// A device whose pauses are all shorter has none. Random pauses may be short, but hardly all of them.
const AT_ONCE: Duration = Duration::from_millis(50);

pub(crate) fn cut_before(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    let begun = room.begun(&job)?;
    room.cut()?;
    room.over(&job, begun, LONG)?;
    let restored = room.restore();
    let reconnected = room.reconnected(restored)?;
    room.success(&job, room.later(), (reconnected, "the reconnect"))?;
    room.ran(&job, 1..=1)
}

pub(crate) fn reply_lost(room: &mut Room<'_>) -> Result<(), Stop> {
    let mut is_reported = false;
    let mut is_lost = false;
    room.wire.rule(move |topic, payload| {
        is_reported |= is_outcome(topic, payload);
        let is_reply = matches!(topic, Topic::Reply(Operation::UpdateJobExecution(_), _));
        let loses = is_reply && is_reported && !is_lost;
        is_lost |= loses;
        loses.then_some(Treatment::Lose)
    });
    let job = room.create(Work::SHORT)?;
    let started = room.start()?;
    room.success(&job, room.first(), (started, "the start"))?;
    let ended = Instant::now();
    let next = room.create(Work::SHORT)?;
    let otherwise = "the next job was never begun: the device still waits for the reply";
    room.until(room.later(), otherwise, |room| {
        !room.claims(&next).is_empty() || !room.effects.of(&next).is_empty()
    })?;
    room.success(&next, room.first(), (ended, "the lost reply"))?;
    let reports = room.reports(&job, started).len();
    room.fact(format!("the outcome of {job} was sent {}", times(reports)));
    room.ran(&job, 1..=1)
}

pub(crate) fn throttled(room: &mut Room<'_>) -> Result<(), Stop> {
    let mut counts = [0; KINDS];
    room.wire.rule(move |topic, payload| {
        let count = &mut counts[kind(topic, payload)?];
        *count += 1;
        (*count <= THROTTLED).then_some(Treatment::Throttle)
    });
    let job = room.create(Work::SHORT)?;
    let started = room.start()?;
    room.success(&job, room.later(), (started, "the start"))?;
    room.ran(&job, 1..=1)?;
    let pause = room.wire.look(longest_pause);
    room.fact(format!(
        "its longest pause before a retry was {}",
        seconds(pause)
    ));
    ensure(pause >= AT_ONCE, || {
        "it retries at once, which keeps a service throttling".to_owned()
    })
}

/// How many kinds of requests are throttled.
const KINDS: usize = 2;

/// The kind of a request that is throttled: a claim, or an outcome.
fn kind(topic: &Topic, payload: &Value) -> Option<usize> {
    match topic {
        _ if is_outcome(topic, payload) => Some(1),
        Topic::Request(
            Operation::StartNextPendingJobExecution | Operation::UpdateJobExecution(_),
        ) => Some(0),
        _ => None,
    }
}

/// The longest time between a request that was throttled and the next of its kind.
fn longest_pause(messages: &[Message]) -> Duration {
    let pauses = (0..KINDS).flat_map(|wanted| {
        let of_kind = messages
            .iter()
            .filter(move |it| kind(&it.topic, &it.payload) == Some(wanted));
        let times: Vec<Instant> = of_kind.map(|it| it.at).take(THROTTLED + 1).collect();
        let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
        pauses.collect::<Vec<_>>()
    });
    pauses.max().unwrap_or_default()
}

pub(crate) fn details_refused(room: &mut Room<'_>) -> Result<(), Stop> {
    let mut first = None;
    room.wire.rule(move |topic, payload| {
        let details = &payload["statusDetails"];
        // What is refused once is refused always.
        let refuses = is_outcome(topic, payload)
            && has_details(payload)
            && first.get_or_insert_with(|| details.clone()) == details;
        let message = "Invalid statusDetails. The value of a key is too long.".to_owned();
        refuses.then_some(Treatment::Refuse(message))
    });
    let job = room.create(Work::SHORT)?;
    let started = room.start()?;
    room.outcome(&job, room.later(), (started, "the start"))?;
    let first = room.wire.look(|messages| {
        let mut outcomes = messages
            .iter()
            .filter(|it| is_outcome(&it.topic, &it.payload));
        outcomes.next().map(|it| has_details(&it.payload))
    });
    if first != Some(true) {
        let reason = "its outcome has no details that could be refused";
        return Err(Stop::NotApplicable(reason.to_owned()));
    }
    let reports = room.reports(&job, started).len();
    room.fact(format!("the outcome was sent {}", times(reports)));
    room.ran(&job, 1..=1)
}

pub(crate) fn step_timer(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    let started = room.start()?;
    room.begun(&job)?;
    room.outcome(&job, room.first(), (started, "the start"))?;
    let (claims, reports) = room.wire.look(|messages| timers(messages, &job));
    let renewed = reports.iter().filter(|it| **it).count();
    if reports.is_empty() {
        let lasted = seconds(Duration::from_secs(LONG));
        let reason = format!("it sent no progress in {lasted} of work");
        return Err(Stop::NotApplicable(reason));
    }
    if !claims && renewed == 0 {
        let reason = "it sets no step timer, so none can run out";
        return Err(Stop::NotApplicable(reason.to_owned()));
    }
    room.fact(format!(
        "{renewed} of {} progress reports carry stepTimeoutInMinutes",
        reports.len()
    ));
    ensure(renewed == reports.len(), || {
        "progress without stepTimeoutInMinutes lets the step timer run on".to_owned()
    })
}

/// Whether the claim sets a step timer, and which reports of progress renew it.
fn timers(messages: &[Message], job: &str) -> (bool, Vec<bool>) {
    let has_timer = |payload: &Value| payload.get("stepTimeoutInMinutes").is_some();
    let start = Topic::Request(Operation::StartNextPendingJobExecution);
    let by_start = messages.iter().any(|it| it.started().is_some());
    let at_start = messages
        .iter()
        .any(|it| it.topic == start && has_timer(&it.payload));
    let updates = messages
        .iter()
        .filter(|it| it.update() == Some((job, "IN_PROGRESS")));
    let mut updates: Vec<bool> = updates.map(|it| has_timer(&it.payload)).collect();
    if by_start || updates.is_empty() {
        return (at_start, updates);
    }
    // The first update is the claim.
    let claims = updates.remove(0);
    (claims, updates)
}

fn has_details(payload: &Value) -> bool {
    let details = payload["statusDetails"].as_object();
    details.is_some_and(|details| !details.is_empty())
}
