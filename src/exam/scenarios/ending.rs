//! Executions that end while the device works on them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::exam::effects::Effect;
use crate::exam::limits::LONG;
use crate::exam::room::{Room, Work};
use crate::exam::sight::ended_early;
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::wire::is_over;

/// Minutes of the in-progress timer. The service may let it run out late.
const TIMEOUT: u64 = 5;

/// How often a report that can never be taken may be sent.
const REPORTS: usize = 3;

pub(crate) fn cancelled(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    let begun = room.begun(&job)?;
    let cancelled = cancel(room, &job)?;
    room.work_would_be_over(begun)?;
    heeds(room, &job, cancelled)
}

pub(crate) fn cancelled_with_another(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    let begun = room.begun(&job)?;
    let next = room.create(Work::SHORT)?;
    let cancelled = cancel(room, &job)?;
    room.success(&next, room.later(), (cancelled, "the cancellation"))?;
    room.work_would_be_over(begun)?;
    room.ran(&next, 1..=1)?;
    apart(room, &job, &next)
}

pub(crate) fn timed_out(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(Work {
        timeout: Some(TIMEOUT),
        ..work
    })?;
    room.start()?;
    let begun = room.begun(&job)?;
    let next = room.create(Work::SHORT)?;
    let timed_out = let_time_run_out(room, &job)?;
    room.success(&next, room.later(), (timed_out, "the timeout"))?;
    room.work_would_be_over(begun)?;
    room.ran(&next, 1..=1)?;
    apart(room, &job, &next)?;
    gives_up(room, &job, timed_out)
}

pub(crate) fn retried(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(Work {
        timeout: Some(TIMEOUT),
        retries: true,
        ..work
    })?;
    room.start()?;
    room.begun(&job)?;
    let timed_out = let_time_run_out(room, &job)?;
    room.until(
        room.later(),
        "execution 2 never came to an outcome",
        |room| is_over(&room.status(&job, 2)),
    )?;
    let status = room.status(&job, 2);
    let after = seconds(timed_out.elapsed());
    room.fact(format!("execution 2: {status} {after} after the timeout"));
    ensure(status == "SUCCEEDED", || {
        format!("execution 2 came to {status}")
    })?;
    if !room.effects.is_used() {
        return Ok(());
    }
    room.settle()?;
    let (runs, _) = room.runs(&job);
    room.fact(format!("{job} ran {}", times(runs)));
    // Each execution runs once; an outcome of the first must not be taken for one of the second.
    ensure(runs == 2, || {
        format!(
            "execution 2 was reported, but {job} ran {} in all",
            times(runs)
        )
    })
}

pub(crate) fn deleted(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    let begun = room.begun(&job)?;
    let next = room.create(Work::SHORT)?;
    room.note(&format!("deletes {job} by force"));
    let deleted = Instant::now();
    room.control("DELETE", &format!("/jobs/{job}?force=true"), &Value::Null)?;
    room.success(&next, room.later(), (deleted, "the deletion"))?;
    room.work_would_be_over(begun)?;
    room.ran(&next, 1..=1)?;
    apart(room, &job, &next)?;
    gives_up(room, &job, deleted)
}

fn cancel(room: &mut Room<'_>, job: &str) -> Result<Instant, Stop> {
    room.note(&format!("cancels {job} by force"));
    let path = format!("/things/{}/jobs/{job}/cancel?force=true", room.thing);
    match room.service.control("PUT", &path, &json!({})) {
        (200, _) => Ok(Instant::now()),
        // An execution that has ended cannot be cancelled.
        _ => Err(ended_early(job)),
    }
}

/// Moves the clock of the service over the timer while the device is silent.
fn let_time_run_out(room: &mut Room<'_>, job: &str) -> Result<Instant, Stop> {
    let silence = Duration::from_millis(300);
    let begin = Instant::now();
    let lasts = Duration::from_secs(LONG);
    room.until(2 * lasts, "time stood still", |room| {
        room.wire.silence() >= silence || begin.elapsed() >= lasts
    })?;
    if room.wire.silence() < silence {
        let reason = "the device is never silent while it works, so the clock cannot be moved";
        return Err(Stop::NotApplicable(reason.to_owned()));
    }
    room.note("moves the clock of the service over the timer");
    room.service
        .advance_clock(Duration::from_secs((TIMEOUT + 1) * 60));
    if room.status(job, 1) == "TIMED_OUT" {
        Ok(Instant::now())
    } else {
        Err(ended_early(job))
    }
}

/// The device does not behave as if nothing had happened.
fn heeds(room: &mut Room<'_>, job: &str, cancelled: Instant) -> Result<(), Stop> {
    let reports = room.reports(job, cancelled);
    match room.effects.of(job).last() {
        Some(Effect::Ended) => room.fact("its work went on to its end"),
        Some(Effect::Begun) => room.fact("its work did not come to its end"),
        None => {}
    }
    ensure(!reports.iter().any(|it| it == "SUCCEEDED"), || {
        "it never noticed the cancellation, and reported SUCCEEDED".to_owned()
    })?;
    room.fact("no success was reported after the cancellation");
    Ok(())
}

/// The work of an execution that has ended does not go on beside that of the next.
fn apart(room: &mut Room<'_>, job: &str, next: &str) -> Result<(), Stop> {
    let claimed = room.claims(next).first().copied();
    let overlaps = room.effects.is_overlap(job, next);
    let is_late = claimed.is_some_and(|at| !room.reports(job, at).is_empty());
    ensure(!overlaps && !is_late, || {
        format!("the work of {job} went on while {next} ran")
    })?;
    room.fact(if room.effects.has_ends() {
        "the two works did not overlap"
    } else {
        "no overlap was seen; the work does not write when it ends"
    });
    Ok(())
}

/// A report that is refused for good is not sent for ever.
fn gives_up(room: &mut Room<'_>, job: &str, since: Instant) -> Result<(), Stop> {
    let reports = room.reports(job, since).len();
    room.fact(format!(
        "the outcome of {job} was sent {} afterwards",
        times(reports)
    ));
    ensure(reports <= REPORTS, || {
        format!(
            "it sent an outcome that can never be taken {}",
            times(reports)
        )
    })
}

impl Room<'_> {
    /// Waits until long work would have come to its end.
    fn work_would_be_over(&mut self, begun: Instant) -> Result<(), Stop> {
        let end = begun + Duration::from_secs(LONG) + crate::exam::limits::DELAY;
        let limit = Duration::from_secs(LONG) + 2 * crate::exam::limits::DELAY;
        self.until(limit, "time stood still", |_| Instant::now() >= end)
    }
}
