//! Devices that are stopped, restarted or thrown out.

use std::time::{Duration, Instant};

use crate::exam::document::URL;
use crate::exam::limits::LEAVING;
use crate::exam::room::{Room, Work};
use crate::exam::stop::{Stop, ensure, seconds, times};
use crate::exam::takeover::Takeover;
use crate::exam::wire::is_over;
use crate::local::Treatment;

/// More connections than this are a fight for the client id.
const CONNECTIONS: usize = 10;

pub(crate) fn another_url(room: &mut Room<'_>) -> Result<(), Stop> {
    if !room.setting.template.has_url() {
        let reason = "the document has no {url}";
        return Err(Stop::NotApplicable(reason.to_owned()));
    }
    let mut count = 0;
    let first = format!("{URL}0");
    room.wire.rule(move |_, payload| {
        let text = payload.to_string();
        text.contains(&first).then(|| {
            count += 1;
            let other = format!("{URL}{count}");
            Treatment::Replace(text.replace(&first, &other).into_bytes())
        })
    });
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    room.begun(&job)?;
    room.cut()?;
    let restored = room.restore();
    room.reconnected(restored)?;
    room.success(&job, room.later(), (restored, "the link was restored"))?;
    let count = room.wire.look(|messages| {
        let documents = messages
            .iter()
            .filter(|it| it.payload.to_string().contains(URL));
        documents.count()
    });
    room.fact(format!(
        "its document was sent {}, each time with another URL",
        times(count)
    ));
    room.ran(&job, 1..=1)
}

pub(crate) fn power_fails(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    room.begun(&job)?;
    room.note("kills the program and all that it has started");
    if let Some(mut program) = room.program.take() {
        program.kill();
    }
    let restarted = room.start()?;
    room.outcome(&job, room.later(), (restarted, "the restart"))?;
    room.ran(&job, 1..=2)
}

pub(crate) fn asked_to_stop(room: &mut Room<'_>) -> Result<(), Stop> {
    let work = room.long_work()?;
    let job = room.create(work)?;
    room.start()?;
    room.begun(&job)?;
    let Some(mut program) = room.program.take() else {
        return Ok(());
    };
    room.note("sends SIGTERM");
    let asked = Instant::now();
    program.terminate();
    if !program.ends_within(LEAVING) {
        let waited = seconds(LEAVING);
        return Err(Stop::Fail(format!("it still ran {waited} after SIGTERM")));
    }
    let after = seconds(asked.elapsed());
    room.fact(format!("it ended {after} after SIGTERM"));
    let left = program.leaves_behind(Duration::from_secs(1));
    drop(program);
    ensure(left == 0, || {
        format!("its work went on without it: {left} processes were left")
    })?;
    let status = room.status(&job, 1);
    if is_over(&status) {
        room.fact(format!("{job}: {status} before it ended"));
        return Ok(());
    }
    let restarted = room.start()?;
    room.outcome(&job, room.later(), (restarted, "the restart"))?;
    room.ran(&job, 1..=2)
}

pub(crate) fn thrown_out(room: &mut Room<'_>) -> Result<(), Stop> {
    room.start_idle()?;
    let client_id = room.thing.clone();
    room.note("another client connects with the client id of the device");
    let before = room.link.connections();
    let taken = Instant::now();
    let other = Takeover::connect(&room.setting.runtime, &room.service, &client_id);
    let other = other.map_err(Stop::Setup)?;
    let job = room.create(Work::SHORT)?;
    let played = room.success(&job, room.later(), (taken, "the takeover"));
    drop(other);
    let connections = room.link.connections() - before;
    room.fact(format!("it connected {} after that", times(connections)));
    played?;
    room.ran(&job, 1..=1)?;
    ensure(connections <= CONNECTIONS, || {
        "it fights for the client id without a pause".to_owned()
    })
}
