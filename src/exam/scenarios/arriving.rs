//! Jobs that arrive, in every way.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::exam::limits::SHORT;
use crate::exam::room::{Room, Work};
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::wire::is_over;

/// More than a list shows: at most 15.
/// <https://docs.aws.amazon.com/iot/latest/developerguide/job-limits.html>
const MANY: usize = 17;

/// Between two jobs, so that their order is the same for everybody: `queuedAt` is in seconds.
const APART: Duration = Duration::from_secs(2);

pub(crate) fn queued_before(room: &mut Room<'_>) -> Result<(), Stop> {
    let job = room.create(Work::SHORT)?;
    let started = room.start()?;
    room.success(&job, room.first(), (started, "the start"))?;
    room.ran(&job, 1..=1)
}

pub(crate) fn while_connected(room: &mut Room<'_>) -> Result<(), Stop> {
    room.start_idle()?;
    let created = Instant::now();
    let job = room.create(Work::SHORT)?;
    room.success(&job, room.first(), (created, "its creation"))?;
    room.ran(&job, 1..=1)
}

pub(crate) fn three_in_order(room: &mut Room<'_>) -> Result<(), Stop> {
    let jobs = queue(room, 3, SHORT)?;
    let started = room.start()?;
    for job in &jobs {
        room.success(job, room.first(), (started, "the start"))?;
    }
    for job in &jobs {
        room.ran(job, 1..=1)?;
    }
    check_order(room, &jobs)?;
    let overlaps = jobs.windows(2);
    let mut overlaps = overlaps.filter(|pair| room.effects.is_overlap(&pair[0], &pair[1]));
    match overlaps.next() {
        Some(pair) => Err(Stop::Fail(format!(
            "{} was begun while {} ran",
            pair[1], pair[0]
        ))),
        None => Ok(()),
    }
}

pub(crate) fn many(room: &mut Room<'_>) -> Result<(), Stop> {
    let jobs = queue(room, MANY, 0)?;
    let started = room.start()?;
    let over = |room: &Room<'_>| {
        jobs.iter()
            .filter(|job| is_over(&room.status(job, 1)))
            .count()
    };
    let mut ended = 0;
    // A device may be slow if it continues.
    while ended < MANY {
        let otherwise = format!("{ended} of {MANY} jobs came to an outcome, and no further one");
        room.until(room.later(), &otherwise, |room| over(room) > ended)?;
        ended = over(room);
    }
    let after = seconds(started.elapsed());
    room.fact(format!("{MANY} jobs ended within {after} of the start"));
    room.settle()?;
    for job in &jobs {
        let ((runs, ran), status) = (room.runs(job), room.status(job, 1));
        ensure(runs == 1 && status == "SUCCEEDED", || {
            format!("{job} came to {status}, and {ran} {}", times(runs))
        })?;
    }
    let (_, ran) = room.runs(&jobs[0]);
    room.fact(format!("each {ran} 1 time"));
    check_order(room, &jobs)
}

pub(crate) fn in_progress(room: &mut Room<'_>) -> Result<(), Stop> {
    let job = room.create(Work::SHORT)?;
    room.note("claims the job over HTTP, as an earlier life of the device");
    let path = format!("/things/{}/jobs/$next", room.thing);
    let (status, body) = room.service.data("PUT", &path, &json!({}));
    ensure(status == 200, || {
        format!("the local service refused the claim: {body}")
    })?;
    let started = room.start()?;
    room.outcome(&job, room.first(), (started, "the start"))?;
    room.ran(&job, 0..=1)
}

pub(crate) fn unknown(room: &mut Room<'_>) -> Result<(), Stop> {
    let job = room.create(Work {
        is_unknown: true,
        ..Work::default()
    })?;
    let started = room.start()?;
    let status = room.outcome(&job, room.first(), (started, "the start"))?;
    ensure(status != "SUCCEEDED", || {
        "it reported SUCCEEDED for a document that it cannot know".to_owned()
    })
}

/// Queues jobs, some time apart.
fn queue(room: &mut Room<'_>, count: usize, duration: u64) -> Result<Vec<String>, Stop> {
    let work = Work {
        duration,
        ..Work::default()
    };
    let mut jobs = Vec::new();
    for _ in 0..count {
        jobs.push(room.create(work)?);
        room.service.advance_clock(APART);
    }
    Ok(jobs)
}

/// By effects, if there are some, else by claims.
fn check_order(room: &mut Room<'_>, jobs: &[String]) -> Result<(), Stop> {
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    let mut claimed: Vec<&str> = jobs.clone();
    claimed.sort_by_key(|job| room.claims(job).first().copied());
    let order = if room.effects.is_used() {
        room.effects.order(&jobs)
    } else {
        claimed
    };
    ensure(order == jobs, || {
        format!("the jobs ran in the order {}", order.join(", "))
    })?;
    room.fact("they ran in order");
    Ok(())
}
