//! Outcomes on a bad link, and those that the service does not take.

use std::time::Instant;

use serde_json::Value;

use crate::exam::limits::LONG;
use crate::exam::room::{Room, Work};
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::wire::{Message, is_outcome};
use crate::local::Treatment;
use crate::protocol::{Operation, Topic};

/// How often a kind of request is throttled.
const THROTTLED: usize = 2;

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
    let (mut claims, mut outcomes) = (0, 0);
    room.wire.rule(move |topic, payload| {
        let count = match topic {
            _ if is_outcome(topic, payload) => &mut outcomes,
            Topic::Request(
                Operation::StartNextPendingJobExecution | Operation::UpdateJobExecution(_),
            ) => &mut claims,
            _ => return None,
        };
        *count += 1;
        (*count <= THROTTLED).then_some(Treatment::Throttle)
    });
    let job = room.create(Work::SHORT)?;
    let started = room.start()?;
    room.success(&job, room.later(), (started, "the start"))?;
    room.ran(&job, 1..=1)
}

pub(crate) fn details_refused(room: &mut Room<'_>) -> Result<(), Stop> {
    let mut is_refused = false;
    room.wire.rule(move |topic, payload| {
        let refuses = !is_refused && is_outcome(topic, payload) && has_details(payload);
        is_refused |= refuses;
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
        let lasted = seconds(std::time::Duration::from_secs(LONG));
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
